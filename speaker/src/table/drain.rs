use std::time::{Duration, SystemTime};

use bellwether_bgp::time::Instant;

use super::standing::Standing;
use crate::clock::Now;
use crate::model::{DrainPlan, DrainTarget};

/// How far a drain has come.
///
/// ```text
///  DEPREFERRING --all have it, 5 s--> WAITING --wait--> WITHDRAWING --all have it, 5 s--> CLOSING --all closed, 2 s--> DRAINED
///       |                                                    |                                                          ^
///       +--depreference only--> DEPREFERRED                  +------------------- an owner's ---------------------------+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Depreferring,
    Waiting,
    Withdrawing,
    Closing,
    Drained,
    Depreferred,
    /// Taken back.
    Undrained,
}

/// How long peers may take to accept what a phase sends: one that reads nothing does not hold up the rest.
const TELL_WITHIN: Duration = Duration::from_secs(5);
/// How long sessions may take to close: longer than [`crate::peer::LINGER`].
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

/// One drain, as values: somebody else changes routes and ends sessions as [`Self::standing`] and [`Self::closes`] say.
#[derive(Debug)]
pub(super) struct Drain {
    target: DrainTarget,
    plan: DrainPlan,
    phase: Phase,
    since: Now,
}

impl Drain {
    pub(super) fn begin(target: DrainTarget, plan: DrainPlan, now: Now) -> Self {
        Self {
            target,
            plan,
            phase: Phase::Depreferring,
            since: now,
        }
    }

    pub(super) fn plan(&self) -> &DrainPlan {
        &self.plan
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// When the phase began, and when it ends at the latest, for people.
    pub(super) fn times(&self) -> (SystemTime, Option<SystemTime>) {
        let until = self.lasts().map(|time| self.since.wall + time);
        (self.since.wall, until)
    }

    /// When the phase ends at the latest.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.lasts().map(|time| self.since.instant + time)
    }

    /// Goes on if it is time to. `done`: the peers have accepted what this phase sends, or the sessions that it ends are
    /// closed. Whether this is another phase now.
    pub(super) fn step(&mut self, done: bool, now: Now) -> bool {
        let late = self
            .deadline()
            .is_some_and(|deadline| now.instant >= deadline);
        let closes = !matches!(self.target, DrainTarget::Owner(_));
        let next = match self.phase {
            Phase::Depreferring if done || late => match self.plan.depreference_only {
                true => Phase::Depreferred,
                false => Phase::Waiting,
            },
            Phase::Waiting if late => Phase::Withdrawing,
            Phase::Withdrawing if done || late => match closes {
                true => Phase::Closing,
                false => Phase::Drained,
            },
            Phase::Closing if done || late => Phase::Drained,
            Phase::Depreferring
            | Phase::Waiting
            | Phase::Withdrawing
            | Phase::Closing
            | Phase::Drained
            | Phase::Depreferred
            | Phase::Undrained => return false,
        };
        self.enter(next, now);
        true
    }

    pub(super) fn take_back(&mut self, now: Now) {
        self.enter(Phase::Undrained, now);
    }

    /// How the routes stand that are drained.
    pub(super) fn standing(&self) -> Standing {
        match self.phase {
            Phase::Depreferring | Phase::Waiting | Phase::Depreferred => Standing::Depreferred,
            Phase::Withdrawing | Phase::Closing | Phase::Drained => Standing::Withdrawn,
            Phase::Undrained => Standing::Active,
        }
    }

    /// Whether the sessions are to be down.
    pub(super) fn closes(&self) -> bool {
        let last = matches!(self.phase, Phase::Closing | Phase::Drained);
        last && !matches!(self.target, DrainTarget::Owner(_))
    }

    fn enter(&mut self, phase: Phase, now: Now) {
        self.phase = phase;
        self.since = now;
    }

    fn lasts(&self) -> Option<Duration> {
        match self.phase {
            Phase::Depreferring | Phase::Withdrawing => Some(TELL_WITHIN),
            Phase::Waiting => Some(self.plan.wait),
            Phase::Closing => Some(CLOSE_WITHIN),
            Phase::Drained | Phase::Depreferred | Phase::Undrained => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Now {
        let since = Duration::from_secs(secs);
        Now {
            instant: Instant::from_origin(since),
            wall: SystemTime::UNIX_EPOCH + since,
        }
    }

    fn drain(target: DrainTarget, depreference_only: bool) -> Drain {
        let plan = DrainPlan {
            wait: Duration::from_secs(30),
            depreference_only,
            communication: "drained".to_owned(),
        };
        Drain::begin(target, plan, at(0))
    }

    /// The phases with the second at which each began, when peers are done at once or never.
    fn story(mut drain: Drain, done: bool) -> Vec<(u64, Phase)> {
        let mut phases = vec![(0, drain.phase())];
        for second in 0..100 {
            while drain.step(done, at(second)) {
                phases.push((second, drain.phase()));
            }
        }
        phases
    }

    #[test]
    fn it_depreferrs_waits_withdraws_and_closes() {
        assert_eq!(
            story(drain(DrainTarget::All, false), true),
            [
                (0, Phase::Depreferring),
                (0, Phase::Waiting),
                (30, Phase::Withdrawing),
                (30, Phase::Closing),
                (30, Phase::Drained),
            ]
        );
    }

    #[test]
    fn peers_that_do_not_read_hold_it_up_for_a_bounded_time() {
        assert_eq!(
            story(drain(DrainTarget::All, false), false),
            [
                (0, Phase::Depreferring),
                (5, Phase::Waiting),
                (35, Phase::Withdrawing),
                (40, Phase::Closing),
                (42, Phase::Drained),
            ]
        );
    }

    #[test]
    fn the_drain_of_an_owner_closes_nothing() {
        let owner = DrainTarget::Owner("ada".parse().unwrap());
        let phases = story(drain(owner, false), true);
        assert!(phases.iter().all(|(_, phase)| *phase != Phase::Closing));
        assert_eq!(phases.last(), Some(&(30, Phase::Drained)));
    }

    #[test]
    fn one_that_only_depreferrs_ends_there() {
        assert_eq!(
            story(drain(DrainTarget::All, true), true),
            [(0, Phase::Depreferring), (0, Phase::Depreferred)]
        );
    }

    #[test]
    fn routes_and_sessions_follow_the_phases() {
        let mut drain = drain(DrainTarget::All, false);
        let mut states = vec![(drain.standing(), drain.closes())];
        for second in [0, 30, 30, 30] {
            assert!(drain.step(true, at(second)));
            states.push((drain.standing(), drain.closes()));
        }
        drain.take_back(at(31));
        states.push((drain.standing(), drain.closes()));
        assert_eq!(
            states,
            [
                (Standing::Depreferred, false),
                (Standing::Depreferred, false),
                (Standing::Withdrawn, false),
                (Standing::Withdrawn, true),
                (Standing::Withdrawn, true),
                (Standing::Active, false),
            ]
        );
    }
}
