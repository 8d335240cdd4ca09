use std::time::Duration;

use super::*;
use crate::session::State;
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
