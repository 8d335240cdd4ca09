use super::world::{World, external, hosts, internal, joined, prefix, with_med};
use crate::egress::{Community, NotSent, PeerKey, RouteAttributes};
use crate::net::{Family, FamilySet};

const ROUTE: &str = "198.18.0.0/32";

#[test]
fn a_peer_that_is_depreferred_gets_all_routes_again_with_the_community() {
    let mut world = joined(&external());
    world.replace("ada", &hosts(3, &with_med(1)));
    world.drain(1);
    world.change_export(1, |export| export.depreferred = Some(2));
    world.drain(1);
    let received = &world.peers[&PeerKey(1)].receiver.routes[&prefix(ROUTE)];
    assert_eq!(
        received.communities,
        [Community::GRACEFUL_SHUTDOWN.0].into()
    );
    assert_eq!(received.as_path.len(), 3);
    world.check_all_done();
}

#[test]
fn a_peer_without_families_has_all_routes_withdrawn_and_gets_them_again() {
    let mut world = joined(&external());
    world.replace("ada", &hosts(3, &with_med(1)));
    world.drain(1);
    let mut without = external();
    without.families = FamilySet::EMPTY;
    world.table.change_export(PeerKey(1), without);
    while !world.table.pull(PeerKey(1), 10_000).chunks.is_empty() {}
    assert_eq!(world.table.advertised(PeerKey(1)), 0);
    world.table.change_export(PeerKey(1), external());
    while !world.table.pull(PeerKey(1), 10_000).chunks.is_empty() {}
    assert_eq!(world.table.advertised(PeerKey(1)), 3);
}

#[test]
fn the_others_of_its_group_are_sent_nothing() {
    let mut world = joined(&external());
    world.join(2, &external());
    world.replace("ada", &hosts(3, &with_med(1)));
    world.drain_all();
    world.change_export(1, |export| export.depreferred = Some(2));
    assert_eq!(world.drain(2), []);
}

#[test]
fn nothing_is_done_until_it_is_sent() {
    let mut world = joined(&external());
    world.replace("ada", &hosts(3, &with_med(1)));
    world.drain(1);
    assert!(world.table.has(PeerKey(1), prefix(ROUTE)));
    world.change_export(1, |export| export.depreferred = Some(2));
    assert_eq!(world.table.progress(world.table.version()).done, 0);
    assert!(!world.table.has(PeerKey(1), prefix(ROUTE)));
    world.drain(1);
    assert!(world.table.has(PeerKey(1), prefix(ROUTE)));
}

#[test]
fn what_an_owner_wants_is_told_also_where_another_decides() {
    let mut world = World::new();
    world.replace("ada", &hosts(1, &with_med(1)));
    world.replace("bob", &hosts(1, &with_med(2)));
    let wanted: Vec<_> = world.table.wanted_by("bob").collect();
    assert_eq!(wanted, [(prefix(ROUTE), &with_med(2))]);
}

#[test]
fn what_a_peer_is_sent_is_told_as_it_is_encoded() {
    let attributes = RouteAttributes {
        prepend: 1,
        ..with_med(1)
    };
    let external = external();
    let sent = external.sent(Family::Ipv4Unicast, &attributes).unwrap();
    assert_eq!((sent.as_path.len(), sent.local_pref), (2, None));
    assert_eq!(sent.next_hop.to_string(), "192.0.2.1");
    let sent = internal().sent(Family::Ipv6Unicast, &attributes).unwrap();
    assert_eq!((sent.as_path.len(), sent.local_pref), (0, Some(100)));
    assert_eq!(sent.next_hop.to_string(), "2001:db8::1");
}

#[test]
fn why_a_peer_is_not_sent_a_route_is_told() {
    let mut export = external();
    export.next_hop_ipv4 = None;
    export.families = FamilySet::from_iter([Family::Ipv4Unicast]);
    let reason = |family, attributes: &RouteAttributes| export.sent(family, attributes).err();
    let foreign = RouteAttributes {
        next_hop: "2001:db8::9".parse().ok(),
        ..RouteAttributes::default()
    };
    let long = RouteAttributes {
        communities: (0..1024).map(Community).collect(),
        ..RouteAttributes::default()
    };
    let ipv4 = Family::Ipv4Unicast;
    assert_eq!(reason(Family::Ipv6Unicast, &foreign), Some(NotSent::Family));
    assert_eq!(reason(ipv4, &long), Some(NotSent::TooLarge));
    assert_eq!(reason(ipv4, &with_med(1)), Some(NotSent::NoNextHop));
    assert_eq!(reason(ipv4, &foreign), Some(NotSent::NextHopFamily));
}
