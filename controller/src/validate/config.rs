//! What all Services depend on: nodes, pools, advertisements and peers.

use std::collections::BTreeMap;
use std::net::IpAddr;

use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;

use super::{Advertisement, Extent, Node, Peer, Pool, Problem, Rejected, Valid};
use super::{advertisement, node, peer, pool};
use crate::object::{Kind, ObjectRef};
use crate::world::World;

/// What all Services depend on. No address is in two of its pools.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// By name.
    pub nodes: BTreeMap<String, Node>,
    /// The first to be made first.
    pub pools: Vec<Pool>,
    /// By name.
    pub advertisements: Vec<Advertisement>,
    /// By name.
    pub peers: Vec<Peer>,
}

impl Config {
    /// The pool that has the address.
    pub fn pool_of(&self, address: IpAddr) -> Option<&Pool> {
        self.pools
            .iter()
            .find(|pool| pool.ranges.iter().any(|range| range.contains(address)))
    }
}

/// Checks the objects that all Services depend on.
pub fn config(world: &World) -> (Valid<Config>, Vec<Rejected>) {
    let mut rejected = Vec::new();
    let mut check = Check {
        rejected: &mut rejected,
    };
    let nodes = world.nodes().map(|(name, object)| {
        let (node, problems) = node::parse(object);
        check.ignore(Kind::Node, name, problems);
        (name.to_owned(), node)
    });
    let nodes = nodes.collect();
    let advertisements = world.advertisements().filter_map(|(name, object)| {
        check.keep(
            Kind::BGPAdvertisement,
            name,
            advertisement::parse(name, object),
        )
    });
    let advertisements = advertisements.collect();
    let peers = world
        .peers()
        .filter_map(|(name, object)| check.keep(Kind::BGPPeer, name, peer::parse(name, object)));
    let peers = peers.collect();
    let pools = pools(world, &mut check);
    (
        Valid(Config {
            nodes,
            pools,
            advertisements,
            peers,
        }),
        rejected,
    )
}

struct Check<'r> {
    rejected: &'r mut Vec<Rejected>,
}

impl Check<'_> {
    fn keep<T>(&mut self, kind: Kind, name: &str, parsed: Result<T, Problem>) -> Option<T> {
        let reject = |problem| Rejected {
            object: ObjectRef::cluster(kind, name),
            extent: Extent::Object,
            problem,
        };
        parsed
            .map_err(|problem| self.rejected.push(reject(problem)))
            .ok()
    }

    fn ignore(&mut self, kind: Kind, name: &str, problems: Vec<Problem>) {
        let reject = |problem| Rejected {
            object: ObjectRef::cluster(kind, name),
            extent: Extent::Field,
            problem,
        };
        self.rejected.extend(problems.into_iter().map(reject));
    }
}

/// Of two pools that overlap, the one that was made first (then: is first by name) stays.
fn pools(world: &World, check: &mut Check<'_>) -> Vec<Pool> {
    let mut objects: Vec<_> = world.pools().collect();
    objects.sort_by_key(|(name, object)| {
        let created = object.creation_timestamp().map(|time| time.0);
        (created.unwrap_or(Timestamp::MAX), *name)
    });
    let mut pools = Vec::new();
    for (name, object) in objects {
        let parsed = pool::parse(name, object).and_then(|pool| disjoint(&pools, pool));
        pools.extend(check.keep(Kind::IPAddressPool, name, parsed));
    }
    pools
}

fn disjoint(pools: &[Pool], pool: Pool) -> Result<Pool, Problem> {
    for (index, range) in pool.ranges.iter().enumerate() {
        for other in pools {
            if let Some(overlapped) = other.ranges.iter().find(|other| other.overlaps(range)) {
                let reason = format!("overlaps with {overlapped} of IPAddressPool {}", other.name);
                return Err(Problem::new(
                    format!("spec.addresses[{index}]"),
                    range,
                    reason,
                ));
            }
        }
    }
    Ok(pool)
}
