//! Whose an address is, where several Services name it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use k8s_openapi::jiff::Timestamp;

use crate::announce::Conflict;
use crate::forward::model::TrafficPolicy;
use crate::object::ServiceKey;
use crate::validate::{Service, Valid};

/// Which Services name which address. Whoever was made first comes first; those without a time of
/// making come after, by name.
#[derive(Debug, Default)]
pub(super) struct Claims {
    by_address: BTreeMap<IpAddr, BTreeMap<Rank, Arc<Valid<Service>>>>,
}

type Rank = (Timestamp, ServiceKey);

fn rank(service: &Service) -> Rank {
    (
        service.created.unwrap_or(Timestamp::MAX),
        service.key.clone(),
    )
}

impl Claims {
    pub(super) fn add(&mut self, service: &Arc<Valid<Service>>) {
        for address in &service.addresses {
            let claims = self.by_address.entry(*address).or_default();
            claims.insert(rank(service), Arc::clone(service));
        }
    }

    pub(super) fn remove(&mut self, service: &Service) {
        for address in &service.addresses {
            if let Some(claims) = self.by_address.get_mut(address) {
                claims.remove(&rank(service));
                if claims.is_empty() {
                    self.by_address.remove(address);
                }
            }
        }
    }

    /// The Services that name an address, in their order.
    pub(super) fn claimants(&self, address: IpAddr) -> impl Iterator<Item = &ServiceKey> {
        self.by_address
            .get(&address)
            .into_iter()
            .flat_map(|claims| claims.keys().map(|(_, key)| key))
    }

    /// The Service that keeps `service` from having an address, if one does.
    pub(super) fn rival(
        &self,
        address: IpAddr,
        service: &Service,
    ) -> Option<(ServiceKey, Conflict)> {
        let mut accepted: Vec<&Service> = Vec::new();
        for claimant in self.by_address.get(&address)?.values() {
            let rival = accepted
                .iter()
                .find_map(|other| Some((other.key.clone(), conflict(other, claimant)?)));
            if claimant.key == service.key {
                return rival;
            }
            if rival.is_none() {
                accepted.push(claimant);
            }
        }
        None
    }
}

fn conflict(one: &Service, other: &Service) -> Option<Conflict> {
    let same = one.ports.iter().find(|port| {
        other
            .ports
            .iter()
            .any(|it| (it.protocol, it.port) == (port.protocol, port.port))
    });
    if let Some(port) = same {
        return Some(Conflict::Port(port.protocol, port.port));
    }
    let local = |service: &Service| service.policy == TrafficPolicy::Local;
    let apart = local(one) != local(other) || (local(one) && one.selector != other.selector);
    apart.then_some(Conflict::Policy)
}
