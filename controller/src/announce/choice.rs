//! Which endpoints take a connection, as kube-proxy chooses them: those that are ready, or, where
//! none is, those that terminate but still serve (KEP-1669).

use crate::forward::model::{Endpoint, TrafficPolicy};
use crate::validate::SliceEndpoint;

/// The endpoints of one frontend, chosen, sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What clients from outside reach through this node.
    pub external: Vec<Endpoint>,
    /// What this node's own processes and pods reach.
    pub internal: Vec<Endpoint>,
    /// How well a connection from outside is served.
    pub backing: Backing,
}

/// How well a connection from outside is served on a node. Ordered: an address with several ports is
/// as well served as its best port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Backing {
    /// No endpoint anywhere.
    #[default]
    None,
    /// Only endpoints of other nodes, which the policy forbids.
    Elsewhere,
    /// Under `Local`: only endpoints of this node that terminate.
    Terminating,
    /// An endpoint is there to stay.
    Served,
}

/// Chooses among the endpoints of one frontend.
pub fn choose(endpoints: &[&SliceEndpoint], policy: TrafficPolicy, node: &str) -> Choice {
    let is_local = |endpoint: &SliceEndpoint| endpoint.node.as_deref() == Some(node);
    let all = usable(endpoints, |_| true);
    let local = usable(endpoints, is_local);
    let stays = |endpoint: &&SliceEndpoint| endpoint.ready && !endpoint.terminating;
    let backing = match policy {
        _ if all.is_empty() => Backing::None,
        TrafficPolicy::Cluster => Backing::Served,
        TrafficPolicy::Local if local.is_empty() => Backing::Elsewhere,
        // Stricter than kube-proxy and MetalLB: a router must have gone elsewhere before the last
        // local endpoint is gone, not after.
        TrafficPolicy::Local if !local.iter().any(stays) => Backing::Terminating,
        TrafficPolicy::Local => Backing::Served,
    };
    let external = match policy {
        TrafficPolicy::Cluster => &all,
        TrafficPolicy::Local => &local,
    };
    let forward = |chosen: &[&SliceEndpoint]| {
        let forward = |endpoint: &&SliceEndpoint| Endpoint {
            address: endpoint.address,
            port: endpoint.port,
            local: is_local(endpoint),
        };
        let mut chosen: Vec<Endpoint> = chosen.iter().map(forward).collect();
        chosen.sort();
        chosen.dedup();
        chosen
    };
    Choice {
        external: forward(external),
        internal: forward(&all),
        backing,
    }
}

/// The ready ones among those asked for, or else those that terminate and still serve.
fn usable<'e>(
    endpoints: &[&'e SliceEndpoint],
    wanted: impl Fn(&SliceEndpoint) -> bool,
) -> Vec<&'e SliceEndpoint> {
    let pick = |usable: fn(&SliceEndpoint) -> bool| -> Vec<&'e SliceEndpoint> {
        endpoints
            .iter()
            .copied()
            .filter(|endpoint| wanted(endpoint) && usable(endpoint))
            .collect()
    };
    let ready = pick(|endpoint| endpoint.ready);
    if ready.is_empty() {
        pick(|endpoint| endpoint.serving && endpoint.terminating)
    } else {
        ready
    }
}
