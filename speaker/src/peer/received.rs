use std::time::Duration;

use bellwether_bgp::time::Instant;
use bellwether_bgp::wire::ReceivedUpdate;
use tracing::warn;

use crate::log::Throttle;

/// What a peer announces to us, which the session counts and nobody uses: what is left are its faults.
#[derive(Debug)]
pub(super) struct Received {
    faults: Throttle,
}

impl Default for Received {
    fn default() -> Self {
        Self {
            faults: Throttle::new(Duration::from_secs(60)),
        }
    }
}

impl Received {
    pub(super) fn update(&mut self, update: &ReceivedUpdate, now: Instant) {
        for fault in &update.faults {
            if let Some(held_back) = self.faults.pass(now) {
                warn!(held_back, "a fault in an UPDATE (RFC 7606): {}", fault.what);
            }
        }
    }
}
