use bellwether_proto::v1;
use jiff::Timestamp;
use serde::Serialize;

use super::{
    Family, Malformed, Seconds, SessionState, optional_time, seconds, unless_empty, unless_zero,
};

/// A peer and its session: message `PeerState`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PeerState {
    pub(crate) peer: Peer,
    pub(crate) owner: String,
    pub(crate) state: SessionState,
    pub(crate) since: Option<Timestamp>,
    pub(crate) established_count: u64,
    pub(crate) last_error: Option<String>,
    pub(crate) last_error_time: Option<Timestamp>,
    pub(crate) negotiated: Option<Negotiated>,
    pub(crate) local_endpoint: Option<String>,
    pub(crate) remote_endpoint: Option<String>,
    pub(crate) advertised_routes: u64,
    pub(crate) received_routes: u64,
    pub(crate) sent: MessageCounters,
    pub(crate) received: MessageCounters,
    pub(crate) unadvertised: Vec<String>,
}

/// A neighbor to have a session with: message `Peer`. `None` is the speaker's default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) port: Option<u32>,
    pub(crate) peer_asn: u32,
    pub(crate) local_asn: Option<u32>,
    pub(crate) passive: bool,
    pub(crate) hold_time: Option<Seconds>,
    pub(crate) connect_retry_time: Option<Seconds>,
    pub(crate) families: Vec<Family>,
    pub(crate) local_address: Option<String>,
    pub(crate) next_hop_ipv4: Option<String>,
    pub(crate) next_hop_ipv6: Option<String>,
    pub(crate) router_id: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) interface: Option<String>,
    pub(crate) multihop: Option<u32>,
    pub(crate) ttl_security: Option<u32>,
    pub(crate) md5_secret_file: Option<String>,
    pub(crate) max_prefixes: Option<u32>,
    pub(crate) max_prefixes_warning_only: bool,
    pub(crate) max_prefixes_restart: Option<Seconds>,
}

/// What the two OPENs agreed on: message `Negotiated`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Negotiated {
    pub(crate) hold_time: Seconds,
    pub(crate) keepalive_time: Seconds,
    pub(crate) families: Vec<Family>,
    pub(crate) four_octet_as: bool,
    pub(crate) route_refresh: bool,
    pub(crate) remote_router_id: String,
}

/// Messages of one direction: message `MessageCounters`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct MessageCounters {
    pub(crate) open: u64,
    pub(crate) update: u64,
    pub(crate) notification: u64,
    pub(crate) keepalive: u64,
    pub(crate) route_refresh: u64,
}

impl TryFrom<v1::PeerState> for PeerState {
    type Error = Malformed;

    fn try_from(message: v1::PeerState) -> Result<Self, Malformed> {
        let v1::PeerState {
            peer,
            owner,
            state,
            since,
            established_count,
            last_error,
            last_error_time,
            negotiated,
            local_endpoint,
            remote_endpoint,
            advertised_routes,
            received_routes,
            sent,
            received,
            unadvertised,
        } = message;
        Ok(Self {
            peer: peer.ok_or(Malformed("PeerState.peer"))?.try_into()?,
            owner,
            state: SessionState::from_number(state),
            since: optional_time("PeerState.since", since)?,
            established_count,
            last_error: unless_empty(last_error),
            last_error_time: optional_time("PeerState.last_error_time", last_error_time)?,
            negotiated: negotiated.map(Negotiated::try_from).transpose()?,
            local_endpoint: unless_empty(local_endpoint),
            remote_endpoint: unless_empty(remote_endpoint),
            advertised_routes,
            received_routes,
            sent: sent.map(MessageCounters::from).unwrap_or_default(),
            received: received.map(MessageCounters::from).unwrap_or_default(),
            unadvertised,
        })
    }
}

impl TryFrom<v1::Peer> for Peer {
    type Error = Malformed;

    fn try_from(message: v1::Peer) -> Result<Self, Malformed> {
        let v1::Peer {
            name,
            address,
            port,
            peer_asn,
            local_asn,
            passive,
            hold_time,
            connect_retry_time,
            families,
            local_address,
            next_hop_ipv4,
            next_hop_ipv6,
            router_id,
            description,
            interface,
            multihop,
            ttl_security,
            md5_secret_file,
            max_prefixes,
            max_prefixes_warning_only,
            max_prefixes_restart,
        } = message;
        Ok(Self {
            name,
            address,
            port: unless_zero(port),
            peer_asn,
            local_asn: unless_zero(local_asn),
            passive,
            hold_time: seconds("Peer.hold_time", hold_time)?,
            connect_retry_time: seconds("Peer.connect_retry_time", connect_retry_time)?,
            families: families.into_iter().map(Family::from_number).collect(),
            local_address: unless_empty(local_address),
            next_hop_ipv4: unless_empty(next_hop_ipv4),
            next_hop_ipv6: unless_empty(next_hop_ipv6),
            router_id: unless_empty(router_id),
            description: unless_empty(description),
            interface: unless_empty(interface),
            multihop: unless_zero(multihop),
            ttl_security: unless_zero(ttl_security),
            md5_secret_file: unless_empty(md5_secret_file),
            max_prefixes: unless_zero(max_prefixes),
            max_prefixes_warning_only,
            max_prefixes_restart: seconds("Peer.max_prefixes_restart", max_prefixes_restart)?,
        })
    }
}

impl TryFrom<v1::Negotiated> for Negotiated {
    type Error = Malformed;

    fn try_from(message: v1::Negotiated) -> Result<Self, Malformed> {
        let v1::Negotiated {
            hold_time,
            keepalive_time,
            families,
            four_octet_as,
            route_refresh,
            remote_router_id,
        } = message;
        Ok(Self {
            hold_time: seconds("Negotiated.hold_time", hold_time)?.unwrap_or_default(),
            keepalive_time: seconds("Negotiated.keepalive_time", keepalive_time)?
                .unwrap_or_default(),
            families: families.into_iter().map(Family::from_number).collect(),
            four_octet_as,
            route_refresh,
            remote_router_id,
        })
    }
}

impl From<v1::MessageCounters> for MessageCounters {
    fn from(message: v1::MessageCounters) -> Self {
        let v1::MessageCounters {
            open,
            update,
            notification,
            keepalive,
            route_refresh,
        } = message;
        Self {
            open,
            update,
            notification,
            keepalive,
            route_refresh,
        }
    }
}
