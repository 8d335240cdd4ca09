//! What the controller says -> messages of the contract. Every field is named, so that a new one does
//! not compile until someone decides.

use std::collections::BTreeMap;
use std::time::Duration;

use bellwether_proto::v1;
use bellwether_proto::v1::sync_request::Message;
use ipnet::IpNet;

use crate::apply::order::Change;
use crate::validate::{Attributes, Community, Peer};

/// Routes in one message of a snapshot: far below gRPC's limit of 4 MiB.
const ROUTES_PER_MESSAGE: usize = 1000;

/// How long the controller may be silent before the speaker de-prefers its routes: other nodes win then, and where there are
/// none, traffic still flows. Longer than a restart of the controller takes.
pub(super) const LEASE: Duration = Duration::from_secs(30);

/// The requests that say a change, to a speaker that has had the peers `held` of us since before.
pub(super) fn requests(change: Change, held: &BTreeMap<String, v1::Peer>) -> Vec<v1::SyncRequest> {
    let Change {
        generation,
        snapshot,
        upsert_routes,
        delete_routes,
        upsert_peers,
        keep_peers,
        delete_peers,
    } = change;
    let kept = keep_peers.iter().filter_map(|name| held.get(name)).cloned();
    let change = v1::SyncChange {
        generation,
        upsert_routes: upsert_routes.into_iter().map(route).collect(),
        delete_routes: delete_routes.iter().map(ToString::to_string).collect(),
        upsert_peers: kept.chain(upsert_peers.into_iter().map(peer)).collect(),
        delete_peers,
    };
    if !snapshot {
        return vec![request(Message::Change(change))];
    }
    let mut requests = vec![request(Message::Begin(v1::SyncBegin {}))];
    requests.extend(in_parts(change).map(|part| request(Message::Change(part))));
    requests.push(request(Message::Commit(v1::SyncCommit { generation })));
    requests
}

pub(super) fn hello(owner: &str) -> v1::SyncRequest {
    request(Message::Hello(v1::SyncHello {
        owner: owner.to_owned(),
        lease: Some(v1::Lease {
            ttl: prost_types::Duration::try_from(LEASE).ok(),
            on_expiry: v1::ExpiryAction::Deprefer.into(),
        }),
    }))
}

/// The controller is alive, and has nothing new to say.
pub(super) fn renewal() -> v1::SyncRequest {
    request(Message::Renew(v1::SyncRenew {}))
}

fn request(message: Message) -> v1::SyncRequest {
    v1::SyncRequest {
        message: Some(message),
    }
}

/// Peers come first: a session takes longer than a route.
fn in_parts(change: v1::SyncChange) -> impl Iterator<Item = v1::SyncChange> {
    let v1::SyncChange {
        generation,
        upsert_routes,
        upsert_peers,
        ..
    } = change;
    let peers = v1::SyncChange {
        generation,
        upsert_peers,
        ..v1::SyncChange::default()
    };
    let mut routes = upsert_routes.into_iter().peekable();
    let parts = std::iter::from_fn(move || {
        routes.peek()?;
        let upsert_routes = routes.by_ref().take(ROUTES_PER_MESSAGE).collect();
        Some(v1::SyncChange {
            generation,
            upsert_routes,
            ..v1::SyncChange::default()
        })
    });
    std::iter::once(peers).chain(parts)
}

fn route((prefix, attributes): (IpNet, Attributes)) -> v1::Route {
    let Attributes {
        communities,
        local_pref,
    } = attributes;
    let mut standard = Vec::new();
    let mut large = Vec::new();
    for community in communities {
        match community {
            Community::Standard(community) => standard.push(community),
            Community::Large(community) => large.push(community),
        }
    }
    let attributes = v1::RouteAttributes {
        communities: standard,
        large_communities: large,
        local_pref,
        med: None,
        prepend: 0,
        next_hop: None,
    };
    v1::Route {
        prefix: prefix.to_string(),
        attributes: Some(attributes),
    }
}

fn peer(peer: Peer) -> v1::Peer {
    let Peer {
        name,
        local_asn,
        peer_asn,
        address,
        port,
        local_address,
        hold_time,
        connect_retry_time,
        router_id,
        passive,
        nodes: _,
    } = peer;
    v1::Peer {
        name,
        address: address.to_string(),
        port: port.unwrap_or_default().into(),
        peer_asn,
        local_asn,
        passive,
        hold_time: hold_time.map(duration),
        connect_retry_time: connect_retry_time.map(duration),
        families: Vec::new(),
        local_address: local_address.map(|it| it.to_string()).unwrap_or_default(),
        next_hop_ipv4: String::new(),
        next_hop_ipv6: String::new(),
        router_id: router_id.map(|it| it.to_string()).unwrap_or_default(),
        // What a BGPPeer cannot say yet is as the speaker wants it.
        ..v1::Peer::default()
    }
}

fn duration(time: std::time::Duration) -> prost_types::Duration {
    // Validated: at most 65535 s, without a fraction.
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    prost_types::Duration { seconds, nanos: 0 }
}
