//! Why an address is not announced, or a peer has no session.

use super::*;

#[test]
fn each_reason_not_to_announce_is_told() {
    let skipped = |reason: &str| format!("default/web 192.0.2.10: not announced: {reason}");
    let refused = |reason: &str| format!("default/web 192.0.2.10: refused: {reason}");
    let slice = |endpoint: &str| {
        format!(
            "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n\
             metadata: {{name: web-1, labels: {{kubernetes.io/service-name: web}}}}\n\
             addressType: IPv4\nports: [{{name: http, port: 8080}}]\nendpoints: [{endpoint}]\n"
        )
    };
    let local = service("web", "192.0.2.10", "80")
        .replace("ports:", "externalTrafficPolicy: Local, ports:");
    let elsewhere = slice("{addresses: [10.244.2.5], nodeName: n2}");
    let leaving = slice(
        "{addresses: [10.244.1.5], nodeName: n1, \
         conditions: {ready: false, serving: true, terminating: true}}",
    );
    let pref =
        |name: &str, pref: u32| custom("BGPAdvertisement", name, &format!("localPref: {pref}"));
    for (more, reason) in [
        (
            service("web", "198.51.100.1", "80"),
            "default/web 198.51.100.1: refused: no IPAddressPool contains the address".to_owned(),
        ),
        (
            NODE.to_owned() + "status: {addresses: [{type: InternalIP, address: 192.0.2.10}]}",
            refused("it is an address of Node n1"),
        ),
        (
            NODE.replace("n1", "n9") + "spec: {podCIDR: 192.0.2.0/28}",
            refused("it is inside of the pod network 192.0.2.0/28 of Node n9"),
        ),
        (
            custom("BGPAdvertisement", "all", "ipAddressPools: [other]"),
            skipped("no BGPAdvertisement selects IPAddressPool public"),
        ),
        (
            custom(
                "BGPAdvertisement",
                "all",
                "ipAddressPoolSelectors: [{matchLabels: {tier: back}}]",
            ),
            skipped("no BGPAdvertisement selects IPAddressPool public"),
        ),
        (
            custom(
                "BGPAdvertisement",
                "all",
                "nodeSelectors: [{matchLabels: {rack: r2}}]",
            ),
            skipped("the node is not selected by BGPAdvertisement all"),
        ),
        (
            pref("a", 100) + "---\n" + &pref("b", 200),
            skipped("BGPAdvertisements a and b state different localPref"),
        ),
        (
            NODE.replace(
                "{name: n1}",
                "{name: n1, labels: {node.kubernetes.io/exclude-from-external-load-balancers: ''}}",
            ),
            skipped("the node is labelled node.kubernetes.io/exclude-from-external-load-balancers"),
        ),
        (
            NODE.to_owned() + "status: {conditions: [{type: NetworkUnavailable, status: 'True'}]}",
            skipped("the node's condition NetworkUnavailable is True"),
        ),
        (slice(""), skipped("no endpoint can take a connection")),
        (
            local.clone() + "---\n" + &elsewhere,
            skipped(
                "externalTrafficPolicy is Local, and no endpoint of this node can take a connection",
            ),
        ),
        (
            local + "---\n" + &leaving,
            skipped("externalTrafficPolicy is Local, and this node's endpoints are terminating"),
        ),
        (
            service("web", "192.0.2.10", "80").replace("bellwether.dev", "example.org"),
            "default/web: refused: the Service names no address".to_owned(),
        ),
    ] {
        let told = told(&more);
        assert!(
            told.contains(&reason),
            "{reason}\nnot in {told:#?}\nfor {more}"
        );
    }
}

#[test]
fn without_its_node_object_a_node_announces_nothing() {
    let (mut planner, _) = planned(WORLD);
    let update = planner.handle(Event::Delete(ObjectRef::cluster(Kind::Node, "n1")));
    let notes: Vec<String> = update.notes.iter().map(show_note).collect();
    assert_eq!(
        notes,
        [
            "tor: no session: there is no Node of this node's name",
            "default/web 192.0.2.10: not announced: there is no Node of this node's name",
        ]
    );
    assert_eq!(
        update.delta.node, None,
        "the machine has its addresses still"
    );
}

#[test]
fn services_with_different_ports_share_an_address() {
    let (_, update) = planned(&format!("{WORLD}---\n{}", service("b", "192.0.2.10", "81")));
    assert_eq!(update.delta.frontends.len(), 2);
    assert_eq!(update.delta.vips.len(), 1);
    assert!(
        update.delta.routes.values().all(Option::is_some),
        "web has endpoints, if b has none"
    );
}

#[test]
fn of_two_services_with_one_port_of_an_address_the_first_by_creation_then_name_has_it() {
    let by_name = told(&service("zeta", "192.0.2.10", "80"));
    assert!(
        by_name.contains(
            &"default/zeta 192.0.2.10: refused: the address belongs to Service default/web, \
          and both have port tcp/80"
                .to_owned()
        ),
        "{by_name:#?}"
    );
    let older = service("zeta", "192.0.2.10", "80").replace(
        "{name: zeta,",
        "{name: zeta, creationTimestamp: '2026-01-01T00:00:00Z',",
    );
    let by_age = told(&older);
    assert!(
        by_age.contains(
            &"default/web 192.0.2.10: refused: the address belongs to Service default/zeta, \
          and both have port tcp/80"
                .to_owned()
        ),
        "{by_age:#?}"
    );
}

#[test]
fn a_local_service_shares_only_with_one_of_the_same_selector() {
    let local = service("zeta", "192.0.2.10", "81")
        .replace("ports:", "externalTrafficPolicy: Local, ports:");
    let told = told(&local);
    assert!(told.contains(
        &"default/zeta 192.0.2.10: refused: the address belongs to Service default/web, and with \
          externalTrafficPolicy Local only Services of one selector can share it".to_owned()
    ), "{told:#?}");
}

#[test]
fn services_of_others_are_none_of_our_business() {
    for (from, to) in [
        ("type: LoadBalancer", "type: ClusterIP"),
        (
            "type: LoadBalancer",
            "type: LoadBalancer, loadBalancerClass: other.io/lb",
        ),
    ] {
        let told = told(&service("b", "192.0.2.20", "80").replace(from, to));
        assert!(!told.iter().any(|it| it.contains("default/b")), "{told:#?}");
    }
}

#[test]
fn the_status_names_the_address_where_no_annotation_does() {
    let status = service("b", "", "80")
        .replace(", annotations: {bellwether.dev/loadBalancerIPs: ''}", "")
        + "status: {loadBalancer: {ingress: [{hostname: lb.example.org}, {ip: 192.0.2.20}]}}\n";
    let told = told(&status);
    assert!(
        told.iter()
            .any(|it| it.starts_with("default/b 192.0.2.20: not announced")),
        "{told:#?}"
    );
}

#[test]
fn peers_are_those_that_select_the_node_and_an_address_has_one() {
    let peer = |name: &str, more: &str| {
        let spec = format!("myASN: 64512, peerASN: 64513, peerAddress: 10.0.0.254{more}");
        custom("BGPPeer", name, &spec)
    };
    let more = [
        peer("zz", ""),
        peer("elsewhere", ", nodeSelectors: [{matchLabels: {rack: r2}}]"),
    ];
    let told = told(&more.join("---\n"));
    let of_peers: Vec<_> = told.iter().filter(|it| it.contains("session")).collect();
    assert_eq!(
        of_peers,
        [
            "elsewhere: no session: the nodeSelectors of the BGPPeer do not select the node",
            "tor: session",
            "zz: no session: BGPPeer tor has the same peerAddress 10.0.0.254 on this node",
        ]
    );
}
