use bytes::Bytes;

use super::world::{World, external, hosts, internal, joined, one, prefix, with_med};
use crate::egress::limits::Limits;
use crate::egress::{Export, PeerKey, RouteAttributes};
use crate::net::{Family, FamilySet};

/// Everything there is for a peer, in small portions.
fn chunks(world: &mut World, peer: u64) -> Vec<Bytes> {
    let pull =
        || Some(world.table.pull(PeerKey(peer), 1).chunks).filter(|chunks| !chunks.is_empty());
    std::iter::from_fn(pull).flatten().collect()
}

/// Whether two peers were given the same memory.
fn are_shared(left: &[Bytes], right: &[Bytes]) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .all(|(left, right)| left.as_ptr() == right.as_ptr())
}

#[test]
fn a_peer_gets_the_table_and_then_end_of_rib_for_each_family() {
    let mut world = World::new();
    world.replace("ada", &hosts(10, &with_med(1)));
    world.patch("ada", &one("2001:db8::/64", with_med(1)), &[]);
    world.join(1, &external());
    let updates = world.drain(1);
    let end_of_ribs: Vec<_> = updates.iter().map(|update| update.end_of_rib).collect();
    let [v4, v6] = Family::ALL.map(Some);
    assert_eq!(end_of_ribs, [None, None, v4, v6]);
}

#[test]
fn an_empty_table_is_end_of_rib_alone() {
    let mut world = World::new();
    world.join(1, &external());
    assert_eq!(world.drain(1).len(), 2);
}

#[test]
fn a_family_that_is_not_negotiated_is_not_sent() {
    let mut world = World::new();
    world.replace("ada", &one("2001:db8::/64", with_med(1)));
    let families = FamilySet::from_iter([Family::Ipv4Unicast]);
    world.join(
        1,
        &Export {
            families,
            ..external()
        },
    );
    let updates = world.drain(1);
    assert_eq!(updates.len(), 1);
    assert_eq!(updates[0].end_of_rib, Some(Family::Ipv4Unicast));
}

#[test]
fn without_a_next_hop_of_our_own_only_routes_that_name_one_are_sent() {
    let mut world = World::new();
    let with_next_hop = RouteAttributes {
        next_hop: Some("192.0.2.254".parse().unwrap()),
        ..RouteAttributes::default()
    };
    world.replace("ada", &one("192.0.2.1/32", with_next_hop));
    world.patch("ada", &one("192.0.2.2/32", with_med(1)), &[]);
    world.join(
        1,
        &Export {
            next_hop_ipv4: None,
            ..external()
        },
    );
    world.drain(1);
    let sent: Vec<_> = world.peers[&PeerKey(1)].receiver.routes.keys().collect();
    assert_eq!(sent, [&prefix("192.0.2.1/32")]);
}

#[test]
fn peers_that_join_at_one_state_share_the_octets() {
    let mut world = World::new();
    world.replace("ada", &hosts(10_000, &with_med(1)));
    world.join(1, &external());
    world.join(2, &external());
    let first = chunks(&mut world, 1);
    assert!(first.len() > 2);
    // Also who comes while the others are not done.
    world.join(3, &external());
    assert!(are_shared(&first, &chunks(&mut world, 2)));
    assert!(are_shared(&first, &chunks(&mut world, 3)));
}

#[test]
fn a_peer_that_joins_later_gets_the_table_and_not_its_history() {
    let mut world = joined(&external());
    for med in 0..10 {
        world.replace("ada", &hosts(10, &with_med(med)));
        world.drain(1);
    }
    world.join(2, &external());
    assert_eq!(world.drain(2).len(), 1 + 2);
}

#[test]
fn a_first_table_is_kept_until_everybody_has_read_it() {
    let mut world = World::new();
    world.replace("ada", &hosts(10_000, &with_med(1)));
    world.join(1, &external());
    world.join(2, &external());
    world.drain(1);
    assert!(world.table.log_octets() > 50_000);
    world.drain(2);
    assert_eq!(world.table.log_octets(), 0);
}

#[test]
fn peers_that_joined_at_different_states_share_what_comes_then() {
    let mut world = World::new();
    for peer in 1..4 {
        world.patch("ada", &hosts(10 * peer, &with_med(peer)), &[]);
        world.join(peer.into(), &external());
        world.drain(peer.into());
    }
    world.drain(1);
    world.drain(2);
    world.replace("ada", &hosts(5, &with_med(9)));
    let [third, second, first] = [3, 2, 1].map(|peer| chunks(&mut world, peer));
    assert!(are_shared(&third, &first));
    assert!(are_shared(&second, &first));
}

#[test]
fn what_changes_during_the_first_table_does_not_delay_its_end_of_rib() {
    let mut world = World::with_limits(Limits {
        chunk_octets: 1,
        ..Limits::default()
    });
    let routes: Vec<_> = (0..20)
        .flat_map(|med| hosts(40, &with_med(med))[med as usize..][..1].to_vec())
        .collect();
    world.replace("ada", &routes);
    world.join(1, &external());
    let mut sent = Vec::new();
    for med in 100.. {
        sent.extend(world.pull(1, 1));
        if sent.iter().any(|update| update.end_of_rib.is_some()) {
            break;
        }
        world.patch("ada", &one("192.0.2.1/32", with_med(med)), &[]);
        assert!(med < 200, "no End-of-RIB");
    }
    let receiver = &world.peers[&PeerKey(1)].receiver;
    assert!(
        routes
            .iter()
            .all(|(prefix, _)| receiver.routes.contains_key(prefix))
    );
}

#[test]
fn equal_exports_are_one_update_group() {
    let mut world = World::new();
    for peer in 0..10 {
        world.join(peer, &external());
    }
    assert_eq!(world.table.update_groups(), 1);
    world.join(10, &internal());
    assert_eq!(world.table.update_groups(), 2);
    world.leave(10);
    assert_eq!(world.table.update_groups(), 1);
}

#[test]
fn a_refresh_sends_the_family_again_to_who_asked() {
    let mut world = joined(&external());
    world.join(2, &external());
    world.replace("ada", &hosts(10, &with_med(1)));
    world.patch("ada", &one("2001:db8::/64", with_med(1)), &[]);
    world.drain_all();
    world.table.refresh(PeerKey(1), Family::Ipv4Unicast);
    let updates = world.drain(1);
    assert_eq!(updates.len(), 1);
    assert_eq!(updates[0].announced.len(), 10);
    assert_eq!(world.drain(2), []);
}

#[test]
fn a_peer_that_joins_again_starts_anew() {
    let mut world = joined(&external());
    world.replace("ada", &hosts(10, &with_med(1)));
    world.drain(1);
    world.join(1, &internal());
    assert_eq!(world.table.advertised(PeerKey(1)), 0);
    world.drain(1);
    assert_eq!(world.table.advertised(PeerKey(1)), 10);
}

#[test]
fn who_is_not_joined_has_nothing_to_pull() {
    let mut world = joined(&external());
    world.replace("ada", &hosts(10, &with_med(1)));
    world.leave(1);
    assert_eq!(world.pull(1, 1), []);
    world.table.refresh(PeerKey(1), Family::Ipv4Unicast);
    assert_eq!(world.table.log_octets(), 0);
}
