use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use bellwether_bgp::net::{Asn, FamilySet, HoldTime, RouterId};
use bellwether_bgp::session::PeerConfig;

use super::{Interface, MaxPrefixes, Md5, Name, Neighbor, Reach};

/// A neighbor to have a session with, all defaults filled in. What a difference between two values does to a session is
/// [`peer_change`](super::peer_change)'s to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) name: Name,
    /// In the operator's words, one line; may be empty.
    pub(crate) description: String,
    pub(crate) address: Neighbor,
    pub(crate) port: u16,
    pub(crate) peer_asn: Asn,
    pub(crate) local_asn: Asn,
    /// Never connect; wait for the neighbor.
    pub(crate) passive: bool,
    pub(crate) hold_time: HoldTime,
    /// 1 s to 65535 s.
    pub(crate) connect_retry_time: Duration,
    pub(crate) families: FamilySet,
    /// Of the family of `address`; `None`: the kernel chooses.
    pub(crate) local_address: Option<IpAddr>,
    /// The only interface that packets leave and come by; `None`: any. That of `address` if that is link-local.
    pub(crate) interface: Option<Interface>,
    pub(crate) reach: Reach,
    /// Sign all packets, and drop those that are not signed.
    pub(crate) md5: Option<Md5>,
    /// `None`: any number.
    pub(crate) max_prefixes: Option<MaxPrefixes>,
    /// Sent instead of our own address.
    pub(crate) next_hop_ipv4: Option<Ipv4Addr>,
    /// Sent instead of our own address.
    pub(crate) next_hop_ipv6: Option<Ipv6Addr>,
    pub(crate) router_id: RouterId,
    /// The speaker is ready only when this one has all routes.
    pub(crate) required: bool,
}

impl Peer {
    pub(crate) const DEFAULT_PORT: u16 = 179;
    pub(crate) const DEFAULT_CONNECT_RETRY_TIME: Duration = Duration::from_secs(5);

    /// What the state machine needs to know of it.
    pub(crate) fn session_config(&self) -> PeerConfig {
        let Self {
            name: _,
            description: _,
            address: _,
            port: _,
            peer_asn,
            local_asn,
            passive,
            hold_time,
            connect_retry_time,
            families,
            local_address: _,
            interface: _,
            reach: _,
            md5: _,
            max_prefixes: _,
            next_hop_ipv4: _,
            next_hop_ipv6: _,
            router_id,
            required: _,
        } = self;
        PeerConfig {
            local_asn: *local_asn,
            peer_asn: *peer_asn,
            router_id: *router_id,
            passive: *passive,
            hold_time: *hold_time,
            connect_retry_time: *connect_retry_time,
            families: *families,
        }
    }
}
