use std::net::{Ipv4Addr, Ipv6Addr};

use crate::net::{Asn, FamilySet};

/// Everything that changes the octets a peer is sent: peers with equal values form one update group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Export {
    /// Our AS on this session.
    pub local_asn: Asn,
    /// The peer is in another AS: AS_PATH gets ours, and LOCAL_PREF is not sent.
    pub ebgp: bool,
    /// AS_PATH with four octets an AS.
    pub four_octet_as: bool,
    /// Negotiated families.
    pub families: FamilySet,
    /// Our own address for IPv4 routes; `None`: those without a next hop of their own are not advertised.
    pub next_hop_ipv4: Option<Ipv4Addr>,
    /// Our own address for IPv6 routes, likewise.
    pub next_hop_ipv6: Option<Ipv6Addr>,
    /// The longest message the peer takes, in octets: 4096 (65535 with RFC 8654).
    pub max_message_octets: u16,
}
