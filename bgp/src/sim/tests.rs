use std::time::Duration;

use super::{Fault, Side, World};
use crate::iana::ErrorCode;
use crate::session::testing::{config, peer_config};
use crate::session::{DownReason, Event, Input, PeerConfig, Rng, State, StopReason};
use crate::wire::Notification;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn world(seed: u64) -> World {
    World::new(config(), peer_config(), seed)
}

fn passive(config: PeerConfig) -> PeerConfig {
    PeerConfig {
        passive: true,
        ..config
    }
}

/// Established, and past the collisions of the beginning.
fn established(seed: u64) -> World {
    let mut world = world(seed);
    world.start();
    world.run_until(world.now() + seconds(30));
    assert_settled(&mut world, seed);
    world
}

fn establish_within(world: &mut World, limit: Duration, seed: u64) {
    assert!(
        world.run_until_established(limit),
        "seed {seed}: {:#?}",
        world.trace()
    );
}

/// Both stay Established on what is soon the only connection there is, and nobody breaks the
/// contract.
fn assert_settled(world: &mut World, seed: u64) {
    world.run_until(world.now() + seconds(10));
    assert!(world.is_established(), "seed {seed}: {:#?}", world.trace());
    assert_eq!(world.connections(), 1, "seed {seed}: {:#?}", world.trace());
    let breaches = world.breaches();
    assert!(breaches.is_empty(), "seed {seed}: {breaches:?}");
}

/// Why the side's session last went down.
fn last_down(world: &World, side: Side) -> Option<&DownReason> {
    let reasons = world.events(side).iter().rev();
    reasons
        .map(|(_, event)| event)
        .find_map(|event| match event {
            Event::Down(reason) => Some(reason),
            _ => None,
        })
}

/// A fault that lasts for up to 200 s, and for how long it does.
fn any_fault(rng: &mut Rng) -> (Fault, Duration) {
    let side = any_side(rng);
    let time = rng.between(Duration::from_millis(1), seconds(200));
    match rng.below(6) {
        0 => (Fault::Cut(time), time),
        1 => (Fault::Stall(side, time), time),
        2 => (Fault::Refuse(side, time), time),
        3 => (Fault::PowerLoss(side, time), time),
        4 => (Fault::HalfOpen(side), Duration::ZERO),
        _ => (Fault::Reset, Duration::ZERO),
    }
}

fn any_side(rng: &mut Rng) -> Side {
    match rng.below(2) {
        0 => Side::Left,
        _ => Side::Right,
    }
}

/// Up to eight faults at any time, also while others last; returns when the last one is over.
fn suffer(world: &mut World, rng: &mut Rng) {
    let mut over = world.now();
    for _ in 0..=rng.below(8) {
        let pause = rng.between(Duration::ZERO, seconds(120));
        world.run_until(world.now() + pause);
        let (fault, lasts) = any_fault(rng);
        world.inject(fault);
        over = over.max(world.now() + lasts);
    }
    world.run_until(over);
}

#[test]
fn simultaneous_open_ends_with_one_connection() {
    for seed in 0..2_000 {
        let mut world = world(seed);
        world.set_delay(Duration::ZERO, Duration::from_millis(seed));
        world.start();
        establish_within(&mut world, seconds(60), seed);
        world.run_until(world.now() + seconds(30));
        assert_settled(&mut world, seed);
    }
}

#[test]
fn a_passive_side_is_found_by_the_other() {
    for seed in 0..200 {
        for (left, right) in [
            (passive(config()), peer_config()),
            (config(), passive(peer_config())),
        ] {
            let mut world = World::new(left, right, seed);
            world.start();
            establish_within(&mut world, seconds(1), seed);
            assert_settled(&mut world, seed);
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    let trace = |seed| {
        let mut world = established(seed);
        suffer(&mut world, &mut Rng::new(seed));
        world.trace().to_vec()
    };
    for seed in 0..50 {
        assert_eq!(trace(seed), trace(seed), "seed {seed}");
        assert_ne!(trace(seed), trace(seed + 1), "seed {seed}");
    }
}

#[test]
fn once_all_faults_are_over_both_are_established_within_a_minute() {
    for seed in 0..2_000 {
        let mut rng = Rng::new(seed);
        let (mut left, mut right) = (config(), peer_config());
        match rng.below(4) {
            0 => left = passive(left),
            1 => right = passive(right),
            _ => {}
        }
        let mut world = World::new(left, right, seed);
        world.start();
        suffer(&mut world, &mut rng);
        establish_within(&mut world, seconds(60), seed);
        world.run_until(world.now() + seconds(300));
        assert_settled(&mut world, seed);
    }
}

#[test]
fn a_router_that_lost_power_is_back_ten_seconds_after_its_boot() {
    for seed in 0..500 {
        let mut world = established(seed);
        let outage = Rng::new(seed).between(seconds(1), seconds(300));
        world.inject(Fault::PowerLoss(Side::Right, outage));
        world.run_until(world.now() + outage);
        establish_within(&mut world, seconds(10), seed);
        assert_settled(&mut world, seed);
    }
}

#[test]
fn a_reset_session_is_back_within_five_seconds() {
    for seed in 0..500 {
        let mut world = established(seed);
        world.inject(Fault::Reset);
        establish_within(&mut world, seconds(5), seed);
        assert_settled(&mut world, seed);
    }
}

#[test]
fn a_cut_shorter_than_the_hold_time_is_survived() {
    for seed in 0..500 {
        let mut world = established(seed);
        let told = world.events(Side::Left).len();
        // A third of the hold time may have gone by when the link is cut.
        world.inject(Fault::Cut(seconds(59)));
        world.run_until(world.now() + seconds(120));
        assert_settled(&mut world, seed);
        assert_eq!(world.events(Side::Left).len(), told, "seed {seed}");
    }
}

#[test]
fn a_cut_longer_than_the_hold_time_is_noticed_on_both_sides_in_time() {
    for seed in 0..100 {
        let mut world = established(seed);
        let cut_at = world.now();
        world.inject(Fault::Cut(seconds(600)));
        world.run_until(cut_at + seconds(91));
        for side in Side::BOTH {
            assert_ne!(
                world.session(side).state(),
                State::Established,
                "seed {seed}"
            );
        }
    }
}

#[test]
fn a_stop_is_seen_by_the_peer_with_its_words() {
    let mut world = established(1);
    let why = StopReason::AdministrativeShutdown("rack 3 moves".to_owned());
    world.command(Side::Left, Input::Stop(why.clone()));
    world.run_until(world.now() + seconds(60));
    let seen = Notification::administrative_shutdown("rack 3 moves");
    assert_eq!(
        last_down(&world, Side::Left),
        Some(&DownReason::Stopped(why))
    );
    // What comes after are dials that Idle turns away.
    let told = |(_, event): &_| *event == Event::Down(DownReason::Received(seen.clone()));
    assert_eq!(
        world
            .events(Side::Right)
            .iter()
            .filter(|one| told(one))
            .count(),
        1
    );
    assert_eq!(world.session(Side::Left).state(), State::Idle);
}

#[test]
fn a_stopped_session_comes_back_on_start() {
    for seed in 0..200 {
        let mut world = established(seed);
        world.command(Side::Left, Input::Stop(StopReason::Deconfigured));
        world.run_until(world.now() + seconds(100));
        world.command(Side::Left, Input::Start);
        establish_within(&mut world, seconds(15), seed);
        assert_settled(&mut world, seed);
    }
}

#[test]
fn a_peer_in_the_wrong_as_is_told_so_and_tried_again() {
    let stranger = PeerConfig {
        local_asn: config().local_asn,
        ..peer_config()
    };
    let mut world = World::new(config(), stranger, 1);
    world.start();
    assert!(!world.run_until_established(seconds(60)));
    let bad_peer_as = Notification::new(ErrorCode::OpenMessage, 2);
    let sent = |(_, event): &&_| match event {
        Event::Down(DownReason::Sent(notification, _)) => *notification == bad_peer_as,
        _ => false,
    };
    let tries = world.events(Side::Left).iter().filter(sent).count();
    assert!((4..=30).contains(&tries), "{tries}");
    assert_eq!(world.breaches(), [""; 0]);
}
