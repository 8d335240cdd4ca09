use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bellwether_bgp::net::{Family, FamilySet};
use tracing::warn;

use crate::model::Peer;
use crate::transport::words;

/// Our own address on one session, for each family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NextHops {
    pub(super) ipv4: Option<Ipv4Addr>,
    pub(super) ipv6: Option<Ipv6Addr>,
}

/// An address and the name of its interface.
type InterfaceAddress = (String, IpAddr);

impl NextHops {
    /// As [`Self::choose`], from the interfaces as they are now.
    pub(super) fn find(peer: &Peer, local: Option<IpAddr>) -> Self {
        let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
            warn!("cannot list the interfaces: {}", words(&error));
            Vec::new()
        });
        let addresses: Vec<InterfaceAddress> = interfaces
            .into_iter()
            .map(|interface| (interface.name.clone(), interface.ip()))
            .collect();
        Self::choose(peer, local, &addresses)
    }

    /// What is configured; else the session's own address for the transport's family, and for the other family the first
    /// global address of the interface that has it. A loopback address is none: the peer would find itself there, and
    /// routers take such a route as withdrawn.
    fn choose(peer: &Peer, local: Option<IpAddr>, interfaces: &[InterfaceAddress]) -> Self {
        let interface = interfaces
            .iter()
            .find(|(_, address)| Some(*address) == local);
        let others = interfaces
            .iter()
            .filter(|(name, _)| interface.is_some_and(|(ours, _)| ours == name));
        let others = others
            .map(|(_, address)| *address)
            .filter(|address| is_global(*address));
        let own = local.filter(|address| !address.is_loopback());
        let candidates: Vec<IpAddr> = own.into_iter().chain(others).collect();
        let ipv4 = candidates.iter().find_map(|address| match address {
            IpAddr::V4(v4) => Some(*v4),
            IpAddr::V6(_) => None,
        });
        let ipv6 = candidates.iter().find_map(|address| match address {
            IpAddr::V4(_) => None,
            IpAddr::V6(v6) => Some(*v6),
        });
        Self {
            ipv4: peer.next_hop_ipv4.or(ipv4),
            ipv6: peer.next_hop_ipv6.or(ipv6),
        }
    }

    /// The negotiated families whose routes are not advertised, and why.
    pub(super) fn unadvertised(self, negotiated: FamilySet) -> Vec<String> {
        let why = |family| match (family, self) {
            (Family::Ipv4Unicast, Self { ipv4: None, .. }) => {
                Some("no next hop (set next_hop_ipv4)")
            }
            (Family::Ipv6Unicast, Self { ipv6: None, .. }) => {
                Some("no next hop (set next_hop_ipv6)")
            }
            (Family::Ipv4Unicast | Family::Ipv6Unicast, _) => None,
        };
        negotiated
            .iter()
            .filter_map(|family| why(family).map(|why| format!("{family}: {why}")))
            .collect()
    }
}

/// Whether others can reach it: not of this host or link only.
fn is_global(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !v4.is_loopback() && !v4.is_link_local() && !v4.is_unspecified(),
        IpAddr::V6(v6) => !v6.is_loopback() && !v6.is_unicast_link_local() && !v6.is_unspecified(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::test_peer;

    const ETH0: [&str; 4] = ["10.0.0.1", "fe80::1", "2001:db8::1", "2001:db8::2"];

    fn interfaces() -> Vec<InterfaceAddress> {
        let other = [("lo", "127.0.0.1"), ("eth1", "2001:db8:1::1")];
        let eth0 = ETH0.map(|address| ("eth0", address));
        other
            .into_iter()
            .chain(eth0)
            .map(|(name, address)| (name.to_owned(), address.parse().unwrap()))
            .collect()
    }

    fn choose(peer: &Peer, local: &str) -> (Option<String>, Option<String>) {
        let hops = NextHops::choose(peer, local.parse().ok(), &interfaces());
        (
            hops.ipv4.map(|address| address.to_string()),
            hops.ipv6.map(|address| address.to_string()),
        )
    }

    #[test]
    fn the_sessions_own_address_and_the_first_global_one_of_its_interface() {
        let peer = test_peer("tor1", "10.0.0.254");
        let expected = (Some("10.0.0.1".to_owned()), Some("2001:db8::1".to_owned()));
        assert_eq!(choose(&peer, "10.0.0.1"), expected);
    }

    #[test]
    fn over_ipv6_it_is_the_sessions_address_not_the_first_of_the_interface() {
        let peer = test_peer("tor1", "2001:db8::ffff");
        let expected = (Some("10.0.0.1".to_owned()), Some("2001:db8::2".to_owned()));
        assert_eq!(choose(&peer, "2001:db8::2"), expected);
    }

    #[test]
    fn what_is_configured_goes_first() {
        let peer = Peer {
            next_hop_ipv4: Some("192.0.2.1".parse().unwrap()),
            next_hop_ipv6: Some("2001:db8::9".parse().unwrap()),
            ..test_peer("tor1", "10.0.0.254")
        };
        let expected = (Some("192.0.2.1".to_owned()), Some("2001:db8::9".to_owned()));
        assert_eq!(choose(&peer, "10.0.0.1"), expected);
    }

    #[test]
    fn a_loopback_address_is_no_next_hop_and_both_families_are_said_to_be_unadvertised() {
        let peer = test_peer("tor1", "127.0.0.2");
        let hops = NextHops::choose(&peer, "127.0.0.1".parse().ok(), &interfaces());
        assert_eq!(
            hops.unadvertised(FamilySet::ALL),
            [
                "ipv4-unicast: no next hop (set next_hop_ipv4)",
                "ipv6-unicast: no next hop (set next_hop_ipv6)"
            ]
        );
    }

    #[test]
    fn a_family_that_the_peer_does_not_offer_is_no_news() {
        let peer = test_peer("tor1", "10.0.0.254");
        let hops = NextHops::choose(&peer, "10.0.0.1".parse().ok(), &interfaces());
        let negotiated = FamilySet::from_iter([Family::Ipv4Unicast]);
        assert!(hops.unadvertised(negotiated).is_empty());
    }
}
