use super::{Defaults, Peer, PeerKeys, PeerSpec, Problems, asn};

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

/// A peer of AS 64513 with all defaults, of a speaker of AS 64512 with router ID 10.0.0.1.
pub(crate) fn test_peer(name: &str, address: &str) -> Peer {
    let defaults = Defaults {
        asn: asn(64512).unwrap(),
        router_id: "10.0.0.1".parse().unwrap(),
    };
    let spec = PeerSpec {
        name: name.to_owned(),
        address: address.to_owned(),
        peer_asn: Some(64513),
        ..PeerSpec::default()
    };
    spec.check(defaults, &KEYS, "peer", &mut Problems::default())
        .unwrap()
}
