use std::time::Duration;

use super::*;
use crate::session::testing::{config, peer_config};

fn world(seed: u64) -> World {
    World::new(config(), peer_config(), seed)
}

#[test]
fn simultaneous_open_ends_with_one_connection() {
    let mut worst = Duration::ZERO;
    for seed in 0..2_000 {
        let mut world = world(seed);
        world.start();
        assert!(
            world.run_until_established(Duration::from_secs(60)),
            "seed {seed}: {:#?}",
            world.trace()
        );
        worst = worst.max(world.now().since_origin());
        world.run_until(world.now() + Duration::from_secs(30));
        assert!(
            world.is_established() && world.connections() == 1,
            "seed {seed}: {:#?}",
            world.trace()
        );
        assert!(
            world.breaches().is_empty(),
            "seed {seed}: {:?} {:#?}",
            world.breaches(),
            world.trace()
        );
    }
    eprintln!("worst {worst:?}");
}

#[test]
fn explore() {
    for (short, long) in [
        (0u64, 0u64),
        (1, 1),
        (0, 50),
        (1, 500),
        (100, 2000),
        (1000, 1000),
        (4000, 6000),
    ] {
        let mut times = vec![];
        let mut fails = 0;
        for seed in 0..2_000 {
            let mut world = world(seed);
            world.set_delay(Duration::from_millis(short), Duration::from_millis(long));
            world.start();
            if !world.run_until_established(Duration::from_secs(600)) {
                fails += 1;
            }
            times.push(world.now().since_origin());
        }
        times.sort();
        eprintln!(
            "{short}-{long}: fails {fails} median {:?} p99 {:?} worst {:?}",
            times[1000], times[1980], times[1999]
        );
    }
}
