//! From what is desired to what the tables hold. Pure, and it cannot fail: what does not fit the
//! family of its frontend is left out.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::contents::{Candidates, Contents, Family, Picker, SetName, Value, Verdict};
use super::key::Key;
use super::model::{Desired, Endpoint, Forwarding, Frontend, TrafficPolicy};

/// What the table of `family` is to hold.
pub(crate) fn plan(desired: &Desired, family: Family) -> Contents {
    let mut contents = Contents::default();
    for (frontend, forwarding) in &desired.frontends {
        if Family::of(frontend.address) == family {
            plan_frontend(&mut contents, frontend, forwarding);
        }
    }
    plan_guards(&mut contents, desired, family);
    for (first, end) in pod_ranges(&desired.pod_networks, family) {
        contents.insert(SetName::PodNetworks, first, Value::Until(end));
    }
    contents
}

fn plan_frontend(contents: &mut Contents, frontend: &Frontend, forwarding: &Forwarding) {
    let family = Family::of(frontend.address);
    let external = candidates(&forwarding.external, family);
    let internal = candidates(&forwarding.internal, family);
    for endpoint in external.union(&internal).filter(|endpoint| endpoint.local) {
        let address = endpoint.address;
        contents.insert(
            SetName::LocalEndpoints,
            Key::address(address),
            Value::Present,
        );
        contents.insert(
            SetName::Hairpin,
            Key::address_twice(address),
            Value::Present,
        );
    }
    if external.is_empty() && internal.is_empty() {
        // Stays untranslated, so that the guard refuses it.
        return;
    }
    plan_candidates(contents, frontend, Candidates::External, &external);
    if !internal.is_empty() && internal != external {
        plan_candidates(contents, frontend, Candidates::Internal, &internal);
    }
    if forwarding.policy == TrafficPolicy::Cluster {
        contents.insert(
            SetName::ClusterWide,
            Key::frontend(frontend),
            Value::Present,
        );
    }
}

fn plan_candidates(
    contents: &mut Contents,
    frontend: &Frontend,
    from: Candidates,
    candidates: &BTreeSet<Endpoint>,
) {
    let (verdicts, slots) = match from {
        Candidates::External => (SetName::Frontends, SetName::Endpoints),
        Candidates::Internal => (SetName::InternalFrontends, SetName::InternalEndpoints),
    };
    let mut count = 0;
    for (slot, endpoint) in (0u32..).zip(candidates) {
        let data = Value::Data(Key::endpoint(endpoint.address, endpoint.port));
        contents.insert(slots, Key::slot(frontend, slot), data);
        count = slot + 1;
    }
    let verdict = match count {
        0 => Verdict::Drop,
        count => Verdict::Pick(Picker { from, count }),
    };
    contents.insert(verdicts, Key::frontend(frontend), Value::Verdict(verdict));
}

fn candidates(endpoints: &[Endpoint], family: Family) -> BTreeSet<Endpoint> {
    endpoints
        .iter()
        .copied()
        .filter(|endpoint| Family::of(endpoint.address) == family)
        .collect()
}

/// A frontend's address is guarded even if the planner did not list it: an endpoint that goes
/// away must not open a way around the guard.
fn plan_guards(contents: &mut Contents, desired: &Desired, family: Family) {
    let of_family = |address: &IpAddr| Family::of(*address) == family;
    let node = desired.node_addresses.iter().copied().find(of_family);
    let served = desired.frontends.keys().map(|frontend| frontend.address);
    for vip in desired.vips.iter().copied().chain(served).filter(of_family) {
        contents.insert(SetName::Guarded, Key::address(vip), Value::Present);
        if let Some(node) = node {
            contents.insert(
                SetName::Echo,
                Key::address(vip),
                Value::Data(Key::address(node)),
            );
        }
    }
}

/// First address and the one behind the last; merged, because a set's ranges must not overlap.
fn pod_ranges(networks: &[IpNet], family: Family) -> Vec<(Key, Option<Key>)> {
    let networks: Vec<IpNet> = networks
        .iter()
        .filter(|net| Family::of(net.addr()) == family)
        .copied()
        .collect();
    let range = |net: IpNet| {
        (
            Key::address(net.network()),
            after(net.broadcast()).map(Key::address),
        )
    };
    let mut ranges: Vec<_> = IpNet::aggregate(&networks).into_iter().map(range).collect();
    ranges.sort();
    ranges.dedup_by(|next, previous| {
        let touches = previous.1.as_ref() == Some(&next.0);
        if touches {
            previous.1 = next.1.clone();
        }
        touches
    });
    ranges
}

fn after(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => u32::from(address)
            .checked_add(1)
            .map(|next| IpAddr::V4(Ipv4Addr::from(next))),
        IpAddr::V6(address) => u128::from(address)
            .checked_add(1)
            .map(|next| IpAddr::V6(Ipv6Addr::from(next))),
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
