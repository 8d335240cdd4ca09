use super::world::{World, external, hosts, internal, joined, one, prefix, with_med};
use crate::egress::{Export, PeerKey, Progress};

fn done_of_total(done: u32, total: u32) -> Progress {
    Progress { done, total }
}

#[test]
fn a_peer_counts_when_it_has_accepted_what_it_pulled() {
    let mut world = joined(&external());
    world.replace("ada", &hosts(10, &with_med(1)));
    let (version, route) = (world.table.version(), hosts(1, &with_med(1))[0].0);
    let both = |world: &World| {
        (
            world.table.progress(version),
            world.table.route_progress(route),
        )
    };
    let (none, one) = (done_of_total(0, 1), done_of_total(1, 1));
    assert_eq!(both(&world), (none, none));
    world.pull(1, 10_000);
    assert_eq!(both(&world), (none, none));
    world.pull(1, 10_000);
    assert_eq!(both(&world), (one, one));
}

#[test]
fn an_older_state_stays_reached_while_a_newer_one_is_not() {
    let mut world = joined(&external());
    world.replace("ada", &hosts(10, &with_med(1)));
    let older = world.table.version();
    world.drain(1);
    world.replace("ada", &hosts(10, &with_med(2)));
    assert_eq!(world.table.progress(older), done_of_total(1, 1));
    assert_eq!(
        world.table.progress(world.table.version()),
        done_of_total(0, 1)
    );
}

#[test]
fn a_change_that_does_not_concern_a_peer_needs_no_pull() {
    let mut world = joined(&Export {
        next_hop_ipv6: None,
        ..external()
    });
    world.replace("ada", &one("2001:db8::/64", with_med(1)));
    assert_eq!(
        world.table.progress(world.table.version()),
        done_of_total(1, 1)
    );
    assert_eq!(
        world.table.route_progress(prefix("2001:db8::/64")),
        done_of_total(0, 0)
    );
}

#[test]
fn each_peer_is_counted_by_itself() {
    let mut world = World::new();
    for peer in 0..4 {
        world.join(
            peer,
            &if peer % 2 == 0 {
                external()
            } else {
                internal()
            },
        );
    }
    world.replace("ada", &hosts(10, &with_med(1)));
    for peer in 0..4 {
        world.drain(peer);
        let done = peer as u32 + 1;
        assert_eq!(
            world.table.progress(world.table.version()),
            done_of_total(done, 4)
        );
    }
    world.leave(2);
    assert_eq!(
        world.table.progress(world.table.version()),
        done_of_total(3, 3)
    );
}

#[test]
fn a_route_that_nobody_wants_has_no_peers() {
    let mut world = joined(&external());
    let route = prefix("192.0.2.1/32");
    world.replace("ada", &one("192.0.2.1/32", with_med(1)));
    world.drain(1);
    world.replace("ada", &Vec::new());
    assert_eq!(world.table.route_progress(route), done_of_total(0, 0));
}

#[test]
fn advertised_counts_routes_and_not_announcements() {
    let mut world = joined(&external());
    for med in 0..3 {
        world.replace("ada", &hosts(10, &with_med(med)));
        world.drain(1);
    }
    assert_eq!(world.table.advertised(PeerKey(1)), 10);
    world.replace("ada", &hosts(4, &with_med(9)));
    world.drain(1);
    assert_eq!(world.table.advertised(PeerKey(1)), 4);
}
