use super::world::{TIGHT, World, external, hosts, one, with_med};
use crate::egress::PeerKey;
use crate::egress::limits::Limits;

/// Peer 1 reads, peer 2 has read `hosts(20)` and stalls.
fn with_a_stalled_peer() -> World {
    let mut world = World::with_limits(TIGHT);
    world.replace("ada", &hosts(20, &with_med(0)));
    world.join(1, &external());
    world.join(2, &external());
    world.drain_all();
    world
}

#[test]
fn the_log_is_bounded_however_long_a_peer_stalls() {
    let mut world = with_a_stalled_peer();
    let mut most = 0;
    for med in 1..100 {
        world.replace("ada", &hosts(20, &with_med(med)));
        world.drain(1);
        most = most.max(world.table.log_octets());
    }
    let longest_chunk = TIGHT.chunk_octets + 4096;
    assert!(
        most > 0 && most <= TIGHT.log_octets + longest_chunk,
        "{most}"
    );
}

#[test]
fn a_stalled_peer_delays_nobody() {
    let mut world = with_a_stalled_peer();
    for med in 1..100 {
        world.replace("ada", &hosts(20, &with_med(med)));
        assert_eq!(world.pull(1, 4096)[0].attributes.med, Some(med));
    }
}

#[test]
fn who_was_left_behind_gets_the_table_as_it_is_and_not_its_history() {
    let mut world = with_a_stalled_peer();
    for med in 1..100 {
        world.replace("ada", &hosts(20, &with_med(med)));
        world.drain(1);
    }
    world.patch("ada", &Vec::new(), &[hosts(1, &with_med(0))[0].0]);
    let updates = world.drain(2);
    assert_eq!(updates.len(), 2);
    assert_eq!(updates[0].withdrawn.len(), 1);
    assert_eq!(updates[1].announced.len(), 19);
}

#[test]
fn who_was_left_behind_reads_with_the_others_again() {
    let mut world = with_a_stalled_peer();
    for med in 1..100 {
        world.replace("ada", &hosts(20, &with_med(med)));
        world.drain(1);
    }
    world.drain(2);
    world.patch("ada", &one("192.0.2.1/32", with_med(1)), &[]);
    let [first, second] = [1, 2].map(|peer| world.table.pull(PeerKey(peer), 1).chunks);
    assert_eq!(first[0].as_ptr(), second[0].as_ptr());
}

#[test]
fn routes_that_came_and_went_meanwhile_are_no_business_of_a_stalled_peer() {
    let mut world = with_a_stalled_peer();
    for host in 1..200 {
        world.patch(
            "bob",
            &one(&format!("203.0.113.{host}/32"), with_med(1)),
            &[],
        );
        world.drain(1);
        world.replace("bob", &Vec::new());
        world.drain(1);
    }
    assert_eq!(world.drain(2), []);
}

#[test]
fn a_withdrawal_that_was_not_read_is_not_forgotten_for_a_new_route() {
    let mut world = World::with_limits(Limits {
        log_octets: 5_000,
        ..TIGHT
    });
    world.replace("ada", &hosts(20, &with_med(0)));
    world.join(1, &external());
    world.join(2, &external());
    world.drain_all();
    world.replace("ada", &Vec::new());
    world.drain(1);
    // So many more come and go that it is worth a look which numbers are free: those that peer 2
    // was not told of are not.
    world.replace("bob", &hosts(60, &with_med(0))[20..].to_vec());
    world.drain(1);
    world.replace("bob", &Vec::new());
    for host in 1..200 {
        world.patch(
            "bob",
            &one(&format!("203.0.113.{host}/32"), with_med(1)),
            &[],
        );
        world.drain(1);
    }
    world.drain(2);
}
