use bellwether_bgp::net::FamilySet;
use bellwether_bgp::session::{MessageCounts, Negotiated, State};
use bellwether_proto::v1;

use super::family;
use super::time::{from_duration, timestamp, to_duration};
use crate::model::{Beyond, Defaults, Name, Peer, PeerKeys, PeerSpec, Problems, Reach};
use crate::peer::PeerStatus;
use crate::table::{Administrative, PeerView};

/// What the fields of a peer are called in the API.
const KEYS: PeerKeys = PeerKeys {
    name: "name",
    description: "description",
    address: "address",
    port: "port",
    peer_asn: "peer_asn",
    local_asn: "local_asn",
    hold_time: "hold_time",
    connect_retry_time: "connect_retry_time",
    families: "families",
    local_address: "local_address",
    interface: "interface",
    multihop: "multihop",
    ttl_security: "ttl_security",
    md5_secret_file: "md5_secret_file",
    max_prefixes: "max_prefixes",
    max_prefixes_warning_only: "max_prefixes_warning_only",
    max_prefixes_restart: "max_prefixes_restart",
    next_hop_ipv4: "next_hop_ipv4",
    next_hop_ipv6: "next_hop_ipv6",
    router_id: "router_id",
};

/// The peers of `field`.
pub(in crate::api) fn from_proto(
    peers: Vec<v1::Peer>,
    field: &str,
    defaults: Defaults,
    problems: &mut Problems,
) -> Vec<Peer> {
    let mut values = Vec::new();
    for (index, peer) in peers.into_iter().enumerate() {
        let path = format!("{field}[{index}]");
        let spec = spec(peer, &path, problems);
        values.extend(spec.check(defaults, &KEYS, &path, problems));
    }
    values
}

/// The names of `field`.
pub(in crate::api) fn names(names: &[String], field: &str, problems: &mut Problems) -> Vec<Name> {
    let indexed = names.iter().enumerate();
    indexed
        .filter_map(|(index, name)| problems.check(&format!("{field}[{index}]"), name.parse()))
        .collect()
}

fn spec(peer: v1::Peer, path: &str, problems: &mut Problems) -> PeerSpec {
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
    } = peer;
    let mut time = |field, time: Option<prost_types::Duration>| {
        let time = time.as_ref().map(to_duration)?;
        problems.check(&format!("{path}.{field}"), time)
    };
    let hold_time = time(KEYS.hold_time, hold_time);
    let connect_retry_time = time(KEYS.connect_retry_time, connect_retry_time);
    let max_prefixes_restart = time(KEYS.max_prefixes_restart, max_prefixes_restart);
    let mut set = FamilySet::EMPTY;
    for (index, number) in families.iter().enumerate() {
        let path = format!("{path}.{}[{index}]", KEYS.families);
        if let Some(family) = problems.check(&path, family::from_proto(*number)) {
            set.insert(family);
        }
    }
    PeerSpec {
        name,
        description: filled(description),
        address,
        port: number(port),
        peer_asn: number(peer_asn),
        local_asn: number(local_asn),
        passive,
        hold_time,
        connect_retry_time,
        families: Some(set).filter(|set| !set.is_empty()),
        local_address: filled(local_address),
        interface: filled(interface),
        multihop: number(multihop),
        ttl_security: number(ttl_security),
        md5_secret_file: filled(md5_secret_file),
        max_prefixes: number(max_prefixes),
        max_prefixes_warning_only,
        max_prefixes_restart,
        next_hop_ipv4: filled(next_hop_ipv4),
        next_hop_ipv6: filled(next_hop_ipv6),
        router_id: filled(router_id),
        required: None,
    }
}

/// Zero asks for the default.
fn number(number: u32) -> Option<i64> {
    (number != 0).then(|| number.into())
}

/// An empty text asks for the default.
fn filled(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

pub(in crate::api) fn to_proto(view: PeerView) -> v1::PeerState {
    let PeerView {
        peer,
        owner,
        status,
        advertised_routes,
        administrative,
        synchronized: _,
    } = view;
    let PeerStatus {
        state,
        since,
        established_count,
        last_error,
        endpoints,
        negotiated,
        key: _,
        unadvertised,
        received_routes,
        sent,
        received,
        traffic: _,
    } = status;
    let (last_error, last_error_time) = last_error.unzip();
    let (administrative_state, administrative_reason) = self::administrative(administrative);
    let local = endpoints.map(|ends| ends.local.to_string());
    let remote = endpoints.map(|ends| ends.remote.to_string());
    v1::PeerState {
        peer: Some(declared(&peer)),
        owner: owner.to_string(),
        state: self::state(state).into(),
        since: since.map(timestamp),
        established_count,
        last_error: last_error.unwrap_or_default(),
        last_error_time: last_error_time.map(timestamp),
        negotiated: negotiated.map(self::negotiated),
        local_endpoint: local.unwrap_or_default(),
        remote_endpoint: remote.unwrap_or_default(),
        advertised_routes,
        received_routes,
        sent: Some(counters(sent)),
        received: Some(counters(received)),
        unadvertised,
        administrative_state: administrative_state.into(),
        administrative_reason,
    }
}

fn administrative(state: Administrative) -> (v1::AdministrativeState, String) {
    match state {
        Administrative::Enabled => (v1::AdministrativeState::Enabled, String::new()),
        Administrative::ShutDown(why) => (v1::AdministrativeState::ShutDown, why),
        Administrative::Drained(why) => (v1::AdministrativeState::Drained, why),
    }
}

/// A peer that is gone: its name alone.
pub(in crate::api) fn deleted(name: &Name) -> v1::PeerState {
    v1::PeerState {
        peer: Some(v1::Peer {
            name: name.to_string(),
            ..v1::Peer::default()
        }),
        ..v1::PeerState::default()
    }
}

fn declared(peer: &Peer) -> v1::Peer {
    let Peer {
        name,
        description,
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
        interface,
        reach,
        md5,
        max_prefixes,
        required: _,
    } = peer;
    let (multihop, ttl_security) = match reach {
        Reach::Multihop(ttl) => (ttl.get(), 0),
        Reach::TtlSecurity { hops } => (0, hops.get()),
    };
    let (warning_only, restart) = match max_prefixes.map(|max| max.beyond) {
        Some(Beyond::Warn) => (true, None),
        Some(Beyond::Shutdown { restart_after }) => (false, restart_after),
        None => (false, None),
    };
    let hold_time = std::time::Duration::from_secs(hold_time.as_secs().into());
    v1::Peer {
        name: name.to_string(),
        address: address.to_string(),
        port: (*port).into(),
        peer_asn: peer_asn.number(),
        local_asn: local_asn.number(),
        passive: *passive,
        hold_time: from_duration(hold_time),
        connect_retry_time: from_duration(*connect_retry_time),
        families: family::to_proto(*families),
        local_address: local_address.map_or_else(String::new, |a| a.to_string()),
        next_hop_ipv4: next_hop_ipv4.map_or_else(String::new, |a| a.to_string()),
        next_hop_ipv6: next_hop_ipv6.map_or_else(String::new, |a| a.to_string()),
        router_id: router_id.to_string(),
        description: description.clone(),
        interface: interface
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        multihop: multihop.into(),
        ttl_security: ttl_security.into(),
        md5_secret_file: md5
            .as_ref()
            .map(|md5| md5.file().display().to_string())
            .unwrap_or_default(),
        max_prefixes: max_prefixes.map(|max| max.limit).unwrap_or_default(),
        max_prefixes_warning_only: warning_only,
        max_prefixes_restart: restart.and_then(from_duration),
    }
}

fn state(state: State) -> v1::SessionState {
    match state {
        State::Idle => v1::SessionState::Idle,
        State::Connect => v1::SessionState::Connect,
        State::Active => v1::SessionState::Active,
        State::OpenSent => v1::SessionState::OpenSent,
        State::OpenConfirm => v1::SessionState::OpenConfirm,
        State::Established => v1::SessionState::Established,
    }
}

fn negotiated(negotiated: Negotiated) -> v1::Negotiated {
    let Negotiated {
        local_asn: _,
        peer_asn: _,
        peer_router_id,
        hold_time,
        keepalive_time,
        families,
        four_octet_as,
        route_refresh,
    } = negotiated;
    v1::Negotiated {
        hold_time: from_duration(hold_time.duration().unwrap_or_default()),
        keepalive_time: from_duration(keepalive_time.unwrap_or_default()),
        families: family::to_proto(families),
        four_octet_as,
        route_refresh,
        remote_router_id: peer_router_id.to_string(),
    }
}

fn counters(counts: MessageCounts) -> v1::MessageCounters {
    let MessageCounts {
        open,
        update,
        notification,
        keepalive,
        route_refresh,
    } = counts;
    v1::MessageCounters {
        open,
        update,
        notification,
        keepalive,
        route_refresh,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{asn, test_peer};

    const DEFAULTS: &str = "10.0.0.1";

    fn read(peer: v1::Peer) -> Result<Peer, Vec<String>> {
        let defaults = Defaults {
            asn: asn(64512).unwrap(),
            router_id: DEFAULTS.parse().unwrap(),
        };
        let mut problems = Problems::default();
        let mut peers = from_proto(vec![peer], "upsert_peers", defaults, &mut problems);
        peers.pop().ok_or_else(|| problems.iter().collect())
    }

    fn minimal() -> v1::Peer {
        v1::Peer {
            name: "tor1".to_owned(),
            address: "10.0.0.254".to_owned(),
            peer_asn: 64513,
            ..v1::Peer::default()
        }
    }

    #[test]
    fn what_is_left_out_is_the_default() {
        assert_eq!(read(minimal()), Ok(test_peer("tor1", "10.0.0.254")));
    }

    #[test]
    fn what_is_written_is_read_the_same() {
        let peer = test_peer("tor1", "10.0.0.254");
        assert_eq!(read(declared(&peer)), Ok(peer));
    }

    #[test]
    fn a_hold_time_of_zero_is_not_the_default() {
        let peer = v1::Peer {
            hold_time: Some(prost_types::Duration::default()),
            ..minimal()
        };
        assert_eq!(read(peer).unwrap().hold_time.as_secs(), 0);
    }

    #[test]
    fn every_wrong_field_is_named_with_its_value() {
        let peer = v1::Peer {
            name: String::new(),
            address: "10.0.0".to_owned(),
            port: 65536,
            peer_asn: 0,
            hold_time: Some(prost_types::Duration {
                seconds: -1,
                nanos: 0,
            }),
            families: vec![3],
            next_hop_ipv6: "10.0.0.1".to_owned(),
            ..minimal()
        };
        assert_eq!(
            read(peer).unwrap_err(),
            [
                "upsert_peers[0].hold_time: -1s is not a time that can be waited",
                "upsert_peers[0].families[0]: 3 is not a family (1 is IPv4 unicast, 2 is IPv6 unicast)",
                "upsert_peers[0].name: is missing",
                "upsert_peers[0].address: \"10.0.0\" is not an IP address",
                "upsert_peers[0].port: 65536 is not in 1 to 65535",
                "upsert_peers[0].peer_asn: is missing",
                "upsert_peers[0].next_hop_ipv6: \"10.0.0.1\" is not an IPv6 address",
            ]
        );
    }
}
