use super::world::{World, external, hosts, joined, one, prefix, with_med};
use crate::egress::{Changes, RouteAttributes};
use crate::net::Prefix;

const ROUTE: &str = "192.0.2.1/32";
const NONE: [Prefix; 0] = [];

fn world_with(routes: &[(&str, u32)]) -> World {
    let mut world = joined(&external());
    for (owner, med) in routes {
        world.replace(owner, &one(ROUTE, with_med(*med)));
    }
    world.drain(1);
    world
}

fn med(world: &World) -> Option<u32> {
    let desired = world.table.route(prefix(ROUTE));
    desired.and_then(|route| route.attributes.med)
}

#[test]
fn the_same_routes_again_cause_no_octets_and_no_version() {
    let mut world = joined(&external());
    world.replace("ada", &hosts(100, &with_med(1)));
    world.drain(1);
    let version = world.table.version();
    let changes = world.replace("ada", &hosts(100, &with_med(1)));
    assert_eq!(
        changes,
        Changes {
            unchanged: 100,
            ..Changes::default()
        }
    );
    assert_eq!(world.table.version(), version);
    assert_eq!(world.pull(1, 1), []);
}

#[test]
fn a_replaced_set_sends_the_difference_alone() {
    let mut world = joined(&external());
    world.replace("ada", &hosts(3, &with_med(1)));
    world.drain(1);
    world.replace("ada", &hosts(4, &with_med(1))[1..].to_vec());
    let updates = world.drain(1);
    let said = |of: fn(&super::receiver::Update) -> usize| updates.iter().map(of).sum::<usize>();
    assert_eq!(said(|update| update.withdrawn.len()), 1);
    assert_eq!(said(|update| update.announced.len()), 1);
}

#[test]
fn the_owner_with_the_smallest_name_decides() {
    let mut world = world_with(&[("bob", 2), ("ada", 1), ("eve", 3)]);
    assert_eq!(med(&world), Some(1));
    world.patch("ada", &Vec::new(), &[prefix(ROUTE)]);
    assert_eq!(med(&world), Some(2));
    assert_eq!(world.drain(1).len(), 1);
}

#[test]
fn an_owner_who_does_not_decide_causes_no_octets() {
    let mut world = world_with(&[("ada", 1)]);
    let version = world.table.version();
    world.replace("bob", &one(ROUTE, with_med(2)));
    assert!(world.table.version() > version);
    world.replace("bob", &Vec::new());
    assert_eq!(world.drain(1), []);
}

#[test]
fn a_route_stays_until_its_last_owner_goes() {
    let mut world = world_with(&[("ada", 1), ("bob", 1)]);
    world.replace("ada", &Vec::new());
    assert_eq!(world.drain(1), []);
    world.replace("bob", &Vec::new());
    assert_eq!(world.drain(1)[0].withdrawn, [prefix(ROUTE)]);
}

#[test]
fn a_route_that_goes_and_comes_back_in_one_turn_is_not_withdrawn() {
    let mut world = world_with(&[("ada", 1)]);
    world.patch("ada", &Vec::new(), &[prefix(ROUTE)]);
    world.patch("ada", &one(ROUTE, with_med(2)), &NONE);
    let updates = world.drain(1);
    assert_eq!(updates.len(), 1);
    assert_eq!(updates[0].announced, [prefix(ROUTE)]);
}

#[test]
fn a_route_that_comes_and_goes_in_one_turn_is_not_sent() {
    let mut world = joined(&external());
    world.patch("ada", &one(ROUTE, with_med(1)), &NONE);
    world.patch("ada", &Vec::new(), &[prefix(ROUTE)]);
    assert_eq!(world.drain(1), []);
}

#[test]
fn of_many_changes_in_one_turn_the_last_is_sent() {
    let mut world = world_with(&[("ada", 0)]);
    for med in 1..10 {
        world.patch("ada", &one(ROUTE, with_med(med)), &NONE);
    }
    let updates = world.drain(1);
    assert_eq!(updates.len(), 1);
    assert_eq!(updates[0].attributes.med, Some(9));
}

#[test]
fn a_route_that_can_not_be_advertised_any_more_is_withdrawn() {
    let mut world = world_with(&[("ada", 1)]);
    let of_other_family = RouteAttributes {
        next_hop: Some("2001:db8::9".parse().unwrap()),
        ..RouteAttributes::default()
    };
    world.patch("ada", &one(ROUTE, of_other_family), &NONE);
    assert_eq!(world.drain(1)[0].withdrawn, [prefix(ROUTE)]);
    world.patch("ada", &Vec::new(), &[prefix(ROUTE)]);
    assert_eq!(world.drain(1), []);
}

#[test]
fn of_a_prefix_named_twice_the_last_one_counts() {
    let mut world = joined(&external());
    let twice = [one(ROUTE, with_med(1)), one(ROUTE, with_med(2))].concat();
    assert_eq!(world.replace("ada", &twice).added, 1);
    assert_eq!(med(&world), Some(2));
}

#[test]
fn a_prefix_withdrawn_and_wanted_in_one_patch_is_wanted() {
    let mut world = world_with(&[("ada", 1)]);
    let changes = world.patch("ada", &one(ROUTE, with_med(2)), &[prefix(ROUTE)]);
    assert_eq!((changes.changed, changes.removed), (1, 0));
    assert_eq!(world.drain(1)[0].attributes.med, Some(2));
}

#[test]
fn to_withdraw_what_is_not_there_changes_nothing() {
    let mut world = world_with(&[("ada", 1)]);
    let changes = world.patch("bob", &Vec::new(), &[prefix(ROUTE), prefix("192.0.2.9/32")]);
    assert!(changes.is_none());
}
