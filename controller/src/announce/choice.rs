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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forward::model::Protocol;

    const READY: (bool, bool, bool) = (true, true, false);
    const STARTING: (bool, bool, bool) = (false, false, false);
    const TERMINATING: (bool, bool, bool) = (false, true, true);
    const DEAD: (bool, bool, bool) = (false, false, true);
    /// Of a Service with `publishNotReadyAddresses`.
    const READY_TERMINATING: (bool, bool, bool) = (true, true, true);

    fn endpoint(last: u8, node: &str, state: (bool, bool, bool)) -> SliceEndpoint {
        let (ready, serving, terminating) = state;
        SliceEndpoint {
            address: [10, 0, 0, last].into(),
            port_name: String::new(),
            protocol: Protocol::Tcp,
            port: 80,
            ready,
            serving,
            terminating,
            node: Some(node.to_owned()),
        }
    }

    /// What node `me` chooses: the last numbers of the addresses.
    fn chosen(policy: TrafficPolicy, endpoints: &[SliceEndpoint]) -> (Vec<u8>, Vec<u8>, Backing) {
        let last = |endpoint: &Endpoint| match endpoint.address {
            std::net::IpAddr::V4(address) => address.octets()[3],
            std::net::IpAddr::V6(_) => panic!(),
        };
        let endpoints: Vec<&SliceEndpoint> = endpoints.iter().collect();
        let Choice {
            external,
            internal,
            backing,
        } = choose(&endpoints, policy, "me");
        (
            external.iter().map(last).collect(),
            internal.iter().map(last).collect(),
            backing,
        )
    }

    #[test]
    fn cluster_chooses_the_ready_of_all_nodes() {
        let endpoints = [
            endpoint(2, "me", READY),
            endpoint(1, "you", READY),
            endpoint(3, "me", TERMINATING),
        ];
        assert_eq!(
            chosen(TrafficPolicy::Cluster, &endpoints),
            (vec![1, 2], vec![1, 2], Backing::Served)
        );
    }

    #[test]
    fn cluster_falls_back_to_those_that_terminate_and_serve() {
        let endpoints = [
            endpoint(1, "me", TERMINATING),
            endpoint(2, "you", TERMINATING),
            endpoint(3, "me", DEAD),
            endpoint(4, "me", STARTING),
        ];
        assert_eq!(
            chosen(TrafficPolicy::Cluster, &endpoints),
            (vec![1, 2], vec![1, 2], Backing::Served)
        );
    }

    #[test]
    fn local_gives_outsiders_its_own_and_insiders_all() {
        let endpoints = [endpoint(1, "me", READY), endpoint(2, "you", READY)];
        assert_eq!(
            chosen(TrafficPolicy::Local, &endpoints),
            (vec![1], vec![1, 2], Backing::Served)
        );
    }

    #[test]
    fn local_falls_back_by_itself_and_no_longer_counts_as_served() {
        let endpoints = [endpoint(1, "me", TERMINATING), endpoint(2, "you", READY)];
        assert_eq!(
            chosen(TrafficPolicy::Local, &endpoints),
            (vec![1], vec![2], Backing::Terminating)
        );
    }

    #[test]
    fn local_with_one_that_stays_is_served() {
        let endpoints = [endpoint(1, "me", TERMINATING), endpoint(2, "me", READY)];
        assert_eq!(
            chosen(TrafficPolicy::Local, &endpoints),
            (vec![2], vec![2], Backing::Served)
        );
    }

    #[test]
    fn an_endpoint_that_is_called_ready_although_it_terminates_does_not_hold_a_route() {
        let endpoints = [endpoint(1, "me", READY_TERMINATING)];
        assert_eq!(
            chosen(TrafficPolicy::Local, &endpoints),
            (vec![1], vec![1], Backing::Terminating)
        );
    }

    #[test]
    fn local_without_an_endpoint_here_is_served_elsewhere() {
        let endpoints = [endpoint(1, "you", READY), endpoint(2, "me", DEAD)];
        assert_eq!(
            chosen(TrafficPolicy::Local, &endpoints),
            (vec![], vec![1], Backing::Elsewhere)
        );
    }

    #[test]
    fn nobody_is_chosen_where_nobody_serves() {
        for policy in [TrafficPolicy::Cluster, TrafficPolicy::Local] {
            let endpoints = [endpoint(1, "me", DEAD), endpoint(2, "you", STARTING)];
            assert_eq!(chosen(policy, &endpoints), (vec![], vec![], Backing::None));
        }
    }

    #[test]
    fn an_endpoint_of_two_slices_is_chosen_once() {
        let endpoints = [endpoint(1, "me", READY), endpoint(1, "me", READY)];
        assert_eq!(chosen(TrafficPolicy::Cluster, &endpoints).0, vec![1]);
    }
}
