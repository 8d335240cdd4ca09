//! Small worlds, written as people write them, and what follows from them.

use std::fmt::Write;

use super::{Delta, Note, Planner, Update, Verdict};
use crate::announce::Decision;
use crate::object::{Kind, ObjectRef};
use crate::source::Event;
use crate::source::directory::manifest::{self, Found};

const WORLD: &str = "\
apiVersion: bellwether.dev/v1alpha1
kind: IPAddressPool
metadata: {name: public, labels: {tier: front}}
spec: {addresses: [192.0.2.0/24, 2001:db8:1::/64]}
---
apiVersion: bellwether.dev/v1alpha1
kind: BGPAdvertisement
metadata: {name: all}
spec: {communities: ['64512:1']}
---
apiVersion: bellwether.dev/v1alpha1
kind: BGPPeer
metadata: {name: tor}
spec: {myASN: 64512, peerASN: 64513, peerAddress: 10.0.0.254}
---
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {rack: r1}}
spec: {podCIDRs: [10.244.1.0/24]}
status: {addresses: [{type: InternalIP, address: 10.0.0.1}, {type: Hostname, address: n1}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, annotations: {bellwether.dev/loadBalancerIPs: 192.0.2.10}}
spec:
  type: LoadBalancer
  ports: [{name: http, port: 80, targetPort: web}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints:
- {addresses: [10.244.1.5], nodeName: n1}
- {addresses: [10.244.2.5], nodeName: n2}
";

/// The planner of node n1, with the first plan.
fn planned(text: &str) -> (Planner, Update) {
    let mut planner = Planner::new("n1".to_owned());
    for event in events(text) {
        assert_eq!(
            planner.handle(event),
            Update::default(),
            "nothing follows before all is told"
        );
    }
    let update = planner.handle(Event::Synced);
    (planner, update)
}

fn events(text: &str) -> Vec<Event> {
    let event = |found| match found {
        Found::Object(id, object) => Event::Upsert(id, object),
        other => panic!("{other:?}"),
    };
    manifest::read(text).into_iter().map(event).collect()
}

fn apply(planner: &mut Planner, text: &str) -> Update {
    let mut events = events(text).into_iter();
    let update = planner.handle(events.next().unwrap());
    assert_eq!(
        events.next(),
        None,
        "one document, so that one event is looked at"
    );
    update
}

/// What a person is told about the world with these documents, of which the last of a name counts.
fn told(more: &str) -> Vec<String> {
    let (_, update) = planned(&format!("{WORLD}---\n{more}"));
    update.notes.iter().map(show_note).collect()
}

fn show_note(note: &Note) -> String {
    match note {
        Note::Rejected(rejected) => rejected.to_string(),
        Note::Accepted(object) => format!("{object}: accepted"),
        Note::Service(
            key,
            address,
            Verdict {
                forwarded,
                decision,
            },
        ) => {
            let address = address.map(|it| format!(" {it}")).unwrap_or_default();
            let not = if *forwarded {
                "not announced"
            } else {
                "refused"
            };
            match decision {
                Decision::Announce(_) => format!("{key}{address}: announced"),
                Decision::Skip(reason) => format!("{key}{address}: {not}: {reason}"),
            }
        }
        Note::Forgotten(key, address) => format!("{key} {address:?}: forgotten"),
        Note::Peer(peer, Ok(())) => format!("{peer}: session"),
        Note::Peer(peer, Err(reason)) => format!("{peer}: no session: {reason}"),
        Note::PeerForgotten(peer) => format!("{peer}: forgotten"),
    }
}

fn show(update: &Update) -> String {
    let Update { delta, notes } = update;
    let Delta {
        frontends,
        vips,
        routes,
        peers,
        node,
    } = delta;
    let mut out = String::new();
    for note in notes {
        writeln!(out, "note     {}", show_note(note)).unwrap();
    }
    for (frontend, forwarding) in frontends {
        match forwarding {
            Some(it) => {
                let ends = |ends: &[crate::forward::model::Endpoint]| {
                    let show = |end: &crate::forward::model::Endpoint| {
                        let local = if end.local { " here" } else { "" };
                        format!("{}:{}{local}", end.address, end.port)
                    };
                    ends.iter().map(show).collect::<Vec<_>>().join(", ")
                };
                let (external, internal) = (ends(&it.external), ends(&it.internal));
                writeln!(
                    out,
                    "frontend {frontend} of {}, {:?}",
                    it.service, it.policy
                )
                .unwrap();
                writeln!(out, "         external [{external}] internal [{internal}]").unwrap();
            }
            None => writeln!(out, "frontend {frontend} gone").unwrap(),
        }
    }
    for (vip, guarded) in vips {
        writeln!(
            out,
            "vip      {vip} {}",
            if guarded.is_some() { "guarded" } else { "gone" }
        )
        .unwrap();
    }
    for (route, attributes) in routes {
        writeln!(out, "route    {route} {attributes:?}").unwrap();
    }
    for (name, peer) in peers {
        let peer = peer
            .as_ref()
            .map(|peer| (peer.address, peer.local_asn, peer.peer_asn));
        writeln!(out, "peer     {name} {peer:?}").unwrap();
    }
    if let Some(node) = node {
        writeln!(
            out,
            "node     {:?} pods {:?}",
            node.addresses, node.pod_networks
        )
        .unwrap();
    }
    out
}

#[test]
fn a_small_world_is_planned() {
    insta::assert_snapshot!(show(&planned(WORLD).1));
}

#[test]
fn a_dual_stack_local_service_is_planned_per_family() {
    let more = "\
apiVersion: v1
kind: Service
metadata: {name: dns, annotations: {metallb.io/loadBalancerIPs: '192.0.2.53, 2001:db8:1::53'}}
spec:
  type: LoadBalancer
  loadBalancerClass: bellwether.dev/speaker
  externalTrafficPolicy: Local
  ports: [{name: tcp, port: 53}, {name: udp, port: 53, protocol: UDP}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: dns-4, labels: {kubernetes.io/service-name: dns}}
addressType: IPv4
ports: [{name: tcp, port: 5353}, {name: udp, port: 5354, protocol: UDP}]
endpoints:
- {addresses: [10.244.1.9], nodeName: n1}
- {addresses: [10.244.2.9], nodeName: n2}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: dns-6, labels: {kubernetes.io/service-name: dns}}
addressType: IPv6
ports: [{name: tcp, port: 5353}, {name: udp, port: 5354, protocol: UDP}]
endpoints:
- {addresses: ['fd00:2::9'], nodeName: n2}
";
    insta::assert_snapshot!(show(&planned(&format!("{WORLD}---\n{more}")).1));
}

#[test]
fn an_endpoint_slice_costs_its_service_alone() {
    let (mut planner, _) = planned(&format!(
        "{WORLD}---\n{}",
        service("other", "192.0.2.11", "81")
    ));
    let slice = "\
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints: [{addresses: [10.244.2.5], nodeName: n2}]
";
    insta::assert_snapshot!(show(&apply(&mut planner, slice)), @r"
    frontend tcp://192.0.2.10:80 of default/web, Cluster
             external [10.244.2.5:8080] internal [10.244.2.5:8080]
    ");
    assert_eq!(
        apply(&mut planner, slice),
        Update::default(),
        "the same again is no change"
    );
}

#[test]
fn a_slice_that_goes_over_to_another_service_changes_both() {
    let (mut planner, _) = planned(&format!(
        "{WORLD}---\n{}",
        service("other", "192.0.2.11", "81")
    ));
    let slice = "\
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: other}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints: [{addresses: [10.244.1.5], nodeName: n1}]
";
    let notes: Vec<String> = apply(&mut planner, slice)
        .notes
        .iter()
        .map(show_note)
        .collect();
    assert_eq!(
        notes,
        [
            "default/other 192.0.2.11: announced",
            "default/web 192.0.2.10: not announced: no endpoint can take a connection",
        ]
    );
}

#[test]
fn a_heartbeat_of_a_node_changes_nothing() {
    let (mut planner, _) = planned(WORLD);
    let node = "\
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {rack: r1}}
spec: {podCIDRs: [10.244.1.0/24]}
status:
  addresses: [{type: InternalIP, address: 10.0.0.1}]
  conditions: [{type: Ready, status: 'True', lastHeartbeatTime: '2026-01-01T00:00:00Z'}]
";
    assert_eq!(apply(&mut planner, node), Update::default());
}

fn service(name: &str, address: &str, port: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\n\
         metadata: {{name: {name}, annotations: {{bellwether.dev/loadBalancerIPs: '{address}'}}}}\n\
         spec: {{type: LoadBalancer, ports: [{{name: http, port: {port}}}]}}\n"
    )
}

const NODE: &str = "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n";

fn custom(kind: &str, name: &str, spec: &str) -> String {
    format!(
        "apiVersion: bellwether.dev/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"
    )
}

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
fn an_address_goes_over_when_its_holder_is_deleted() {
    let (mut planner, _) = planned(&format!(
        "{WORLD}---\n{}",
        service("zeta", "192.0.2.10", "80")
    ));
    let id = ObjectRef {
        kind: Kind::Service,
        namespace: "default".to_owned(),
        name: "web".to_owned(),
    };
    insta::assert_snapshot!(show(&planner.handle(Event::Delete(id))), @r"
    note     default/web Some(192.0.2.10): forgotten
    note     default/zeta 192.0.2.10: not announced: no endpoint can take a connection
    frontend tcp://192.0.2.10:80 of default/zeta, Cluster
             external [] internal []
    vip      192.0.2.10 guarded
    route    192.0.2.10/32 None
    ");
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

#[test]
fn advertisements_of_one_pool_and_node_are_merged() {
    let more = custom(
        "BGPAdvertisement",
        "more",
        "communities: [no-export, 'large:1:2:3'], localPref: 200",
    );
    let (_, update) = planned(&format!("{WORLD}---\n{more}"));
    let Some(Some(attributes)) = update.delta.routes.values().next() else {
        panic!()
    };
    assert_eq!(attributes.local_pref, Some(200));
    assert_eq!(attributes.communities.len(), 3);
}
