//! What a peer of the sink has received.

use std::time::Instant;

/// Where the one prefix that is withdrawn and announced again stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Probe {
    /// It was not heard of.
    #[default]
    Unknown,
    /// Announced, and not withdrawn since.
    Announced,
    /// Withdrawn, and not announced since.
    Withdrawn,
}

/// Counts since the connection began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// A KEEPALIVE has confirmed our OPEN.
    pub(crate) established: bool,
    /// Messages of all types.
    pub(crate) messages: u64,
    /// UPDATE messages.
    pub(crate) updates: u64,
    /// Octets of all messages.
    pub(crate) octets: u64,
    /// Prefixes announced; one that is announced twice counts twice.
    pub(crate) announced: u64,
    /// Prefixes withdrawn.
    pub(crate) withdrawn: u64,
    /// The probe's last change.
    pub(crate) probe: Probe,
    /// When a prefix was last announced.
    pub(crate) announced_at: Option<Instant>,
    /// When the probe last changed.
    pub(crate) probe_at: Option<Instant>,
    /// When the session was established.
    pub(crate) established_at: Option<Instant>,
}

/// What is waited for at a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goal {
    /// An established session.
    Established,
    /// This many announced prefixes.
    Routes(u64),
    /// The probe in this state.
    Probe(Probe),
}

impl Tally {
    /// When `goal` was reached; none when it is not, or not any more.
    pub(crate) fn reached(&self, goal: Goal) -> Option<Instant> {
        match goal {
            Goal::Established => self.established_at,
            Goal::Routes(wanted) => self.announced_at.filter(|_| self.announced >= wanted),
            Goal::Probe(wanted) => self.probe_at.filter(|_| self.probe == wanted),
        }
    }

    /// Stamps what differs from `before`.
    pub(super) fn stamp(&mut self, before: &Self, now: Instant) {
        if self.announced != before.announced {
            self.announced_at = Some(now);
        }
        if self.probe != before.probe {
            self.probe_at = Some(now);
        }
        if self.established != before.established {
            self.established_at = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_reached_when_the_last_of_it_came() {
        let (first, now) = (Instant::now(), Instant::now());
        let before = Tally {
            announced: 5,
            announced_at: Some(first),
            ..Tally::default()
        };
        let mut tally = Tally {
            announced: 9,
            ..before.clone()
        };
        tally.stamp(&before, now);
        assert_eq!(tally.reached(Goal::Routes(9)), Some(now));
        assert_eq!(tally.reached(Goal::Routes(10)), None);
        assert_eq!(tally.reached(Goal::Probe(Probe::Withdrawn)), None);
    }
}
