//! A peer that the speaker refuses, and what goes on beside it.

use super::*;

pub(super) fn name(index: u8) -> String {
    format!("tor{index}")
}

pub(super) fn router(at: u8) -> IpAddr {
    IpAddr::from([10, 0, 0, at])
}

pub(super) fn peer(index: u8, at: u8) -> Peer {
    Peer {
        name: name(index),
        local_asn: 64512,
        peer_asn: 64513,
        address: router(at),
        port: None,
        local_address: None,
        hold_time: None,
        connect_retry_time: None,
        router_id: None,
        passive: false,
        nodes: Vec::new(),
    }
}

impl World {
    pub(super) fn want_peer(&mut self, index: u8, at: Option<u8>) {
        let peers = [(name(index), at.map(|at| peer(index, at)))].into();
        let delta = Delta {
            peers,
            ..Delta::default()
        };
        self.order.plan(self.now, delta);
        self.act();
    }

    /// All that is sent is read, over as many streams as it takes, and so long that what was set aside is
    /// tried again.
    pub(super) fn come_to_rest(&mut self) {
        for _ in 0..8 {
            if !self.stream {
                self.connect();
            }
            self.settle();
        }
        self.pass(REFUSAL_PATIENCE);
    }

    fn peers(&self) -> Vec<(&str, IpAddr)> {
        let all = self.speaker_peers.values();
        all.map(|it| (it.name.as_str(), it.address)).collect()
    }

    /// A world with these peers, in which the speaker has no peer at 9.
    fn with_peers(peers: &[(u8, u8)]) -> World {
        let mut world = World::with(&[]);
        world.refuses.insert(router(9));
        for (index, at) in peers {
            world.want_peer(*index, Some(*at));
        }
        world.settle();
        world
    }
}

fn news(names: &[u8]) -> Loss {
    let news = names.iter().map(|it| name(*it)).collect();
    Loss::Refused { news }
}

#[test]
fn a_peer_that_the_speaker_refuses_keeps_no_route_and_no_other_peer_from_it() {
    let mut world = World::with_peers(&[(1, 9), (2, 2)]);
    assert!(!world.stream, "the speaker ends the stream");
    world.plan(1, &announced(1));
    world.connect();
    world.settle();
    assert_eq!(world.refused, [news(&[1])]);
    assert_eq!(world.peers(), [("tor2", router(2))]);
    assert!(world.speaker.contains_key(&route(1)));
    world.plan(1, &Service::Absent);
    world.settle();
    assert_eq!(world.speaker, BTreeMap::new());
    assert!(world.stream);
}

#[test]
fn a_refused_peer_is_tried_again_after_a_while_and_told_once() {
    let mut world = World::with_peers(&[(1, 9)]);
    world.connect();
    world.settle();
    assert_eq!(world.order.deadline(), Some(world.now + REFUSAL_PATIENCE));
    world.pass(REFUSAL_PATIENCE);
    world.settle();
    assert_eq!(world.refused, [news(&[1]), news(&[])]);
    world.connect();
    world.settle();
    world.refuses.clear();
    world.pass(REFUSAL_PATIENCE);
    world.read();
    assert_eq!(world.peers(), [("tor1", router(9))]);
}

#[test]
fn that_a_refused_peer_is_taken_at_last_is_told() {
    let mut order = Order::default();
    let now = Instant::now();
    order.plan(now, Delta::default());
    let peers = [(name(1), Some(peer(1, 1)))].into();
    let delta = Delta {
        peers,
        ..Delta::default()
    };
    order.plan(now, delta);
    let ask = |order: &mut Order, generation| {
        order.connected(generation, BTreeSet::new(), BTreeMap::new());
        while let Some(action) = order.next(now, true) {
            match action {
                Action::Program => order.programmed(now, true),
                Action::Send(change) if change.snapshot => {
                    order.applied(now, change.generation);
                }
                Action::Send(change) => return change.generation,
            }
        }
        panic!("the peer is not asked for")
    };
    ask(&mut order, 0);
    assert_eq!(order.lost(now, Some("taken")), news(&[1]));
    order.expire(now + REFUSAL_PATIENCE);
    let generation = ask(&mut order, 1);
    assert_eq!(order.applied(now, generation), [name(1)]);
}

#[test]
fn a_refused_peer_that_is_changed_is_asked_for_at_once() {
    let mut world = World::with_peers(&[(1, 9)]);
    world.connect();
    world.want_peer(1, Some(1));
    world.settle();
    assert_eq!(world.peers(), [("tor1", router(1))]);
}

#[test]
fn a_speaker_that_was_restarted_is_asked_again() {
    let mut world = World::with_peers(&[(1, 9)]);
    world.refuses.clear();
    (world.generation, world.speaker_peers) = (0, BTreeMap::new());
    world.connect();
    world.settle();
    assert_eq!(world.peers(), [("tor1", router(9))]);
}

#[test]
fn a_change_of_a_peer_that_is_refused_leaves_the_peer_as_it_was() {
    let mut world = World::with_peers(&[(1, 1)]);
    world.want_peer(1, Some(9));
    world.settle();
    world.connect();
    world.settle();
    assert_eq!(world.peers(), [("tor1", router(1))]);
    world.want_peer(1, None);
    world.settle();
    assert_eq!(world.peers(), []);
}

#[test]
fn peers_that_exchange_their_addresses_are_one_question() {
    let mut world = World::with_peers(&[(1, 1), (2, 2)]);
    let peers = [(name(1), Some(peer(1, 2))), (name(2), Some(peer(2, 1)))].into();
    let delta = Delta {
        peers,
        ..Delta::default()
    };
    world.order.plan(world.now, delta);
    world.act();
    world.settle();
    assert_eq!(world.refused, []);
    assert_eq!(world.peers(), [("tor1", router(2)), ("tor2", router(1))]);
}

#[test]
fn a_peer_takes_over_the_address_of_one_that_is_gone() {
    let mut world = World::with_peers(&[(2, 1)]);
    let delta = Delta {
        peers: [(name(1), Some(peer(1, 1))), (name(2), None)].into(),
        ..Delta::default()
    };
    world.order.plan(world.now, delta);
    world.act();
    world.settle();
    assert_eq!(world.refused, []);
    assert_eq!(world.peers(), [("tor1", router(1))]);
}

#[test]
fn a_stream_that_ends_otherwise_blames_no_peer() {
    let mut world = World::with(&[]);
    world.want_peer(1, Some(1));
    assert_eq!(world.order.lost(world.now, None), Loss::Stream);
}

#[test]
fn a_refusal_of_something_else_blames_no_peer() {
    let mut world = World::with(&[]);
    world.plan(1, &announced(1));
    world.want_peer(1, Some(1));
    assert_eq!(world.queue.len(), 2);
    assert_eq!(world.order.lost(world.now, Some("too long")), Loss::Stream);
}
