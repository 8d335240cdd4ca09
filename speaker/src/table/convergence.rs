use std::collections::VecDeque;

use bellwether_bgp::egress::{Progress, Version};
use bellwether_bgp::time::Instant;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};

/// How long changes take from being accepted until the last Established peer was given them in full.
///
/// A change that is made while nobody is Established, or that another follows before all have it, ends with the later one.
#[derive(Debug)]
pub(super) struct Convergence {
    pending: VecDeque<(Version, Instant)>,
    newest: Version,
    seconds: Histogram,
}

impl Default for Convergence {
    fn default() -> Self {
        Self {
            pending: VecDeque::new(),
            newest: Version::default(),
            // 0.1 ms to 26 s.
            seconds: Histogram::new(exponential_buckets(0.0001, 4.0, 10)),
        }
    }
}

impl Convergence {
    /// So many changes are measured at once: while all are on their way, further ones are not.
    const LIMIT: usize = 256;

    /// The table is in state `version`: if that is a new one, its time begins at `now`.
    pub(super) fn note(&mut self, version: Version, now: Instant) {
        if version == self.newest {
            return;
        }
        self.newest = version;
        if self.pending.len() < Self::LIMIT {
            self.pending.push_back((version, now));
        }
    }

    /// Takes the time of the changes that everybody has. Nobody there: nobody to wait for, and nothing to measure.
    pub(super) fn observe(
        &mut self,
        progress: impl Fn(Version) -> Progress,
        now: impl Fn() -> Instant,
    ) {
        while let Some((version, begin)) = self.pending.front() {
            let Progress { done, total } = progress(*version);
            if done < total {
                return;
            }
            if total > 0 {
                let took = now().saturating_since(*begin);
                self.seconds.observe(took.as_secs_f64());
            }
            self.pending.pop_front();
        }
    }

    /// The measured times; what is measured later is in it, too.
    pub(super) fn histogram(&self) -> Histogram {
        self.seconds.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;

    use super::*;

    fn at(milliseconds: u64) -> Instant {
        Instant::from_origin(Duration::from_millis(milliseconds))
    }

    fn text(convergence: &Convergence) -> String {
        let mut registry = Registry::default();
        registry.register("seconds", "help", convergence.histogram());
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        text
    }

    #[test]
    fn the_time_ends_when_the_last_peer_has_the_change() {
        let mut convergence = Convergence::default();
        convergence.note(Version(1), at(0));
        convergence.observe(|_| Progress { done: 1, total: 2 }, || at(100));
        assert!(text(&convergence).contains("seconds_count 0"));
        convergence.observe(|_| Progress { done: 2, total: 2 }, || at(250));
        let text = text(&convergence);
        assert!(text.contains("seconds_sum 0.25"), "{text}");
        assert!(text.contains("seconds_count 1"), "{text}");
    }

    #[test]
    fn without_peers_nothing_is_measured() {
        let mut convergence = Convergence::default();
        convergence.note(Version(1), at(0));
        convergence.observe(|_| Progress::default(), || at(100));
        assert!(text(&convergence).contains("seconds_count 0"));
        assert!(convergence.pending.is_empty());
    }

    #[test]
    fn what_is_on_its_way_is_bounded() {
        let mut convergence = Convergence::default();
        for version in 1..=1000 {
            convergence.note(Version(version), at(0));
        }
        assert_eq!(convergence.pending.len(), Convergence::LIMIT);
    }
}
