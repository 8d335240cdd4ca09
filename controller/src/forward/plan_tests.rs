//! What the tables hold in each case, in the words of `nft`.

use insta::assert_snapshot;

use super::*;
use crate::forward::contents::Holds;
use crate::forward::key::render;
use crate::forward::model::Protocol;

fn endpoint(address: &str, local: bool) -> Endpoint {
    Endpoint {
        address: address.parse().unwrap(),
        port: 8080,
        local,
    }
}

fn frontend(address: &str) -> Frontend {
    Frontend {
        address: address.parse().unwrap(),
        protocol: Protocol::Tcp,
        port: 80,
    }
}

fn serve(
    vip: &str,
    policy: TrafficPolicy,
    external: &[Endpoint],
    internal: &[Endpoint],
) -> Desired {
    let forwarding = Forwarding {
        service: "default/web".to_owned(),
        external: external.to_vec(),
        internal: internal.to_vec(),
        policy,
    };
    Desired {
        frontends: [(frontend(vip), forwarding)].into(),
        ..Desired::default()
    }
}

fn planned(desired: &Desired, family: Family) -> String {
    let contents = plan(desired, family);
    let mut text = String::new();
    for set in SetName::ALL {
        let Some(elements) = contents.sets.get(&set) else {
            continue;
        };
        text.push_str(&format!("{set}\n"));
        for (key, value) in elements {
            text.push_str(&format!("    {}\n", describe(family, set, key, value)));
        }
    }
    text
}

fn describe(family: Family, set: SetName, key: &Key, value: &Value) -> String {
    let key = render(family, set.key(), key);
    match (value, set.holds()) {
        (Value::Data(data), Holds::Data(fields)) => {
            format!("{key} : {}", render(family, fields, data))
        }
        (Value::Until(Some(end)), _) => format!("{key} until {}", render(family, set.key(), end)),
        (Value::Until(None), _) => format!("{key} and above"),
        (Value::Verdict(Verdict::Drop), _) => format!("{key} : drop"),
        (Value::Verdict(Verdict::Pick(picker)), _) => format!("{key} : goto {picker}"),
        (Value::Present | Value::Data(_), _) => key,
    }
}

#[test]
fn cluster_masquerades_and_serves_everybody_alike() {
    let all = [endpoint("10.244.1.2", true), endpoint("10.244.2.2", false)];
    let desired = serve("203.0.113.80", TrafficPolicy::Cluster, &all, &all);
    assert_snapshot!(planned(&desired, Family::V4), @r"
    map frontends
        203.0.113.80 . tcp . 80 : goto pick-2
    map endpoints
        203.0.113.80 . tcp . 80 . 0 : 10.244.1.2 . 8080
        203.0.113.80 . tcp . 80 . 1 : 10.244.2.2 . 8080
    set cluster-wide
        203.0.113.80 . tcp . 80
    set local-endpoints
        10.244.1.2
    set hairpin
        10.244.1.2 . 10.244.1.2
    set guarded
        203.0.113.80
    ");
}

#[test]
fn local_keeps_its_own_list_for_pods_and_the_node() {
    let all = [endpoint("10.244.1.2", true), endpoint("10.244.2.2", false)];
    let desired = serve("203.0.113.80", TrafficPolicy::Local, &all[..1], &all);
    assert_snapshot!(planned(&desired, Family::V4), @r"
    map frontends
        203.0.113.80 . tcp . 80 : goto pick-1
    map internal-frontends
        203.0.113.80 . tcp . 80 : goto pick-internal-2
    map endpoints
        203.0.113.80 . tcp . 80 . 0 : 10.244.1.2 . 8080
    map internal-endpoints
        203.0.113.80 . tcp . 80 . 0 : 10.244.1.2 . 8080
        203.0.113.80 . tcp . 80 . 1 : 10.244.2.2 . 8080
    set local-endpoints
        10.244.1.2
    set hairpin
        10.244.1.2 . 10.244.1.2
    set guarded
        203.0.113.80
    ");
}

#[test]
fn local_without_a_local_endpoint_drops_only_what_is_external() {
    let remote = [endpoint("10.244.2.2", false)];
    let desired = serve("203.0.113.80", TrafficPolicy::Local, &[], &remote);
    assert_snapshot!(planned(&desired, Family::V4), @r"
    map frontends
        203.0.113.80 . tcp . 80 : drop
    map internal-frontends
        203.0.113.80 . tcp . 80 : goto pick-internal-1
    map internal-endpoints
        203.0.113.80 . tcp . 80 . 0 : 10.244.2.2 . 8080
    set guarded
        203.0.113.80
    ");
}

#[test]
fn no_endpoint_at_all_leaves_only_the_guard() {
    let desired = serve("203.0.113.80", TrafficPolicy::Local, &[], &[]);
    assert_snapshot!(planned(&desired, Family::V4), @r"
    set guarded
        203.0.113.80
    ");
}

#[test]
fn ipv6_has_a_table_of_its_own() {
    let local = [endpoint("fd00::2", true)];
    let desired = serve("2001:db8::80", TrafficPolicy::Cluster, &local, &local);
    assert_snapshot!(planned(&desired, Family::V6), @r"
    map frontends
        2001:db8::80 . tcp . 80 : goto pick-1
    map endpoints
        2001:db8::80 . tcp . 80 . 0 : fd00::2 . 8080
    set cluster-wide
        2001:db8::80 . tcp . 80
    set local-endpoints
        fd00::2
    set hairpin
        fd00::2 . fd00::2
    set guarded
        2001:db8::80
    ");
    assert_eq!(plan(&desired, Family::V4), Contents::default());
}

#[test]
fn an_endpoint_of_the_other_family_is_left_out() {
    let mixed = [endpoint("10.244.1.2", true), endpoint("fd00::2", true)];
    let desired = serve("2001:db8::80", TrafficPolicy::Cluster, &mixed, &mixed);
    let alone = serve(
        "2001:db8::80",
        TrafficPolicy::Cluster,
        &mixed[1..],
        &mixed[1..],
    );
    assert_eq!(planned(&desired, Family::V6), planned(&alone, Family::V6));
}

#[test]
fn an_endpoint_named_twice_is_one() {
    let one = [endpoint("10.244.1.2", true)];
    let twice = [one[0], one[0]];
    let policy = TrafficPolicy::Cluster;
    assert_eq!(
        plan(&serve("203.0.113.80", policy, &twice, &twice), Family::V4),
        plan(&serve("203.0.113.80", policy, &one, &one), Family::V4),
    );
}

#[test]
fn guarded_addresses_are_pinged_at_the_first_node_address_of_their_family() {
    let desired = Desired {
        vips: ["203.0.113.80", "2001:db8::80"]
            .map(|vip| vip.parse().unwrap())
            .into(),
        node_addresses: ["2001:db8:a::1", "10.0.0.1", "10.0.0.2"]
            .map(|address| address.parse().unwrap())
            .into(),
        ..Desired::default()
    };
    assert_snapshot!(planned(&desired, Family::V4), @r"
    set guarded
        203.0.113.80
    map echo
        203.0.113.80 : 10.0.0.1
    ");
    assert_snapshot!(planned(&desired, Family::V6), @r"
    set guarded
        2001:db8::80
    map echo
        2001:db8::80 : 2001:db8:a::1
    ");
}

#[test]
fn pod_networks_that_overlap_or_touch_are_one_range() {
    let networks = [
        "10.244.1.0/24",
        "10.244.0.0/24",
        "10.244.0.0/16",
        "10.245.0.0/24",
        "fd00::/64",
    ];
    let desired = Desired {
        pod_networks: networks.map(|network| network.parse().unwrap()).into(),
        ..Desired::default()
    };
    assert_snapshot!(planned(&desired, Family::V4), @r"
    set pod-networks
        10.244.0.0 until 10.245.1.0
    ");
}

#[test]
fn a_pod_network_up_to_the_last_address_has_no_end() {
    let desired = Desired {
        pod_networks: vec!["255.0.0.0/8".parse().unwrap(), "::/0".parse().unwrap()],
        ..Desired::default()
    };
    assert_snapshot!(planned(&desired, Family::V4), @r"
    set pod-networks
        255.0.0.0 and above
    ");
    assert_snapshot!(planned(&desired, Family::V6), @r"
    set pod-networks
        :: and above
    ");
}
