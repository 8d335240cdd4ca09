//! One Service -> what follows from it on this node.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::claims::Claims;
use crate::announce::choice::{Choice, choose};
use crate::announce::decide::{decide_node, permitted};
use crate::announce::{Backing, Decision, Reason};
use crate::forward::model::{Forwarding, Frontend};
use crate::validate::{Attributes, Config, Service, SliceEndpoint};

/// What follows from one Service on this node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServicePlan {
    /// What it forwards.
    pub frontends: BTreeMap<Frontend, Forwarding>,
    /// By address. A Service without one has the key `None`, which says so.
    pub verdicts: BTreeMap<Option<IpAddr>, Verdict>,
}

/// What is to be done about an address of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is programmed: guarded, and its ports forwarded.
    pub forwarded: bool,
    /// Whether it is announced.
    pub decision: Decision,
}

impl Verdict {
    fn refused(reason: Reason) -> Verdict {
        Verdict {
            forwarded: false,
            decision: Decision::Skip(reason),
        }
    }
}

impl ServicePlan {
    /// Whether an address is guarded on behalf of this Service.
    pub fn forwards(&self, address: IpAddr) -> bool {
        self.verdicts
            .get(&Some(address))
            .is_some_and(|verdict| verdict.forwarded)
    }

    /// The attributes by which an address is announced on behalf of this Service, if it is.
    pub fn announces(&self, address: IpAddr) -> Option<&Attributes> {
        match &self.verdicts.get(&Some(address))?.decision {
            Decision::Announce(attributes) => Some(attributes),
            Decision::Skip(_) => None,
        }
    }
}

pub(super) fn plan(
    service: &Service,
    endpoints: &[SliceEndpoint],
    claims: &Claims,
    config: &Config,
    node: &str,
) -> ServicePlan {
    let mut plan = ServicePlan::default();
    if service.addresses.is_empty() {
        plan.verdicts
            .insert(None, Verdict::refused(Reason::NoAddress));
    }
    for address in service.addresses.iter().copied() {
        let verdict = match refusal(service, address, claims, config) {
            Some(reason) => Verdict::refused(reason),
            None => {
                let backing = forward(service, address, endpoints, node, &mut plan.frontends);
                let decision = decide_node(config, address, backing, node)
                    .map_or_else(Decision::Skip, Decision::Announce);
                Verdict {
                    forwarded: true,
                    decision,
                }
            }
        };
        plan.verdicts.insert(Some(address), verdict);
    }
    plan
}

/// Why this Service may not have this address at all.
fn refusal(service: &Service, address: IpAddr, claims: &Claims, config: &Config) -> Option<Reason> {
    let taken = || {
        let (by, conflict) = claims.rival(address, service)?;
        Some(Reason::AddressTaken { by, conflict })
    };
    permitted(config, address).err().or_else(taken)
}

/// Adds the address's frontends, and tells how well the best of them is served.
fn forward(
    service: &Service,
    address: IpAddr,
    endpoints: &[SliceEndpoint],
    node: &str,
    frontends: &mut BTreeMap<Frontend, Forwarding>,
) -> Backing {
    let mut best = Backing::default();
    for port in &service.ports {
        let serves = |endpoint: &&SliceEndpoint| {
            endpoint.address.is_ipv4() == address.is_ipv4()
                && endpoint.protocol == port.protocol
                && endpoint.port_name == port.name
        };
        let endpoints: Vec<_> = endpoints.iter().filter(serves).collect();
        let Choice {
            external,
            internal,
            backing,
        } = choose(&endpoints, service.policy, node);
        best = best.max(backing);
        frontends.insert(
            Frontend {
                address,
                protocol: port.protocol,
                port: port.port,
            },
            Forwarding {
                service: service.key.to_string(),
                external,
                internal,
                policy: service.policy,
            },
        );
    }
    best
}
