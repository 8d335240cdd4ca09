//! Small worlds, written as people write them, and what follows from them.

mod incremental;
mod reasons;
mod rejections;

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
