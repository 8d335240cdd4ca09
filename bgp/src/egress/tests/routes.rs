use std::time::Duration;

use super::world::{World, one, prefix, with_med};
use crate::egress::{Table, Version};
use crate::net::Family;
use crate::time::Instant;

const ORDERED: [&str; 5] = [
    "10.0.0.0/8",
    "10.0.0.0/16",
    "192.0.2.1/32",
    "2001:db8::/32",
    "2001:db8::1/128",
];

fn table() -> Table {
    let mut table = Table::new();
    for text in [3, 1, 4, 0, 2].map(|index| ORDERED[index]) {
        table.patch("ada", one(text, with_med(1)), &[]);
    }
    table
}

fn listed(table: &Table, after: Option<&str>) -> Vec<String> {
    let routes = table.routes(after.map(prefix));
    routes.map(|route| route.prefix.to_string()).collect()
}

#[test]
fn routes_are_ordered_by_family_address_and_length() {
    assert_eq!(listed(&table(), None), ORDERED);
}

#[test]
fn a_page_starts_behind_a_prefix_whether_it_is_there_or_not() {
    let table = table();
    assert_eq!(listed(&table, Some("192.0.2.1/32")), ORDERED[3..]);
    assert_eq!(listed(&table, Some("11.0.0.0/8")), ORDERED[2..]);
    assert_eq!(listed(&table, Some("ff00::/8")), [""; 0]);
}

#[test]
fn a_route_that_is_not_wanted_any_more_is_not_there() {
    let mut table = table();
    table.patch("ada", Vec::new(), &[prefix(ORDERED[0])]);
    assert_eq!(listed(&table, None), ORDERED[1..]);
    assert!(table.route(prefix(ORDERED[0])).is_none());
    assert_eq!(Family::ALL.map(|family| table.len(family)), [2, 2]);
    table.replace("ada", Vec::new());
    assert!(table.is_empty());
}

#[test]
fn a_route_names_its_owners_in_order_and_when_it_changed() {
    let mut table = Table::new();
    table.replace("bob", one(ORDERED[0], with_med(2)));
    table.replace("eve", one(ORDERED[0], with_med(3)));
    let route = table.route(prefix(ORDERED[0])).unwrap();
    assert_eq!(
        (route.owners, route.version),
        (vec!["bob", "eve"], Version(1))
    );
    table.replace("ada", one(ORDERED[0], with_med(1)));
    let route = table.route(prefix(ORDERED[0])).unwrap();
    assert_eq!(
        (route.owners, route.version),
        (vec!["ada", "bob", "eve"], Version(3))
    );
    assert_eq!(route.attributes, &with_med(1));
}

#[test]
fn an_owner_is_known_by_what_it_wants() {
    let mut world = World::new();
    world.replace("ada", &one(ORDERED[0], with_med(1)));
    world.replace(
        "bob",
        &[one(ORDERED[0], with_med(1)), one(ORDERED[1], with_med(1))].concat(),
    );
    let table = &world.table;
    assert_eq!(
        ["ada", "bob", "eve"].map(|owner| table.owner_routes(owner)),
        [1, 2, 0]
    );
    assert!(table.wants("bob", prefix(ORDERED[1])));
    assert!(!table.wants("ada", prefix(ORDERED[1])));
    assert!(!table.wants("eve", prefix(ORDERED[0])));
}

#[test]
fn a_route_is_wanted_since_the_first_owner_came_after_nobody() {
    let mut world = World::new();
    let since = |world: &World| {
        let route = world.table.route(prefix("192.0.2.1/32"));
        route.map(|route| route.since.since_origin().as_secs())
    };
    let mut at = |seconds, owner: &str, wants: bool| {
        let now = Instant::from_origin(Duration::from_secs(seconds));
        world.table.advance(now);
        let routes = one("192.0.2.1/32", with_med(seconds as u32));
        world.replace(owner, &routes[..usize::from(wants)].to_vec());
        since(&world)
    };
    assert_eq!(at(10, "bob", true), Some(10));
    assert_eq!(at(20, "ada", true), Some(10));
    assert_eq!(at(30, "bob", false), Some(10));
    assert_eq!(at(40, "ada", false), None);
    assert_eq!(at(50, "ada", true), Some(50));
}
