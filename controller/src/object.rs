//! The objects that the controller reads, and their names.

use std::fmt;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Node, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::crd::{BGPAdvertisement, BGPPeer, IPAddressPool};

/// A kind of object that the controller reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `v1` Service.
    Service,
    /// `discovery.k8s.io/v1` EndpointSlice.
    EndpointSlice,
    /// `v1` Node.
    Node,
    /// `bellwether.dev/v1alpha1` IPAddressPool.
    IPAddressPool,
    /// `bellwether.dev/v1alpha1` BGPPeer.
    BGPPeer,
    /// `bellwether.dev/v1alpha1` BGPAdvertisement.
    BGPAdvertisement,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 6] = [
        Kind::Service,
        Kind::EndpointSlice,
        Kind::Node,
        Kind::IPAddressPool,
        Kind::BGPPeer,
        Kind::BGPAdvertisement,
    ];

    /// The group and version, as manifests name it.
    pub fn api_version(self) -> &'static str {
        match self {
            Kind::Service | Kind::Node => "v1",
            Kind::EndpointSlice => "discovery.k8s.io/v1",
            Kind::IPAddressPool | Kind::BGPPeer | Kind::BGPAdvertisement => crate::crd::API_VERSION,
        }
    }

    /// The kind, as manifests name it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Service => "Service",
            Kind::EndpointSlice => "EndpointSlice",
            Kind::Node => "Node",
            Kind::IPAddressPool => "IPAddressPool",
            Kind::BGPPeer => "BGPPeer",
            Kind::BGPAdvertisement => "BGPAdvertisement",
        }
    }

    /// Whether its objects are in a namespace.
    pub fn namespaced(self) -> bool {
        matches!(self, Kind::Service | Kind::EndpointSlice)
    }

    /// Whether the kind is one of this project's custom resources.
    pub fn ours(self) -> bool {
        matches!(
            self,
            Kind::IPAddressPool | Kind::BGPPeer | Kind::BGPAdvertisement
        )
    }
}

/// An object's full name. Displayed as `Service default/web` or `Node n1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// What it is.
    pub kind: Kind,
    /// Empty for a cluster-scoped kind.
    pub namespace: String,
    /// Unique in the kind and namespace.
    pub name: String,
}

impl ObjectRef {
    /// The name of a cluster-scoped object.
    pub fn cluster(kind: Kind, name: &str) -> ObjectRef {
        ObjectRef {
            kind,
            namespace: String::new(),
            name: name.to_owned(),
        }
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ObjectRef {
            kind,
            namespace,
            name,
        } = self;
        match namespace.as_str() {
            "" => write!(f, "{} {name}", kind.name()),
            namespace => write!(f, "{} {namespace}/{name}", kind.name()),
        }
    }
}

/// A Service's full name. Displayed as `default/web`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceKey {
    /// The namespace.
    pub namespace: String,
    /// Unique in the namespace.
    pub name: String,
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl From<&ServiceKey> for ObjectRef {
    fn from(key: &ServiceKey) -> ObjectRef {
        let ServiceKey { namespace, name } = key.clone();
        ObjectRef {
            kind: Kind::Service,
            namespace,
            name,
        }
    }
}

/// An object as it was written, cheap to clone.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each is the kind of its name")]
pub enum Object {
    Service(Arc<Service>),
    EndpointSlice(Arc<EndpointSlice>),
    Node(Arc<Node>),
    IPAddressPool(Arc<IPAddressPool>),
    BGPPeer(Arc<BGPPeer>),
    BGPAdvertisement(Arc<BGPAdvertisement>),
}

impl Object {
    /// What every kind has.
    pub fn metadata_mut(&mut self) -> &mut ObjectMeta {
        match self {
            Object::Service(it) => &mut Arc::make_mut(it).metadata,
            Object::EndpointSlice(it) => &mut Arc::make_mut(it).metadata,
            Object::Node(it) => &mut Arc::make_mut(it).metadata,
            Object::IPAddressPool(it) => &mut Arc::make_mut(it).metadata,
            Object::BGPPeer(it) => &mut Arc::make_mut(it).metadata,
            Object::BGPAdvertisement(it) => &mut Arc::make_mut(it).metadata,
        }
    }
}
