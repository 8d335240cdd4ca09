//! The forwarding in a real kernel: each test builds a small network of namespaces of its own.
//! Needs root, iproute2 and nft.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise; clippy knows only functions marked as tests"
)]

mod lab;
mod namespace;
mod sctp;
mod traffic;

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use bellwether_controller::forward::model::{Desired, Protocol};
use bellwether_controller::forward::{Applied, KernelError};

use lab::{Addresses, Lab, V4, V6};

/// Far more than a refusal needs, far less than a retry.
const AT_ONCE: Duration = Duration::from_millis(500);

fn both(test: impl Fn(&Lab, &Addresses)) {
    for addresses in [V4, V6] {
        test(&Lab::new(), &addresses);
    }
}

#[test]
fn tcp_and_udp_reach_all_endpoints() {
    both(|lab, a| {
        let _kernel = lab.forward(&a.cluster(&["pod-a", "pod-b", "pod-c"]));
        let tcp = (0..50).map(|_| lab.client.tcp(a.vip, 80).unwrap().answer.pod);
        let udp = (0..50).map(|_| lab.client.udp(a.vip, 80).unwrap().pod);
        let all = BTreeSet::from(["pod-a", "pod-b", "pod-c"].map(String::from));
        assert_eq!(tcp.collect::<BTreeSet<_>>(), all);
        assert_eq!(udp.collect::<BTreeSet<_>>(), all);
    });
}

#[test]
fn sctp_reaches_an_endpoint() {
    both(|lab, a| {
        let _kernel = lab.forward(&a.cluster(&["pod-a"]));
        let mut pod = lab.pod_a.raw_sctp(a.vip);
        lab.client.raw_sctp(a.vip).send_init(a.vip, 80);
        assert_eq!(pod.receive(), (lab::TARGET_PORT, true));
    });
}

#[test]
fn a_local_endpoint_sees_the_client_under_either_policy() {
    both(|lab, a| {
        let mut kernel = lab.forward(&a.cluster(&["pod-a"]));
        assert_eq!(lab.client.tcp(a.vip, 80).unwrap().answer.seen, a.client);
        kernel
            .apply(&a.local(&["pod-a"], &["pod-a", "pod-c"]))
            .unwrap();
        assert_eq!(lab.client.tcp(a.vip, 80).unwrap().answer.seen, a.client);
    });
}

#[test]
fn a_remote_endpoint_sees_the_node_under_policy_cluster() {
    both(|lab, a| {
        let _kernel = lab.forward(&a.cluster(&["pod-c"]));
        assert_eq!(lab.client.tcp(a.vip, 80).unwrap().answer.seen, a.node);
        assert_eq!(lab.client.udp(a.vip, 80).unwrap().seen, a.node);
    });
}

#[test]
fn an_unserved_port_is_refused_at_once() {
    both(|lab, a| {
        let _kernel = lab.forward(&a.cluster(&["pod-a"]));
        for from in [&lab.client, &lab.pod_b] {
            assert_refused(|| from.tcp(a.vip, 81));
            assert_refused(|| from.udp(a.vip, 81));
        }
        assert_refused(|| lab.node.tcp(a.vip, 81));
        // A datagram that is refused on its way out never leaves `send`.
        assert_eq!(
            lab.node.udp(a.vip, 81).unwrap_err().kind(),
            ErrorKind::PermissionDenied
        );
    });
}

#[test]
fn a_frontend_without_any_endpoint_is_refused_at_once() {
    both(|lab, a| {
        let _kernel = lab.forward(&a.local(&[], &[]));
        assert_refused(|| lab.client.tcp(a.vip, 80));
        assert_refused(|| lab.client.udp(a.vip, 80));
    });
}

#[test]
fn a_packet_of_no_connection_does_not_circle() {
    both(|lab, a| {
        let _kernel = lab.forward(&a.guarded());
        lab.router.count_packets(a.vip);
        lab.client.send_garbage(a.vip);
        // Goes the same way behind it.
        lab.client.ping(a.vip).unwrap();
        assert_eq!(lab.router.counted_packets(), 2);
    });
}

#[test]
fn local_without_a_local_endpoint_drops_what_comes_from_outside() {
    both(|lab, a| {
        let _kernel = lab.forward(&a.local(&[], &["pod-c"]));
        let error = lab.client.tcp_within(a.vip, 80, AT_ONCE).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    });
}

#[test]
fn the_node_and_its_pods_reach_remote_endpoints_under_local() {
    both(|lab, a| {
        let _kernel = lab.forward(&a.local(&["pod-a"], &["pod-c"]));
        assert_eq!(lab.client.tcp(a.vip, 80).unwrap().answer.pod, "pod-a");
        assert_eq!(lab.node.tcp(a.vip, 80).unwrap().answer.pod, "pod-c");
        let from_pod = lab.pod_b.tcp(a.vip, 80).unwrap().answer;
        assert_eq!((from_pod.pod.as_str(), from_pod.seen), ("pod-c", a.pod_b));
    });
}

#[test]
fn an_endpoint_may_be_the_node_itself() {
    both(|lab, a| {
        lab.serve_on_node(a);
        let mut desired = a.cluster(&["pod-a"]);
        for forwarding in desired.frontends.values_mut() {
            forwarding.external[0].address = a.node;
            forwarding.internal[0].address = a.node;
        }
        let _kernel = lab.forward(&desired);
        let answer = lab.client.tcp(a.vip, 80).unwrap().answer;
        assert_eq!((answer.pod.as_str(), answer.seen), ("node", a.client));
        assert_eq!(lab.node.tcp(a.vip, 80).unwrap().answer.pod, "node");
        assert_eq!(lab.pod_a.tcp(a.vip, 80).unwrap().answer.pod, "node");
    });
}

#[test]
fn a_pod_reaches_itself_through_the_address() {
    both(|lab, a| {
        let _kernel = lab.forward(&a.cluster(&["pod-a"]));
        let answer = lab.pod_a.tcp(a.vip, 80).unwrap().answer;
        assert_eq!(answer.pod, "pod-a");
        assert_ne!(answer.seen, a.pod_a);
    });
}

#[test]
fn pings_of_the_address_are_answered() {
    both(|lab, a| {
        let _kernel = lab.forward(&a.guarded());
        for from in [&lab.client, &lab.node, &lab.pod_a] {
            from.ping(a.vip).unwrap();
        }
    });
}

#[test]
fn a_narrow_path_to_the_client_is_found_out() {
    both(|lab, a| {
        let _kernel = lab.forward(&a.cluster(&["pod-a"]));
        lab.router
            .ip("route replace 192.0.2.0/24 dev client mtu lock 1300
             route replace 2001:db8:c::/64 dev client mtu lock 1300");
        let long = "x".repeat(20_000);
        assert_eq!(
            lab.client.tcp(a.vip, 80).unwrap().echo(&long).unwrap(),
            long
        );
    });
}

#[test]
fn kube_proxys_translation_of_the_same_address_comes_too_late() {
    both(|lab, a| {
        let kube_proxy = |name: &str| {
            let (family, to) = match a.pod_b {
                std::net::IpAddr::V4(pod) => ("ip", format!("{pod}:8080")),
                std::net::IpAddr::V6(pod) => ("ip6", format!("[{pod}]:8080")),
            };
            let rule = format!("{family} daddr {} tcp dport 80 dnat to {to}", a.vip);
            let base = "type nat hook prerouting priority -100;";
            lab.node.nft(&[&format!(
                "table {family} {name} {{ chain nat {{ {base} {rule}; }}; }}"
            )]);
        };
        kube_proxy("registered-first");
        let _kernel = lab.forward(&a.cluster(&["pod-a"]));
        kube_proxy("registered-last");
        assert_eq!(lab.client.tcp(a.vip, 80).unwrap().answer.pod, "pod-a");
    });
}

#[test]
fn established_connections_survive_any_change() {
    both(|lab, a| {
        let mut kernel = lab.forward(&a.cluster(&["pod-a"]));
        let mut local = lab.client.tcp(a.vip, 80).unwrap();
        kernel.apply(&a.cluster(&["pod-c"])).unwrap();
        let mut remote = lab.client.tcp(a.vip, 80).unwrap();
        let changes = [
            a.cluster(&["pod-b"]),
            a.local(&["pod-b"], &["pod-b", "pod-c"]),
            a.local(&[], &[]),
            Desired::default(),
        ];
        for desired in changes {
            kernel.apply(&desired).unwrap();
            assert_eq!(local.echo("still there").unwrap(), "still there");
            assert_eq!(remote.echo("still there").unwrap(), "still there");
        }
    });
}

#[test]
fn a_restart_changes_nothing() {
    both(|lab, a| {
        let mut desired = a.local(&["pod-a"], &["pod-a", "pod-c"]);
        desired.pod_networks.push("255.0.0.0/8".parse().unwrap());
        desired.pod_networks.push("ffff::/16".parse().unwrap());
        let kernel = lab.forward(&desired);
        let mut connection = lab.client.tcp(a.vip, 80).unwrap();
        let before = lab.ruleset();
        lab.close(kernel);
        assert_eq!(lab.client.tcp(a.vip, 80).unwrap().answer.pod, "pod-a");
        let mut kernel = lab.kernel();
        assert_eq!(lab.ruleset(), before);
        assert_eq!(kernel.apply(&desired).unwrap(), Applied::default());
        assert_eq!(lab.ruleset(), before);
        assert_eq!(connection.echo("still there").unwrap(), "still there");
    });
}

#[test]
fn a_change_is_single_elements() {
    both(|lab, a| {
        let mut kernel = lab.forward(&a.cluster(&["pod-a", "pod-b"]));
        // For each of three frontends a new slot, and its verdict replaced.
        let applied = kernel
            .apply(&a.cluster(&["pod-a", "pod-b", "pod-c"]))
            .unwrap();
        assert_eq!(applied.rebuilt, []);
        assert_eq!((applied.added, applied.deleted), (6, 3));
        assert!(
            kernel
                .apply(&a.cluster(&["pod-a", "pod-b", "pod-c"]))
                .unwrap()
                .is_empty()
        );
    });
}

#[test]
fn a_table_that_was_changed_is_built_anew_with_the_first_apply() {
    both(|lab, a| {
        let desired = a.cluster(&["pod-a"]);
        let kernel = lab.forward(&desired);
        let before = lab.ruleset();
        lab.close(kernel);
        let family = if a.vip.is_ipv4() { "ip" } else { "ip6" };
        lab.node.nft(&[
            "add",
            "rule",
            family,
            "bellwether",
            "guard-forward",
            "accept",
        ]);
        let mut kernel = lab.kernel();
        let mut connection = lab.client.tcp(a.vip, 80).unwrap();
        assert_eq!(kernel.apply(&desired).unwrap().rebuilt.len(), 1);
        assert_eq!(connection.echo("still there").unwrap(), "still there");
        assert_eq!(lab.client.tcp(a.vip, 80).unwrap().answer.pod, "pod-a");
        assert_eq!(sorted(&lab.ruleset()), sorted(&before));
    });
}

#[test]
fn a_table_of_our_name_without_an_owner_is_replaced() {
    both(|lab, a| {
        lab.node.nft(&["add", "table", "ip", "bellwether"]);
        lab.node.nft(&["add", "table", "ip6", "bellwether"]);
        let mut kernel = lab.kernel();
        assert_eq!(
            kernel.apply(&a.cluster(&["pod-a"])).unwrap().rebuilt.len(),
            2
        );
        assert_eq!(lab.client.tcp(a.vip, 80).unwrap().answer.pod, "pod-a");
    });
}

#[test]
fn a_strangers_flush_does_nothing_while_we_run() {
    both(|lab, a| {
        let kernel = lab.forward(&a.cluster(&["pod-a", "pod-c"]));
        assert!(kernel.is_owner());
        let before = lab.ruleset();
        lab.node.nft(&["flush", "ruleset"]);
        assert_eq!(lab.ruleset(), before);
    });
}

#[test]
fn a_flush_while_we_were_away_is_mended_by_the_next_apply() {
    both(|lab, a| {
        let desired = a.cluster(&["pod-a"]);
        lab.close(lab.forward(&desired));
        lab.node.nft(&["flush", "ruleset"]);
        let mut kernel = lab.kernel();
        assert_eq!(kernel.apply(&desired).unwrap().rebuilt.len(), 2);
        assert_eq!(lab.client.tcp(a.vip, 80).unwrap().answer.pod, "pod-a");
    });
}

#[test]
fn a_second_owner_is_told_who_has_the_tables() {
    let lab = Lab::new();
    let _kernel = lab.forward(&V4.guarded());
    let second = lab
        .node
        .run(bellwether_controller::forward::Kernel::open)
        .err()
        .unwrap();
    assert!(
        matches!(second, KernelError::Owned { port, .. } if port != 0),
        "{second}"
    );
}

#[test]
fn the_ruleset_is_listed_as_text_and_json() {
    both(|lab, a| {
        let _kernel = lab.forward(&a.local(&["pod-a"], &["pod-a", "pod-c"]));
        let text = lab.node.nft(&["list", "ruleset"]);
        let frontend = format!("{} . tcp . 80 : goto pick-1", a.vip);
        assert!(text.contains(&frontend), "{text}");
        let json: serde_json::Value =
            serde_json::from_str(&lab.node.nft(&["-j", "list", "ruleset"])).unwrap();
        let tables = json["nftables"].as_array().unwrap().iter();
        let ours = tables
            .filter(|object| object["table"]["name"] == "bellwether")
            .count();
        assert_eq!(ours, 2);
    });
}

#[test]
fn ten_thousand_services_load_in_one_transaction() {
    let lab = Lab::new();
    let mut desired = V4.cluster(&["pod-a", "pod-b", "pod-c"]);
    let (_, forwarding) = desired.frontends.first_key_value().unwrap();
    let forwarding = forwarding.clone();
    for port in 1000..11_000 {
        desired
            .frontends
            .insert(V4.frontend(Protocol::Tcp, port), forwarding.clone());
    }
    let mut kernel = lab.kernel();
    let applied = kernel.apply(&desired).unwrap();
    assert!(applied.added > 50_000, "{applied:?}");
    lab.close(kernel);
    assert!(lab.kernel().apply(&desired).unwrap().is_empty());
}

fn assert_refused<T>(attempt: impl Fn() -> std::io::Result<T>) {
    let start = Instant::now();
    let error = attempt().err().expect("a refusal");
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    assert!(start.elapsed() < AT_ONCE, "{:?}", start.elapsed());
}

/// The order of objects is not part of what a listing says.
fn sorted(listing: &str) -> Vec<&str> {
    let mut lines: Vec<_> = listing.lines().collect();
    lines.sort_unstable();
    lines
}
