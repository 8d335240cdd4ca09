//! What is wrong with an object is told, and hurts no other.

use super::*;

#[test]
fn a_bad_object_is_rejected_by_itself_and_says_why() {
    for (more, rejected) in [
        (
            custom("IPAddressPool", "zz", "addresses: [192.0.2.128/25]"),
            "IPAddressPool zz is rejected: spec.addresses[0] \"192.0.2.128-192.0.2.255\": \
             overlaps with 192.0.2.0-192.0.2.255 of IPAddressPool public",
        ),
        (
            custom("IPAddressPool", "zz", "addresses: []"),
            "IPAddressPool zz is rejected: spec.addresses \"[]\": a pool needs at least one prefix or range",
        ),
        (
            custom(
                "IPAddressPool",
                "zz",
                "addresses: [10.9.0.0/24, 10.9.0.9-10.9.0.4]",
            ),
            "IPAddressPool zz is rejected: spec.addresses[1] \"10.9.0.9-10.9.0.4\": \
             the range ends before it begins",
        ),
        (
            custom("BGPAdvertisement", "zz", "peers: [tor]"),
            "BGPAdvertisement zz is rejected: spec.peers \"tor\": not supported yet: a route is \
             announced to every peer of the node",
        ),
        (
            custom("BGPAdvertisement", "zz", "aggregationLength: 24"),
            "BGPAdvertisement zz is rejected: spec.aggregationLength \"24\": not supported yet: \
             routes are announced as /32",
        ),
        (
            custom("BGPAdvertisement", "zz", "communities: ['64512:70000']"),
            "BGPAdvertisement zz is rejected: spec.communities[0] \"64512:70000\": expected \
             `64512:100`, `large:64512:1:2` or a well-known name as `no-export`",
        ),
        (
            custom(
                "BGPPeer",
                "zz",
                "myASN: 0, peerASN: 1, peerAddress: 10.0.0.9",
            ),
            "BGPPeer zz is rejected: spec.myASN \"0\": AS 0 is reserved (RFC 7607)",
        ),
        (
            custom(
                "BGPPeer",
                "zz",
                "myASN: 1, peerASN: 1, peerAddress: tor.example.org",
            ),
            "BGPPeer zz is rejected: spec.peerAddress \"tor.example.org\": \"tor.example.org\" \
             is not an IP address",
        ),
        (
            custom(
                "BGPPeer",
                "zz",
                "myASN: 1, peerASN: 1, peerAddress: 10.0.0.9, holdTime: 2s",
            ),
            "BGPPeer zz is rejected: spec.holdTime \"2s\": must be whole seconds: 0s, or 3s to 65535s",
        ),
        (
            custom(
                "BGPPeer",
                "zz",
                "myASN: 1, peerASN: 1, peerAddress: 10.0.0.9, sourceAddress: '::1'",
            ),
            "BGPPeer zz is rejected: spec.sourceAddress \"::1\": not of the family of \
             spec.peerAddress (10.0.0.9)",
        ),
        (
            custom(
                "BGPPeer",
                "zz",
                "myASN: 1, peerASN: 1, peerAddress: 10.0.0.9, nodeSelectors: \
                    [{matchExpressions: [{key: a, operator: Like}]}]",
            ),
            "BGPPeer zz is rejected: spec.nodeSelectors[0] \
             \"{\\\"matchExpressions\\\":[{\\\"key\\\":\\\"a\\\",\\\"operator\\\":\\\"Like\\\"}]}\": ",
        ),
        (
            service("zz", "192.0.2.1, web", "80"),
            "Service default/zz is rejected: metadata.annotations[bellwether.dev/loadBalancerIPs] \
             \" web\": \"web\" is not an IP address",
        ),
        (
            service(
                "zz",
                "192.0.2.1', metallb.io/loadBalancerIPs: '192.0.2.2",
                "80",
            ),
            "Service default/zz is rejected: metadata.annotations[metallb.io/loadBalancerIPs] \
             \"192.0.2.2\": not the same as annotation bellwether.dev/loadBalancerIPs; set one of them",
        ),
        (
            service("zz", "192.0.2.1", "70000"),
            "Service default/zz is rejected: spec.ports[0].port \"70000\": a port is 1 to 65535",
        ),
    ] {
        let told = told(&more);
        assert!(
            told.iter().any(|it| it.starts_with(rejected)),
            "{rejected}\nnot in {told:#?}"
        );
        assert!(
            told.contains(&"default/web 192.0.2.10: announced".to_owned()),
            "the rest goes on"
        );
    }
}

#[test]
fn a_peer_that_the_speaker_would_refuse_is_rejected() {
    for (address, reason) in [
        ("0.0.0.0", "not an address of a host"),
        ("224.0.0.1", "not an address of a host"),
        ("255.255.255.255", "not an address of a host"),
        ("fe80::1", "link-local, which names no interface"),
        (
            "::ffff:10.0.0.9",
            "an IPv4 address written as IPv6 (did you mean 10.0.0.9?)",
        ),
    ] {
        let spec = format!("myASN: 1, peerASN: 1, peerAddress: '{address}'");
        let told = told(&custom("BGPPeer", "zz", &spec));
        let rejected = format!("BGPPeer zz is rejected: spec.peerAddress \"{address}\": {reason}");
        assert!(told.iter().any(|it| it.starts_with(&rejected)), "{told:#?}");
    }
    let long = "x".repeat(254);
    for name in ["a b", "\u{e4}", &long] {
        let spec = "myASN: 1, peerASN: 1, peerAddress: 10.0.0.9";
        let told = told(&custom("BGPPeer", &format!("'{name}'"), spec));
        let rejected = format!("BGPPeer {name} is rejected: metadata.name ");
        assert!(told.iter().any(|it| it.starts_with(&rejected)), "{told:#?}");
    }
}

#[test]
fn communities_that_do_not_fit_a_message_together_are_not_announced() {
    let advertisement = |index: usize| {
        let large = |value: usize| format!("'large:{index}:0:{value}'");
        let communities = (0..63).map(large).collect::<Vec<_>>().join(", ");
        let spec = format!("communities: [{communities}]");
        custom("BGPAdvertisement", &format!("a{index}"), &spec)
    };
    // Each takes 756 octets, and `all` of the world 4.
    let four = (0..4).map(advertisement).collect::<Vec<_>>().join("---\n");
    let announced = "default/web 192.0.2.10: announced".to_owned();
    assert!(told(&four).contains(&announced));
    let five = format!("{four}---\n{}", advertisement(4));
    let refused = "default/web 192.0.2.10: not announced: the communities of BGPAdvertisements a0, a1, \
                   a2, a3, a4, all take 3784 octets together, at most 3072 fit a message";
    assert!(
        told(&five).contains(&refused.to_owned()),
        "{:#?}",
        told(&five)
    );
}

#[test]
fn a_bad_field_of_a_node_is_ignored_and_the_node_stays() {
    let node = NODE.to_owned()
        + "spec: {podCIDRs: [10.244.1.0/24, 10.244.0.0/33]}\n\
        status: {addresses: [{type: InternalIP, address: 192.0.2.10}, {type: ExternalIP, address: x}]}";
    let told = told(&node);
    for expected in [
        "Node n1: spec.podCIDRs[1] \"10.244.0.0/33\": not a prefix; the field is ignored",
        "Node n1: status.addresses[1].address \"x\": \"x\" is not an IP address; the field is ignored",
        "tor: session",
        "default/web 192.0.2.10: refused: it is an address of Node n1",
    ] {
        assert!(
            told.contains(&expected.to_owned()),
            "{expected}\nnot in {told:#?}"
        );
    }
}

#[test]
fn a_rejection_is_told_once_and_its_end_too() {
    let (mut planner, _) = planned(WORLD);
    let bad = custom("IPAddressPool", "zz", "addresses: [web]");
    assert_eq!(apply(&mut planner, &bad).notes.len(), 1);
    assert_eq!(apply(&mut planner, &bad).notes, []);
    let good = custom("IPAddressPool", "zz", "addresses: [198.51.100.0/24]");
    let notes: Vec<String> = apply(&mut planner, &good)
        .notes
        .iter()
        .map(show_note)
        .collect();
    assert_eq!(notes, ["IPAddressPool zz: accepted"]);
}
