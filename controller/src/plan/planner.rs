//! The planner: takes events, keeps what follows from all objects up to date, tells the difference.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::claims::Claims;
use super::service::{self, ServicePlan};
use super::{NodeNetwork, Note, Update};
use crate::announce::decide::decide_peer;
use crate::object::ServiceKey;
use crate::source::Event;
use crate::validate::{self, Config, Rejected, Service, SliceEndpoint, Valid};
use crate::world::{Touched, World};

/// Keeps the plan of one node. Nothing is planned before the source says `Synced`.
#[derive(Debug)]
pub struct Planner {
    node: String,
    world: World,
    synced: bool,
    config: Valid<Config>,
    services: BTreeMap<ServiceKey, Arc<Valid<Service>>>,
    claims: Claims,
    plans: BTreeMap<ServiceKey, ServicePlan>,
    /// What is wrong now, by what it was found in.
    rejected: BTreeMap<Found, Vec<Rejected>>,
    /// What the last delta made of it.
    network: NodeNetwork,
    peers: BTreeMap<String, Result<validate::Peer, crate::announce::Reason>>,
}

/// What a rejection was found in: it is looked at as a whole, and so are its rejections.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Config,
    Service(ServiceKey),
    Endpoints(ServiceKey),
}

impl Planner {
    /// The plan of the node of this name, with nothing in it yet.
    pub fn new(node: String) -> Planner {
        Planner {
            node,
            world: World::default(),
            synced: false,
            config: Valid::default(),
            services: BTreeMap::new(),
            claims: Claims::default(),
            plans: BTreeMap::new(),
            rejected: BTreeMap::new(),
            network: NodeNetwork::default(),
            peers: BTreeMap::new(),
        }
    }

    /// Whether the source has told everything once, so that there is a plan.
    pub fn is_synced(&self) -> bool {
        self.synced
    }

    /// Takes an event, and tells what follows.
    pub fn handle(&mut self, event: Event) -> Update {
        let touched = match event {
            Event::Upsert(id, object) => self.world.upsert(&id, object),
            Event::Delete(id) => self.world.delete(&id),
            Event::Synced => {
                self.synced = true;
                let services = self.world.service_keys().cloned().collect();
                Touched {
                    services,
                    config: true,
                    ..Touched::default()
                }
            }
        };
        let mut update = Update::default();
        if self.synced {
            self.replan(touched, &mut update);
        }
        update
    }

    fn replan(&mut self, touched: Touched, update: &mut Update) {
        let Touched {
            services,
            endpoints,
            config,
        } = touched;
        let mut affected: BTreeSet<ServiceKey> = endpoints;
        for key in &services {
            self.sharers(key, &mut affected);
            self.check_service(key, update);
            self.sharers(key, &mut affected);
        }
        affected.extend(services);
        if config && self.check_config(update) {
            affected.extend(self.services.keys().cloned());
        }
        let mut addresses = BTreeSet::new();
        for key in affected {
            self.replan_service(&key, &mut addresses, update);
        }
        for address in addresses {
            self.settle_address(address, update);
        }
    }

    /// Adds the Services that name an address that this one names.
    fn sharers(&self, key: &ServiceKey, affected: &mut BTreeSet<ServiceKey>) {
        for address in self
            .services
            .get(key)
            .into_iter()
            .flat_map(|service| &service.addresses)
        {
            affected.extend(self.claims.claimants(*address).cloned());
        }
    }

    fn check_service(&mut self, key: &ServiceKey, update: &mut Update) {
        if let Some(old) = self.services.remove(key) {
            self.claims.remove(&old);
        }
        let checked = self
            .world
            .service(key)
            .map(|object| validate::service(key, object));
        let rejected = match checked.transpose() {
            Ok(service) => {
                if let Some(service) = service.flatten().map(Arc::new) {
                    self.claims.add(&service);
                    self.services.insert(key.clone(), service);
                }
                Vec::new()
            }
            Err(rejected) => vec![rejected],
        };
        self.reject(Found::Service(key.clone()), rejected, update);
    }

    /// Says whether anything that counts has changed: a Node's heartbeat does not.
    fn check_config(&mut self, update: &mut Update) -> bool {
        let (config, rejected) = validate::config(&self.world);
        self.reject(Found::Config, rejected, update);
        if config == self.config {
            return false;
        }
        self.config = config;
        let network = self.config.nodes.get(&self.node).map(|node| NodeNetwork {
            addresses: node.addresses.clone(),
            pod_networks: node.pod_networks.clone(),
        });
        // A Node that is gone takes nothing from the kernel: its addresses are still the machine's.
        if let Some(network) = network.filter(|network| *network != self.network) {
            self.network = network.clone();
            update.delta.node = Some(network);
        }
        self.settle_peers(update);
        true
    }

    fn settle_peers(&mut self, update: &mut Update) {
        let decide = |peer: &validate::Peer| {
            let decision = decide_peer(&self.config, &self.node, peer);
            (peer.name.clone(), decision.map(|()| peer.clone()))
        };
        let peers: BTreeMap<_, _> = self.config.peers.iter().map(decide).collect();
        let old = std::mem::take(&mut self.peers);
        for (name, decision) in &peers {
            let before = old.get(name);
            if before == Some(decision) {
                continue;
            }
            let was = before.and_then(|decision| decision.as_ref().ok());
            if was.is_some() || decision.is_ok() {
                update
                    .delta
                    .peers
                    .insert(name.clone(), decision.clone().ok());
            }
            let outcome = decision.clone().map(drop);
            update.notes.push(Note::Peer(name.clone(), outcome));
        }
        for (name, decision) in old {
            if !peers.contains_key(&name) {
                if decision.is_ok() {
                    update.delta.peers.insert(name.clone(), None);
                }
                update.notes.push(Note::PeerForgotten(name));
            }
        }
        self.peers = peers;
    }

    fn replan_service(
        &mut self,
        key: &ServiceKey,
        addresses: &mut BTreeSet<IpAddr>,
        update: &mut Update,
    ) {
        let new = match self.services.get(key).cloned() {
            Some(service) => {
                let endpoints = self.endpoints(key, update);
                service::plan(&service, &endpoints, &self.claims, &self.config, &self.node)
            }
            None => {
                self.reject(Found::Endpoints(key.clone()), Vec::new(), update);
                ServicePlan::default()
            }
        };
        let old = self.plans.remove(key).unwrap_or_default();
        for (frontend, forwarding) in &new.frontends {
            if old.frontends.get(frontend) != Some(forwarding) {
                update
                    .delta
                    .frontends
                    .insert(*frontend, Some(forwarding.clone()));
            }
        }
        for frontend in old
            .frontends
            .keys()
            .filter(|it| !new.frontends.contains_key(it))
        {
            // It may have gone over to another Service in the same step.
            update.delta.frontends.entry(*frontend).or_insert(None);
        }
        for (address, verdict) in &new.verdicts {
            if old.verdicts.get(address) != Some(verdict) {
                addresses.extend(address);
                update
                    .notes
                    .push(Note::Service(key.clone(), *address, verdict.clone()));
            }
        }
        for address in old
            .verdicts
            .keys()
            .filter(|address| !new.verdicts.contains_key(address))
        {
            addresses.extend(address);
            update.notes.push(Note::Forgotten(key.clone(), *address));
        }
        if !new.verdicts.is_empty() {
            self.plans.insert(key.clone(), new);
        }
    }

    fn endpoints(&mut self, key: &ServiceKey, update: &mut Update) -> Vec<SliceEndpoint> {
        let mut endpoints = Vec::new();
        let mut rejected = Vec::new();
        for slice in self.world.slices(key) {
            match validate::endpoints(slice) {
                Ok(more) => endpoints.extend(more),
                Err(one) => rejected.push(one),
            }
        }
        self.reject(Found::Endpoints(key.clone()), rejected, update);
        endpoints
    }

    /// An address is guarded, and announced, while one of its Services wants it. Those that share it
    /// agree on the attributes, because these come from the address's pool.
    fn settle_address(&self, address: IpAddr, update: &mut Update) {
        let plans = || {
            self.claims
                .claimants(address)
                .filter_map(|key| self.plans.get(key))
        };
        let guarded = plans().any(|plan| plan.forwards(address));
        update.delta.vips.insert(address, guarded.then_some(()));
        let attributes = plans().find_map(|plan| plan.announces(address)).cloned();
        update.delta.routes.insert(IpNet::from(address), attributes);
    }

    fn reject(&mut self, found: Found, rejected: Vec<Rejected>, update: &mut Update) {
        let old = self.rejected.remove(&found).unwrap_or_default();
        let news = rejected.iter().filter(|it| !old.contains(it)).cloned();
        update.notes.extend(news.map(Note::Rejected));
        let gone = old
            .into_iter()
            .filter(|it| !rejected.iter().any(|new| new.object == it.object));
        let still_there = gone.filter(|it| self.world.contains(&it.object));
        update
            .notes
            .extend(still_there.map(|it| Note::Accepted(it.object)));
        if !rejected.is_empty() {
            self.rejected.insert(found, rejected);
        }
    }
}
