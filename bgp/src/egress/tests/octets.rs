use std::net::IpAddr;

use super::receiver::Update;
use super::world::{Routes, World, external, hosts, internal, joined, one, prefix, with_med};
use crate::egress::{Community, Export, PeerKey, RouteAttributes};
use crate::net::{Asn, Prefix};

/// The table that a new peer gets, without End-of-RIB.
fn dump(routes: &Routes, export: &Export) -> Vec<Update> {
    let mut world = World::new();
    world.replace("ada", routes);
    world.join(1, export);
    let mut updates = world.drain(1);
    updates.retain(|update| update.end_of_rib.is_none());
    updates
}

fn only(attributes: RouteAttributes, export: &Export) -> Update {
    let updates = dump(&one("192.0.2.1/32", attributes), export);
    assert_eq!(updates.len(), 1);
    updates[0].clone()
}

fn assert_full(updates: &[Update], longest_prefix: usize, max_octets: usize) {
    let (_, all_but_last) = updates.split_last().unwrap();
    assert!(!all_but_last.is_empty());
    for update in all_but_last {
        assert!(
            update.octets + longest_prefix > max_octets,
            "{}",
            update.octets
        );
    }
}

#[test]
fn announcements_fill_messages() {
    assert_full(&dump(&hosts(10_000, &with_med(1)), &external()), 5, 4096);
}

#[test]
fn ipv6_announcements_fill_messages() {
    let host = |host: u128| Prefix::host(IpAddr::V6((0x2001_0db8_u128 << 96 | host).into()));
    let routes = (0..5_000).map(|index| (host(index), with_med(1))).collect();
    assert_full(&dump(&routes, &internal()), 17, 4096);
}

#[test]
fn withdrawals_fill_messages() {
    let mut world = joined(&external());
    world.replace("ada", &hosts(10_000, &with_med(1)));
    world.drain(1);
    world.replace("ada", &Vec::new());
    assert_full(&world.drain(1), 5, 4096);
}

#[test]
fn extended_messages_are_filled_where_the_peer_takes_them() {
    let export = Export {
        max_message_octets: u16::MAX,
        depreferred: None,
        ..external()
    };
    assert_full(&dump(&hosts(30_000, &with_med(1)), &export), 5, 65535);
}

#[test]
fn each_attribute_set_is_one_message_however_its_routes_are_mixed() {
    let mixed = |count: u32| {
        let med = |index: usize| with_med((index % 50) as u32);
        let routes = hosts(count, &with_med(0)).into_iter().enumerate();
        routes
            .map(|(index, (prefix, _))| (prefix, med(index)))
            .collect::<Routes>()
    };
    assert_eq!(dump(&mixed(2_000), &external()).len(), 50);
    // Also when they change later, beside many that do not.
    let mut world = joined(&external());
    world.replace("bob", &hosts(60_000, &with_med(99)));
    world.drain(1);
    world.replace("ada", &mixed(2_000));
    assert_eq!(world.drain(1).len(), 50);
}

#[test]
fn withdrawals_come_before_announcements() {
    let mut world = joined(&external());
    world.patch("ada", &one("2001:db8::/64", with_med(1)), &[]);
    world.patch("ada", &one("192.0.2.1/32", with_med(1)), &[]);
    world.drain(1);
    world.replace("ada", &one("192.0.2.2/32", with_med(1)));
    let updates = world.drain(1);
    assert_eq!(updates[0].withdrawn, [prefix("192.0.2.1/32")]);
    assert_eq!(updates[1].withdrawn, [prefix("2001:db8::/64")]);
    assert_eq!(updates[2].announced, [prefix("192.0.2.2/32")]);
}

#[test]
fn a_withdrawal_does_not_wait_for_the_announcements_before_it() {
    let mut world = joined(&external());
    world.patch("ada", &one("192.0.2.1/32", with_med(1)), &[]);
    world.drain(1);
    world.patch("ada", &hosts(20_000, &with_med(2)), &[]);
    world.pull(1, 1);
    world.patch("ada", &Vec::new(), &[prefix("192.0.2.1/32")]);
    assert_eq!(world.pull(1, 1)[0].withdrawn, [prefix("192.0.2.1/32")]);
}

#[test]
fn a_pull_gives_about_as_much_as_asked_for() {
    let mut world = World::new();
    world.replace("ada", &hosts(100_000, &with_med(1)));
    world.join(1, &external());
    let octets = |updates: Vec<Update>| updates.iter().map(|update| update.octets).sum::<usize>();
    let chunk = (16 << 10) + 4096;
    assert!((1..=chunk).contains(&octets(world.pull(1, 1))));
    assert!((100_000..=100_000 + chunk).contains(&octets(world.pull(1, 100_000))));
}

#[test]
fn on_ebgp_as_path_is_ours_and_local_pref_is_not_sent() {
    let attributes = RouteAttributes {
        local_pref: Some(7),
        med: Some(8),
        ..with_med(0)
    };
    let update = only(attributes, &external());
    assert_eq!(update.attributes.as_path, [4_200_000_000]);
    assert_eq!(update.attributes.local_pref, None);
    assert_eq!(update.attributes.med, Some(8));
    assert_eq!(update.codes, [1, 2, 3, 4]);
}

#[test]
fn on_ibgp_as_path_is_empty_and_local_pref_always_sent() {
    let prepended = RouteAttributes {
        prepend: 3,
        ..RouteAttributes::default()
    };
    let update = only(prepended, &internal());
    assert_eq!(update.attributes.as_path, []);
    assert_eq!(update.attributes.local_pref, Some(100));
    let preferred = RouteAttributes {
        local_pref: Some(7),
        ..RouteAttributes::default()
    };
    assert_eq!(only(preferred, &internal()).attributes.local_pref, Some(7));
}

#[test]
fn prepending_repeats_our_as() {
    let prepended = RouteAttributes {
        prepend: 255,
        ..RouteAttributes::default()
    };
    let update = only(prepended, &external());
    assert_eq!(update.attributes.as_path, [4_200_000_000; 256]);
}

#[test]
fn a_peer_with_two_octets_an_as_gets_the_whole_one_in_as4_path() {
    let old_speaker = Export {
        four_octet_as: false,
        ..external()
    };
    assert_eq!(only(with_med(1), &old_speaker).codes, [1, 2, 3, 4, 17]);
    let small = Export {
        local_asn: Asn::new(64512).unwrap(),
        ..old_speaker
    };
    assert_eq!(only(with_med(1), &small).codes, [1, 2, 3, 4]);
}

#[test]
fn ipv6_routes_are_in_the_first_attribute_and_the_others_ascend() {
    let attributes = RouteAttributes {
        communities: [Community(1)].into(),
        large_communities: ["1:2:3".parse().unwrap()].into(),
        ..with_med(1)
    };
    let updates = dump(&one("2001:db8::/64", attributes), &internal());
    assert_eq!(updates[0].codes, [14, 1, 2, 4, 5, 8, 32]);
}

#[test]
fn communities_that_stop_a_receiver_do_not_stop_us() {
    let communities = [
        Community::NO_EXPORT,
        Community::NO_ADVERTISE,
        Community::NO_EXPORT_SUBCONFED,
    ];
    let attributes = RouteAttributes {
        communities: communities.into(),
        ..RouteAttributes::default()
    };
    for export in [external(), internal()] {
        let update = only(attributes.clone(), &export);
        assert_eq!(
            update.attributes.communities,
            communities.map(|community| community.0).into()
        );
    }
}

#[test]
fn attributes_that_fit_no_message_do_not_stop_others() {
    let mut world = World::new();
    let communities = (0..2_000).map(Community).collect();
    let too_many = RouteAttributes {
        communities,
        ..RouteAttributes::default()
    };
    world.table.replace("ada", one("192.0.2.1/32", too_many));
    world
        .table
        .patch("ada", one("192.0.2.2/32", with_med(1)), &[]);
    world.table.join(PeerKey(1), external());
    while !world.table.pull(PeerKey(1), 1).chunks.is_empty() {}
    assert_eq!(world.table.advertised(PeerKey(1)), 1);
    assert_eq!(world.table.route_progress(prefix("192.0.2.1/32")).total, 0);
}
