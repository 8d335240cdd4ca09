//! Answers of a speaker, for the tests of how they are shown. They go through the conversion from the
//! messages, so that a field that gets lost there is missed in the golden files.

use bellwether_proto::v1;
use jiff::{SignedDuration, Timestamp};

use crate::model::{PeerState, RouteState, Status};

/// When the answers are shown.
pub(super) fn now() -> Timestamp {
    "2026-03-01T12:00:00.25Z".parse().unwrap()
}

pub(super) fn status() -> Status {
    v1::GetStatusResponse {
        version: "0.1.0".to_owned(),
        asn: 64512,
        router_id: "10.0.0.1".to_owned(),
        started: before_now(5 * 86_400 + 3 * 3_600),
        listen: vec!["0.0.0.0:179".to_owned(), "[::]:179".to_owned()],
        peers: 2,
        established_peers: 1,
        routes_ipv4: 12,
        routes_ipv6: 11,
        owners: vec![
            v1::OwnerState {
                name: "cli".to_owned(),
                generation: 4,
                routes: 2,
                peers: 0,
                connected: false,
            },
            v1::OwnerState {
                name: "controller".to_owned(),
                generation: 17,
                routes: 22,
                peers: 1,
                connected: true,
            },
        ],
    }
    .try_into()
    .unwrap()
}

/// A peer that everything is set of.
pub(super) fn established_peer() -> PeerState {
    v1::PeerState {
        peer: Some(configured_peer()),
        owner: "config".to_owned(),
        state: v1::SessionState::Established.into(),
        since: before_now(192),
        established_count: 2,
        last_error: "received NOTIFICATION Cease/Administrative Shutdown: \"maintenance\""
            .to_owned(),
        last_error_time: before_now(300),
        negotiated: Some(v1::Negotiated {
            hold_time: seconds(20),
            keepalive_time: Some(prost_types::Duration {
                seconds: 6,
                nanos: 666_666_667,
            }),
            families: vec![
                v1::Family::Ipv4Unicast.into(),
                v1::Family::Ipv6Unicast.into(),
            ],
            four_octet_as: true,
            route_refresh: false,
            remote_router_id: "10.0.0.254".to_owned(),
        }),
        local_endpoint: "10.0.0.1:43210".to_owned(),
        remote_endpoint: "10.0.0.254:1179".to_owned(),
        advertised_routes: 12,
        received_routes: 3,
        sent: counters([2, 7, 0, 58, 0]),
        received: counters([2, 5, 1, 57, 1]),
        unadvertised: vec!["ipv6-unicast: no next hop (set next_hop_ipv6)".to_owned()],
    }
    .try_into()
    .unwrap()
}

fn configured_peer() -> v1::Peer {
    v1::Peer {
        name: "tor1".to_owned(),
        address: "10.0.0.254".to_owned(),
        port: 1179,
        peer_asn: 64513,
        local_asn: 64600,
        passive: true,
        hold_time: seconds(90),
        connect_retry_time: seconds(5),
        families: vec![
            v1::Family::Ipv4Unicast.into(),
            v1::Family::Ipv6Unicast.into(),
        ],
        local_address: "10.0.0.1".to_owned(),
        next_hop_ipv4: "10.0.0.9".to_owned(),
        next_hop_ipv6: "2001:db8::9".to_owned(),
        router_id: "10.0.0.1".to_owned(),
        ..v1::Peer::default()
    }
}

/// A peer that as little as possible is set of, as one whose session the speaker has yet to start.
pub(super) fn refused_peer() -> PeerState {
    v1::PeerState {
        peer: Some(v1::Peer {
            name: "tor2".to_owned(),
            address: "2001:db8::fe".to_owned(),
            peer_asn: 4_200_000_000,
            ..v1::Peer::default()
        }),
        owner: "controller".to_owned(),
        state: v1::SessionState::Idle.into(),
        since: None,
        last_error: "cannot connect: Connection refused".to_owned(),
        last_error_time: before_now(4),
        ..v1::PeerState::default()
    }
    .try_into()
    .unwrap()
}

/// A route that has the default attributes.
pub(super) fn plain_route() -> RouteState {
    v1::RouteState {
        route: Some(v1::Route {
            prefix: "192.0.2.10/32".to_owned(),
            attributes: None,
        }),
        owners: vec!["controller".to_owned()],
        advertised_peers: 1,
        eligible_peers: 2,
        since: before_now(7_500),
    }
    .try_into()
    .unwrap()
}

/// A route that every attribute is set of, and that two owners want.
pub(super) fn decorated_route() -> RouteState {
    v1::RouteState {
        route: Some(v1::Route {
            prefix: "2001:db8::10/128".to_owned(),
            attributes: Some(v1::RouteAttributes {
                communities: vec!["64512:100".to_owned(), "no-export".to_owned()],
                large_communities: vec!["64512:1:2".to_owned()],
                local_pref: Some(200),
                med: Some(0),
                prepend: 2,
                next_hop: Some("2001:db8::1".to_owned()),
            }),
        }),
        owners: vec!["cli".to_owned(), "controller".to_owned()],
        advertised_peers: 2,
        eligible_peers: 2,
        since: before_now(9),
    }
    .try_into()
    .unwrap()
}

fn before_now(seconds: i64) -> Option<prost_types::Timestamp> {
    let time = now() - SignedDuration::from_secs(seconds);
    Some(prost_types::Timestamp {
        seconds: time.as_second(),
        nanos: time.subsec_nanosecond(),
    })
}

fn seconds(seconds: i64) -> Option<prost_types::Duration> {
    Some(prost_types::Duration { seconds, nanos: 0 })
}

fn counters(
    [open, update, notification, keepalive, route_refresh]: [u64; 5],
) -> Option<v1::MessageCounters> {
    Some(v1::MessageCounters {
        open,
        update,
        notification,
        keepalive,
        route_refresh,
    })
}
