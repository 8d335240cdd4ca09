//! How long a session rests in Idle after a failure.

use std::time::Duration;

/// The rest after the first failure; it doubles with each further one.
const FIRST: Duration = Duration::from_secs(1);
/// The longest rest. Short on purpose: after a router has rebooted, its routes are to be back
/// within seconds.
const LONGEST: Duration = Duration::from_secs(8);
/// A session that lived this long was no failure to start.
const STABLE: Duration = Duration::from_secs(30);

/// DampPeerOscillations of RFC 4271 section 8.1.1: a peer that fails again and again is tried ever
/// more slowly.
#[derive(Clone, Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// How long to rest, before jitter, after a session that was Established for `lived`.
    pub(super) fn after_failure(&mut self, lived: Duration) -> Duration {
        if lived >= STABLE {
            self.failures = 0;
        }
        let rest = FIRST.saturating_mul(2u32.saturating_pow(self.failures));
        self.failures = self.failures.saturating_add(1);
        rest.min(LONGEST)
    }

    /// Forgets failures: an operator starts the session.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_eight_seconds() {
        let mut backoff = Backoff::default();
        let rests: Vec<u64> = (0..6)
            .map(|_| backoff.after_failure(Duration::ZERO).as_secs())
            .collect();
        assert_eq!(rests, [1, 2, 4, 8, 8, 8]);
    }

    #[test]
    fn a_stable_session_starts_it_again() {
        let mut backoff = Backoff { failures: 5 };
        assert_eq!(backoff.after_failure(STABLE), FIRST);
    }

    #[test]
    fn never_overflows() {
        let mut backoff = Backoff { failures: u32::MAX };
        assert_eq!(backoff.after_failure(Duration::ZERO), LONGEST);
    }
}
