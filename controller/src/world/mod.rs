//! All objects as they were last told, indexed so that a change is found to concern what it concerns.
//! Plain data: nothing here is checked, and nothing is decided.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Node, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;

use crate::crd::{BGPAdvertisement, BGPPeer, IPAddressPool};
use crate::object::{Kind, Object, ObjectRef, ServiceKey};

/// The label by which an EndpointSlice names its Service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// All objects.
#[derive(Debug, Default)]
pub struct World {
    services: BTreeMap<ServiceKey, Arc<Service>>,
    slices: BTreeMap<ServiceKey, BTreeMap<String, Arc<EndpointSlice>>>,
    /// Which Service a slice was last counted to.
    slice_services: HashMap<ObjectRef, ServiceKey>,
    nodes: BTreeMap<String, Arc<Node>>,
    pools: BTreeMap<String, Arc<IPAddressPool>>,
    peers: BTreeMap<String, Arc<BGPPeer>>,
    advertisements: BTreeMap<String, Arc<BGPAdvertisement>>,
}

/// What a change concerns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// The Services that are not as they were.
    pub services: BTreeSet<ServiceKey>,
    /// The Services whose endpoints are not as they were.
    pub endpoints: BTreeSet<ServiceKey>,
    /// Whether something that every Service depends on is not as it was: a node, pool, peer or
    /// advertisement.
    pub config: bool,
}

impl Touched {
    /// Adds what another change concerns.
    pub fn merge(&mut self, other: Touched) {
        let Touched {
            services,
            endpoints,
            config,
        } = other;
        self.services.extend(services);
        self.endpoints.extend(endpoints);
        self.config |= config;
    }
}

impl World {
    /// An object is new, or not as it was.
    pub fn upsert(&mut self, id: &ObjectRef, object: Object) -> Touched {
        match object {
            Object::Service(service) => {
                self.services.insert(service_key(id), service);
                Touched {
                    services: [service_key(id)].into(),
                    ..Touched::default()
                }
            }
            Object::EndpointSlice(slice) => self.upsert_slice(id, slice),
            Object::Node(node) => config(self.nodes.insert(id.name.clone(), node)),
            Object::IPAddressPool(pool) => config(self.pools.insert(id.name.clone(), pool)),
            Object::BGPPeer(peer) => config(self.peers.insert(id.name.clone(), peer)),
            Object::BGPAdvertisement(advertisement) => {
                config(self.advertisements.insert(id.name.clone(), advertisement))
            }
        }
    }

    /// An object is gone.
    pub fn delete(&mut self, id: &ObjectRef) -> Touched {
        match id.kind {
            Kind::Service => {
                self.services.remove(&service_key(id));
                Touched {
                    services: [service_key(id)].into(),
                    ..Touched::default()
                }
            }
            Kind::EndpointSlice => {
                let endpoints = self.forget_slice(id).into_iter().collect();
                Touched {
                    endpoints,
                    ..Touched::default()
                }
            }
            Kind::Node => config(self.nodes.remove(&id.name)),
            Kind::IPAddressPool => config(self.pools.remove(&id.name)),
            Kind::BGPPeer => config(self.peers.remove(&id.name)),
            Kind::BGPAdvertisement => config(self.advertisements.remove(&id.name)),
        }
    }

    /// A slice may name another Service than before: then both are concerned.
    fn upsert_slice(&mut self, id: &ObjectRef, slice: Arc<EndpointSlice>) -> Touched {
        let mut endpoints: BTreeSet<_> = self.forget_slice(id).into_iter().collect();
        let label = slice
            .metadata
            .labels
            .as_ref()
            .and_then(|labels| labels.get(SERVICE_NAME));
        if let Some(name) = label {
            let key = ServiceKey {
                namespace: id.namespace.clone(),
                name: name.clone(),
            };
            self.slices
                .entry(key.clone())
                .or_default()
                .insert(id.name.clone(), slice);
            self.slice_services.insert(id.clone(), key.clone());
            endpoints.insert(key);
        }
        Touched {
            endpoints,
            ..Touched::default()
        }
    }

    fn forget_slice(&mut self, id: &ObjectRef) -> Option<ServiceKey> {
        let key = self.slice_services.remove(id)?;
        if let Some(slices) = self.slices.get_mut(&key) {
            slices.remove(&id.name);
            if slices.is_empty() {
                self.slices.remove(&key);
            }
        }
        Some(key)
    }

    /// Whether an object of this name is there.
    pub fn contains(&self, id: &ObjectRef) -> bool {
        match id.kind {
            Kind::Service => self.services.contains_key(&service_key(id)),
            Kind::EndpointSlice => self.slice_services.contains_key(id),
            Kind::Node => self.nodes.contains_key(&id.name),
            Kind::IPAddressPool => self.pools.contains_key(&id.name),
            Kind::BGPPeer => self.peers.contains_key(&id.name),
            Kind::BGPAdvertisement => self.advertisements.contains_key(&id.name),
        }
    }

    /// A Service.
    pub fn service(&self, key: &ServiceKey) -> Option<&Service> {
        self.services.get(key).map(Arc::as_ref)
    }

    /// The Services, by name.
    pub fn service_keys(&self) -> impl Iterator<Item = &ServiceKey> {
        self.services.keys()
    }

    /// The EndpointSlices that name a Service.
    pub fn slices(&self, key: &ServiceKey) -> impl Iterator<Item = &EndpointSlice> {
        self.slices
            .get(key)
            .into_iter()
            .flat_map(|slices| slices.values().map(Arc::as_ref))
    }

    /// The Nodes, by name.
    pub fn nodes(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.nodes
            .iter()
            .map(|(name, node)| (name.as_str(), node.as_ref()))
    }

    /// The IPAddressPools, by name.
    pub fn pools(&self) -> impl Iterator<Item = (&str, &IPAddressPool)> {
        self.pools
            .iter()
            .map(|(name, pool)| (name.as_str(), pool.as_ref()))
    }

    /// The BGPPeers, by name.
    pub fn peers(&self) -> impl Iterator<Item = (&str, &BGPPeer)> {
        self.peers
            .iter()
            .map(|(name, peer)| (name.as_str(), peer.as_ref()))
    }

    /// The BGPAdvertisements, by name.
    pub fn advertisements(&self) -> impl Iterator<Item = (&str, &BGPAdvertisement)> {
        let all = self.advertisements.iter();
        all.map(|(name, advertisement)| (name.as_str(), advertisement.as_ref()))
    }
}

fn config<T>(_old: Option<T>) -> Touched {
    Touched {
        config: true,
        ..Touched::default()
    }
}

fn service_key(id: &ObjectRef) -> ServiceKey {
    ServiceKey {
        namespace: id.namespace.clone(),
        name: id.name.clone(),
    }
}
