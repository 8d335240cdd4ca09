//! The order over chosen and over random histories, against a model of the two sides.

mod peers;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use proptest::prelude::*;
use tokio::time::Instant;

use super::{Action, Change, Loss, Order, REFUSAL_PATIENCE, WITHDRAW_PATIENCE};
use crate::forward::model::{Desired, Endpoint, Forwarding, Frontend, Protocol, TrafficPolicy};
use crate::plan::Delta;
use crate::validate::{Attributes, Peer};

fn address(index: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, index])
}

fn route(index: u8) -> IpNet {
    IpNet::from(address(index))
}

fn frontend(index: u8) -> Frontend {
    Frontend {
        address: address(index),
        protocol: Protocol::Tcp,
        port: 80,
    }
}

fn forwarding(pods: &[u8]) -> Forwarding {
    let pod = |pod: &u8| Endpoint {
        address: [10, 0, 0, *pod].into(),
        port: 80,
        local: true,
    };
    let external: Vec<Endpoint> = pods.iter().map(pod).collect();
    let (internal, policy) = (external.clone(), TrafficPolicy::Local);
    Forwarding {
        service: "default/web".to_owned(),
        external,
        internal,
        policy,
    }
}

/// What a Service of one address asks for.
#[derive(Clone, Debug, PartialEq)]
enum Service {
    Absent,
    /// There, but nothing serves it here.
    Idle,
    /// Forwarded, but not to be announced.
    Draining,
    Announced {
        pod: u8,
        local_pref: Option<u32>,
    },
}

fn delta(index: u8, service: &Service) -> Delta {
    let (forwarding, announced) = match service {
        Service::Absent => (None, None),
        Service::Idle => (Some(forwarding(&[])), None),
        Service::Draining => (Some(forwarding(&[9])), None),
        Service::Announced { pod, local_pref } => {
            let attributes = Attributes {
                local_pref: *local_pref,
                ..Attributes::default()
            };
            (Some(forwarding(&[*pod])), Some(attributes))
        }
    };
    Delta {
        vips: [(address(index), forwarding.is_some().then_some(()))].into(),
        frontends: [(frontend(index), forwarding)].into(),
        routes: [(route(index), announced)].into(),
        ..Delta::default()
    }
}

fn announced(pod: u8) -> Service {
    Service::Announced {
        pod,
        local_pref: None,
    }
}

/// The two sides, as far as the order can see them, and what the routers can.
struct World {
    now: Instant,
    order: Order,
    kernel: Desired,
    kernel_works: bool,
    stream: bool,
    /// Sent, and not yet read by the speaker.
    queue: Vec<Change>,
    speaker: BTreeMap<IpNet, Attributes>,
    speaker_peers: BTreeMap<String, Peer>,
    /// Addresses that the speaker has no peer with.
    refuses: BTreeSet<IpAddr>,
    /// What was told of peers that were refused.
    refused: Vec<Loss>,
    generation: u64,
    /// Routes that routers follow: announced, or withdrawn without that they know it yet, with the
    /// time since when.
    followed: BTreeMap<IpNet, Option<Instant>>,
}

impl World {
    fn new() -> World {
        World {
            now: Instant::now(),
            order: Order::default(),
            kernel: Desired::default(),
            kernel_works: true,
            stream: false,
            queue: Vec::new(),
            speaker: BTreeMap::new(),
            speaker_peers: BTreeMap::new(),
            refuses: BTreeSet::new(),
            refused: Vec::new(),
            generation: 0,
            followed: BTreeMap::new(),
        }
    }

    /// A world that has come to rest, with these Services.
    fn with(services: &[Service]) -> World {
        let mut world = World::new();
        world.order.plan(world.now, Delta::default());
        for (index, service) in (1..).zip(services) {
            world.order.plan(world.now, delta(index, service));
        }
        world.connect();
        world.settle();
        world
    }

    fn plan(&mut self, index: u8, service: &Service) {
        self.order.plan(self.now, delta(index, service));
        self.act();
    }

    /// Does what the order asks for.
    fn act(&mut self) {
        while let Some(action) = self.order.next(self.now, self.stream) {
            match action {
                Action::Program => {
                    if self.kernel_works {
                        self.kernel = self.order.forwarding().clone();
                    }
                    self.order.programmed(self.now, self.kernel_works);
                }
                Action::Send(change) => self.queue.push(change),
            }
        }
    }

    fn connect(&mut self) {
        self.stream = true;
        let routes = self.speaker.keys().copied().collect();
        let peers = self.speaker_peers.values();
        let peers = peers.map(|it| (it.name.clone(), it.address)).collect();
        self.order.connected(self.generation, routes, peers);
        self.act();
    }

    fn lose(&mut self) {
        self.stream = false;
        self.queue.clear();
        self.order.lost(self.now, None);
        self.act();
    }

    /// The peers after a change, if the speaker takes it: addresses are unique.
    fn take_peers(&self, change: &Change) -> Option<BTreeMap<String, Peer>> {
        let mut peers = self.speaker_peers.clone();
        match change.snapshot {
            true => peers.retain(|name, _| change.keep_peers.contains(name)),
            false => peers.retain(|name, _| !change.delete_peers.contains(name)),
        }
        peers.extend(
            change
                .upsert_peers
                .iter()
                .map(|it| (it.name.clone(), it.clone())),
        );
        let addresses: BTreeSet<IpAddr> = peers.values().map(|it| it.address).collect();
        let upserted = || change.upsert_peers.iter().map(|it| it.address);
        let good = !upserted().any(|it| self.refuses.contains(&it));
        (good && addresses.len() == peers.len()).then_some(peers)
    }

    /// The speaker reads the next change.
    fn read(&mut self) {
        if self.queue.is_empty() {
            return;
        }
        let change = self.queue.remove(0);
        assert!(
            change.generation > self.generation,
            "{change:?} after {}",
            self.generation
        );
        let Some(peers) = self.take_peers(&change) else {
            self.stream = false;
            self.queue.clear();
            self.refused
                .push(self.order.lost(self.now, Some("refused")));
            self.act();
            return;
        };
        self.speaker_peers = peers;
        self.generation = change.generation;
        let upserts: BTreeMap<IpNet, Attributes> = change.upsert_routes.into_iter().collect();
        let gone: Vec<IpNet> = match change.snapshot {
            true => self
                .speaker
                .keys()
                .filter(|it| !upserts.contains_key(it))
                .copied()
                .collect(),
            false => change.delete_routes,
        };
        for route in gone {
            if self.speaker.remove(&route).is_some() {
                self.followed.insert(route, Some(self.now));
            }
        }
        for (route, attributes) in upserts {
            if self.speaker.insert(route, attributes).is_none() {
                assert!(
                    self.serves(route),
                    "{route} is announced before it is forwarded"
                );
            }
            self.followed.insert(route, None);
        }
        self.order.applied(self.now, self.generation);
        self.act();
    }

    /// Every peer has what the speaker has read.
    fn advertise(&mut self) {
        if !self.stream {
            return;
        }
        self.followed.retain(|_, withdrawn| withdrawn.is_none());
        self.order.advertised(self.generation, 2, 2);
        self.act();
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.order.expire(self.now);
        self.act();
    }

    fn settle(&mut self) {
        while !self.queue.is_empty() {
            self.read();
        }
        self.advertise();
    }

    fn serves(&self, route: IpNet) -> bool {
        let mine = |(frontend, forwarding): (&Frontend, &Forwarding)| {
            frontend.address == route.addr() && !forwarding.external.is_empty()
        };
        self.kernel.vips.contains(&route.addr()) && self.kernel.frontends.iter().any(mine)
    }

    /// What routers follow is forwarded, except that patience has an end.
    fn check(&self) {
        for (route, withdrawn) in &self.followed {
            let waited = withdrawn.map(|since| self.now.duration_since(since));
            if waited.is_none_or(|waited| waited < WITHDRAW_PATIENCE) {
                assert!(
                    self.serves(*route),
                    "{route} is followed, but not forwarded ({waited:?})"
                );
            }
        }
    }
}

#[test]
fn a_route_is_announced_after_the_kernel_is_programmed() {
    let mut world = World::with(&[]);
    world.order.plan(world.now, delta(1, &announced(1)));
    assert_eq!(world.order.next(world.now, true), Some(Action::Program));
    world.order.programmed(world.now, true);
    let Some(Action::Send(change)) = world.order.next(world.now, true) else {
        panic!()
    };
    assert_eq!(
        change.upsert_routes,
        vec![(route(1), Attributes::default())]
    );
}

#[test]
fn a_withdrawal_is_sent_before_anything_else() {
    let mut world = World::with(&[announced(1)]);
    let mut both = delta(1, &Service::Absent);
    both.frontends.extend(delta(2, &announced(2)).frontends);
    world.order.plan(world.now, both);
    let Some(Action::Send(change)) = world.order.next(world.now, true) else {
        panic!()
    };
    assert_eq!(change.delete_routes, vec![route(1)]);
}

#[test]
fn the_kernel_forwards_until_the_withdrawal_is_advertised() {
    let mut world = World::with(&[announced(1)]);
    world.plan(1, &Service::Absent);
    world.read();
    assert!(world.serves(route(1)));
    world.order.advertised(world.generation, 1, 2);
    world.act();
    assert!(world.serves(route(1)), "one of two peers does not have it");
    world.advertise();
    assert_eq!(world.kernel.vips, BTreeSet::new());
    assert_eq!(world.kernel.frontends, BTreeMap::new());
}

#[test]
fn the_last_endpoint_is_kept_until_the_withdrawal_is_advertised() {
    let mut world = World::with(&[announced(1)]);
    world.plan(1, &Service::Idle);
    assert_eq!(
        world.kernel.frontends[&frontend(1)].external,
        forwarding(&[1]).external
    );
    assert_eq!(world.kernel.frontends[&frontend(1)].internal, vec![]);
    world.settle();
    assert_eq!(world.kernel.frontends[&frontend(1)].external, vec![]);
}

#[test]
fn an_older_advertisement_does_not_end_the_wait() {
    let mut world = World::with(&[announced(1)]);
    let before = world.generation;
    world.plan(1, &Service::Absent);
    world.order.advertised(before, 2, 2);
    world.act();
    assert!(world.serves(route(1)));
}

#[test]
fn a_peer_that_is_stuck_delays_the_kernel_by_a_bounded_time() {
    let mut world = World::with(&[announced(1)]);
    world.plan(1, &Service::Absent);
    world.read();
    assert_eq!(world.order.deadline(), Some(world.now + WITHDRAW_PATIENCE));
    world.pass(WITHDRAW_PATIENCE);
    assert!(!world.serves(route(1)));
}

#[test]
fn a_speaker_that_does_not_answer_may_still_announce() {
    let mut world = World::with(&[announced(1)]);
    world.plan(1, &Service::Absent);
    world.pass(WITHDRAW_PATIENCE * 100);
    assert!(world.serves(route(1)));
}

#[test]
fn nothing_is_announced_while_the_kernel_fails_and_all_of_it_when_it_works_again() {
    let mut world = World::with(&[]);
    world.kernel_works = false;
    world.plan(1, &announced(1));
    assert_eq!(world.queue, vec![]);
    world.kernel_works = true;
    world.pass(Duration::from_secs(1));
    world.settle();
    assert!(world.speaker.contains_key(&route(1)));
}

#[test]
fn a_withdrawal_does_not_wait_for_a_kernel_that_fails() {
    let mut world = World::with(&[announced(1)]);
    world.kernel_works = false;
    world.plan(1, &Service::Idle);
    world.read();
    assert_eq!(world.speaker, BTreeMap::new());
}

#[test]
fn other_attributes_do_not_wait_for_the_kernel() {
    let mut world = World::with(&[announced(1)]);
    world.kernel_works = false;
    world.plan(
        1,
        &Service::Announced {
            pod: 2,
            local_pref: Some(200),
        },
    );
    world.read();
    assert_eq!(world.speaker[&route(1)].local_pref, Some(200));
}

#[test]
fn what_changes_while_the_stream_is_gone_is_a_difference_when_it_is_back() {
    let mut world = World::with(&[announced(1), announced(2)]);
    world.lose();
    world.plan(1, &Service::Absent);
    world.plan(3, &announced(3));
    assert!(world.serves(route(1)), "the speaker still announces it");
    world.connect();
    assert_eq!(world.queue.len(), 1, "one snapshot says it all");
    world.settle();
    assert_eq!(
        world.speaker.keys().copied().collect::<Vec<_>>(),
        [route(2), route(3)]
    );
    assert!(!world.serves(route(1)));
}

#[test]
fn a_start_first_withdraws_what_a_former_life_announced_then_programs_then_announces() {
    let mut world = World::new();
    world.speaker = [
        (route(1), Attributes::default()),
        (route(2), Attributes::default()),
    ]
    .into();
    world.order.plan(world.now, delta(2, &announced(2)));
    world.order.plan(world.now, delta(3, &announced(3)));
    assert_eq!(
        world.order.next(world.now, true),
        None,
        "what the speaker has is not known yet"
    );
    world.stream = true;
    world
        .order
        .connected(7, world.speaker.keys().copied().collect(), BTreeMap::new());
    let Some(Action::Send(snapshot)) = world.order.next(world.now, true) else {
        panic!()
    };
    assert_eq!((snapshot.snapshot, snapshot.generation), (true, 8));
    assert_eq!(
        snapshot.upsert_routes,
        vec![(route(2), Attributes::default())]
    );
    assert_eq!(
        world.order.next(world.now, true),
        None,
        "route 1 leaves first"
    );
    world.order.advertised(8, 0, 0);
    assert_eq!(world.order.next(world.now, true), Some(Action::Program));
    world.order.programmed(world.now, true);
    let Some(Action::Send(change)) = world.order.next(world.now, true) else {
        panic!()
    };
    assert_eq!(
        change.upsert_routes,
        vec![(route(3), Attributes::default())]
    );
}

#[test]
fn a_start_without_a_speaker_programs_the_kernel_after_a_while() {
    let mut world = World::new();
    world.plan(1, &announced(1));
    assert!(!world.serves(route(1)));
    let deadline = world.order.deadline().unwrap();
    world.pass(deadline - world.now);
    assert!(world.serves(route(1)));
}

#[test]
fn nothing_is_done_before_there_is_a_plan() {
    let mut order = Order::default();
    order.connected(3, [route(1)].into(), BTreeMap::new());
    assert_eq!(order.next(Instant::now(), true), None);
    assert!(!order.wants_to_send());
}

#[test]
fn a_large_difference_is_told_in_parts() {
    let mut world = World::with(&[]);
    for index in 0..=255 {
        for third in 0..5 {
            let mut delta = Delta::default();
            delta.routes.insert(
                IpNet::from(IpAddr::from([10, 1, third, index])),
                Some(Attributes::default()),
            );
            world.order.plan(world.now, delta);
        }
    }
    world.act();
    let sizes: Vec<usize> = world
        .queue
        .iter()
        .map(|change| change.upsert_routes.len())
        .collect();
    assert_eq!(sizes.iter().sum::<usize>(), 1280);
    assert!(
        sizes
            .iter()
            .all(|size| *size <= super::change::CHANGE_LIMIT),
        "{sizes:?}"
    );
}

#[derive(Clone, Debug)]
enum Step {
    Plan(u8, Service),
    /// A peer of this name and address, or none.
    Peer(u8, Option<u8>),
    /// The speaker has no peer with this address, or may have.
    Refuse(u8, bool),
    KernelWorks(bool),
    Connect,
    Lose,
    /// The speaker dies and comes back empty; its sessions and with them its routes are gone.
    Restart,
    Read,
    Advertise,
    Pass(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let service = prop_oneof![
        Just(Service::Absent),
        Just(Service::Idle),
        Just(Service::Draining),
        (1..4u8, prop::option::of(1..3u32))
            .prop_map(|(pod, local_pref)| Service::Announced { pod, local_pref }),
    ];
    let step = prop_oneof![
        6 => (1..4u8, service).prop_map(|(index, service)| Step::Plan(index, service)),
        3 => (1..4u8, prop::option::of(1..5u8)).prop_map(|(name, at)| Step::Peer(name, at)),
        1 => (1..5u8, any::<bool>()).prop_map(|(at, refuse)| Step::Refuse(at, refuse)),
        1 => any::<bool>().prop_map(Step::KernelWorks),
        1 => Just(Step::Connect),
        1 => Just(Step::Lose),
        1 => Just(Step::Restart),
        5 => Just(Step::Read),
        3 => Just(Step::Advertise),
        2 => (0..1500u64).prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 1..80)
}

proptest! {
    #[test]
    fn in_every_history_what_routers_follow_is_forwarded_and_the_end_is_what_was_wanted(
        steps in steps(),
    ) {
        let mut world = World::with(&[]);
        let mut wanted: BTreeMap<u8, Service> = BTreeMap::new();
        let mut peers: BTreeMap<u8, u8> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Plan(index, service) => {
                    world.plan(index, &service);
                    wanted.insert(index, service);
                }
                // Of two peers with one address the planner lets one through.
                Step::Peer(_, Some(at)) if peers.values().any(|it| *it == at) => {}
                Step::Peer(name, at) => {
                    world.want_peer(name, at);
                    peers.remove(&name);
                    peers.extend(at.map(|at| (name, at)));
                }
                Step::Refuse(at, true) => drop(world.refuses.insert(peers::router(at))),
                Step::Refuse(at, false) => drop(world.refuses.remove(&peers::router(at))),
                Step::KernelWorks(works) => world.kernel_works = works,
                Step::Connect if !world.stream => world.connect(),
                Step::Connect => {}
                Step::Lose => world.lose(),
                Step::Restart => {
                    world.lose();
                    world.speaker.clear();
                    world.speaker_peers.clear();
                    world.followed.clear();
                    world.generation = 0;
                }
                Step::Read => world.read(),
                Step::Advertise => world.advertise(),
                Step::Pass(milliseconds) => world.pass(Duration::from_millis(milliseconds)),
            }
            world.check();
        }

        world.kernel_works = true;
        for _ in 0..8 {
            world.come_to_rest();
            world.check();
        }
        let mut kernel = Desired::default();
        let mut routes = BTreeMap::new();
        for (index, service) in wanted {
            let Delta { frontends, vips, routes: wanted, .. } = delta(index, &service);
            kernel.frontends.extend(frontends.into_iter().filter_map(|(it, f)| Some((it, f?))));
            kernel.vips.extend(vips.into_iter().filter_map(|(vip, wanted)| wanted.map(|()| vip)));
            routes.extend(wanted.into_iter().filter_map(|(it, attributes)| Some((it, attributes?))));
        }
        prop_assert_eq!(&world.kernel, &kernel);
        prop_assert_eq!(&world.speaker, &routes);

        for name in world.speaker_peers.keys() {
            prop_assert!(peers.keys().any(|it| peers::name(*it) == *name), "{} is not wanted", name);
        }
        world.refuses.clear();
        for _ in 0..8 {
            world.come_to_rest();
        }
        let peers = peers.iter().map(|(name, at)| peers::peer(*name, *at));
        let peers: BTreeMap<String, Peer> = peers.map(|it| (it.name.clone(), it)).collect();
        prop_assert_eq!(&world.speaker_peers, &peers);
    }
}
