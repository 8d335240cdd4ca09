use std::time::Duration;

use bellwether_bgp::time::Instant;
use bellwether_bgp::wire::ReceivedUpdate;
use tracing::warn;

use crate::log::Throttle;

/// What a peer announces to us: counted, and never used.
#[derive(Debug)]
pub(super) struct Received {
    routes: u64,
    faults: Throttle,
}

impl Default for Received {
    fn default() -> Self {
        Self {
            routes: 0,
            faults: Throttle::new(Duration::from_secs(60)),
        }
    }
}

impl Received {
    /// Announced and not withdrawn since, as far as counting tells: one that is announced twice counts twice.
    pub(super) fn routes(&self) -> u64 {
        self.routes
    }

    pub(super) fn update(&mut self, update: &ReceivedUpdate, now: Instant) {
        let ReceivedUpdate {
            withdrawn,
            announced,
            end_of_rib: _,
            faults,
        } = update;
        self.routes = self
            .routes
            .saturating_sub(withdrawn.len() as u64)
            .saturating_add(announced.len() as u64);
        for fault in faults {
            if let Some(held_back) = self.faults.pass(now) {
                warn!(held_back, "a fault in an UPDATE (RFC 7606): {}", fault.what);
            }
        }
    }
}
