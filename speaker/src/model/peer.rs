use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bellwether_bgp::ingest::Intake;
use bellwether_bgp::net::{Asn, FamilySet, HoldTime, RouterId};
use bellwether_bgp::session::PeerConfig;

use super::Name;

/// A neighbor to have a session with, all defaults filled in. Equal values keep the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) name: Name,
    /// Where the neighbor is; also how an incoming connection is recognised.
    pub(crate) address: IpAddr,
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
    /// Sent instead of our own address.
    pub(crate) next_hop_ipv4: Option<Ipv4Addr>,
    /// Sent instead of our own address.
    pub(crate) next_hop_ipv6: Option<Ipv6Addr>,
    pub(crate) router_id: RouterId,
}

impl Peer {
    pub(crate) const DEFAULT_PORT: u16 = 179;
    pub(crate) const DEFAULT_CONNECT_RETRY_TIME: Duration = Duration::from_secs(5);

    /// Where to connect to.
    pub(crate) fn endpoint(&self) -> SocketAddr {
        SocketAddr::new(self.address, self.port)
    }

    /// What the state machine needs to know of it.
    pub(crate) fn session_config(&self) -> PeerConfig {
        let Self {
            name: _,
            address: _,
            port: _,
            peer_asn,
            local_asn,
            passive,
            hold_time,
            connect_retry_time,
            families,
            local_address: _,
            next_hop_ipv4: _,
            next_hop_ipv6: _,
            router_id,
        } = self;
        PeerConfig {
            local_asn: *local_asn,
            peer_asn: *peer_asn,
            router_id: *router_id,
            passive: *passive,
            hold_time: *hold_time,
            connect_retry_time: *connect_retry_time,
            families: *families,
            intake: Intake::default(),
        }
    }
}
