//! The randomness of a session: a sequence that its seed determines.

use std::time::Duration;

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
///
/// Spreads timers; of no use for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Rng {
    state: u64,
}

impl Rng {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    pub(crate) fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number from 0 up to, and without, `bound`; 0 if `bound` is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // The bias is below 1 in 2^32 for the bounds used here.
        self.next_u64().checked_rem(bound).unwrap_or(0)
    }

    /// A time from `shortest` to `longest`, to the microsecond.
    pub(crate) fn between(&mut self, shortest: Duration, longest: Duration) -> Duration {
        let span = longest.saturating_sub(shortest).as_micros();
        let span = u64::try_from(span).unwrap_or(u64::MAX - 1);
        shortest.saturating_add(Duration::from_micros(self.below(span + 1)))
    }

    /// 75 to 100 % of `time`, uniformly, a new value each time a timer is set (RFC 4271 section
    /// 10).
    pub(crate) fn jitter(&mut self, time: Duration) -> Duration {
        self.between(time.saturating_mul(3) / 4, time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_published_sequence() {
        // The first outputs of the reference implementation (prng.di.unimi.it/splitmix64.c) for
        // seed 1234567.
        let mut rng = Rng::new(1_234_567);
        let sequence: Vec<u64> = (0..3).map(|_| rng.next_u64()).collect();
        assert_eq!(
            sequence,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn jitter_stays_between_three_quarters_and_the_whole() {
        let mut rng = Rng::new(7);
        let whole = Duration::from_secs(30);
        for _ in 0..10_000 {
            let time = rng.jitter(whole);
            assert!(time >= whole * 3 / 4 && time <= whole, "{time:?}");
        }
    }
}
