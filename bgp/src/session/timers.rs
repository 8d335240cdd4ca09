//! Timers as a table of absolute deadlines.

use crate::time::Instant;

/// What a session waits for. ConnectRetry and IdleHold belong to the peer, the others to a
/// connection.
///
/// Of timers that are due at once, the first in this order is served first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// Dials, or gives up the dial that has not been answered and dials again (RFC 4271 section
    /// 8.2.2).
    ConnectRetry,
    /// Leaves Idle after a failure (RFC 4271 section 8.1.3, event 13).
    IdleHold,
    /// Ends the wait of a connection for what becomes of another one: see [`super::collision`].
    CollisionWait,
    /// The peer has been silent for too long: NOTIFICATION 4/0.
    Hold,
    /// The peer has taken nothing for too long: NOTIFICATION 8/0 (RFC 9687).
    SendHold,
    /// Sends a KEEPALIVE.
    Keepalive,
}

impl Timer {
    const ALL: [Self; 6] = [
        Self::ConnectRetry,
        Self::IdleHold,
        Self::CollisionWait,
        Self::Hold,
        Self::SendHold,
        Self::Keepalive,
    ];
}

/// The deadline of each timer that runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Timers {
    connect_retry: Option<Instant>,
    idle_hold: Option<Instant>,
    collision_wait: Option<Instant>,
    hold: Option<Instant>,
    send_hold: Option<Instant>,
    keepalive: Option<Instant>,
}

impl Timers {
    /// Starts `timer`, or starts it again.
    pub(super) fn set(&mut self, timer: Timer, deadline: Instant) {
        *self.slot(timer) = Some(deadline);
    }

    /// Makes `timer` fire at `deadline` if it runs and would fire later.
    pub(super) fn hasten(&mut self, timer: Timer, deadline: Instant) {
        let slot = self.slot(timer);
        *slot = slot.map(|at| at.min(deadline));
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        *self.slot(timer) = None;
    }

    pub(super) fn runs(&self, timer: Timer) -> bool {
        self.deadline_of(timer).is_some()
    }

    /// The earliest deadline.
    pub(super) fn deadline(&self) -> Option<Instant> {
        Timer::ALL
            .into_iter()
            .filter_map(|timer| self.deadline_of(timer))
            .min()
    }

    /// Stops and returns a timer that is due.
    pub(super) fn take_expired(&mut self, now: Instant) -> Option<Timer> {
        let timer = Timer::ALL
            .into_iter()
            .find(|timer| self.deadline_of(*timer).is_some_and(|at| at <= now))?;
        self.stop(timer);
        Some(timer)
    }

    fn deadline_of(&self, timer: Timer) -> Option<Instant> {
        match timer {
            Timer::ConnectRetry => self.connect_retry,
            Timer::IdleHold => self.idle_hold,
            Timer::CollisionWait => self.collision_wait,
            Timer::Hold => self.hold,
            Timer::SendHold => self.send_hold,
            Timer::Keepalive => self.keepalive,
        }
    }

    fn slot(&mut self, timer: Timer) -> &mut Option<Instant> {
        match timer {
            Timer::ConnectRetry => &mut self.connect_retry,
            Timer::IdleHold => &mut self.idle_hold,
            Timer::CollisionWait => &mut self.collision_wait,
            Timer::Hold => &mut self.hold,
            Timer::SendHold => &mut self.send_hold,
            Timer::Keepalive => &mut self.keepalive,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_origin(Duration::from_secs(seconds))
    }

    #[test]
    fn the_deadline_is_the_earliest_one() {
        let mut timers = Timers::default();
        assert_eq!(timers.deadline(), None);
        timers.set(Timer::Hold, at(90));
        timers.set(Timer::Keepalive, at(30));
        assert_eq!(timers.deadline(), Some(at(30)));
        timers.stop(Timer::Keepalive);
        assert_eq!(timers.deadline(), Some(at(90)));
    }

    #[test]
    fn an_expired_timer_is_told_once() {
        let mut timers = Timers::default();
        timers.set(Timer::Hold, at(90));
        assert_eq!(timers.take_expired(at(89)), None);
        assert_eq!(timers.take_expired(at(90)), Some(Timer::Hold));
        assert_eq!(timers.take_expired(at(90)), None);
    }

    #[test]
    fn hastening_never_delays_and_never_starts() {
        let mut timers = Timers::default();
        timers.hasten(Timer::Keepalive, at(1));
        assert_eq!(timers.deadline(), None);
        timers.set(Timer::Keepalive, at(30));
        timers.hasten(Timer::Keepalive, at(40));
        assert_eq!(timers.deadline(), Some(at(30)));
        timers.hasten(Timer::Keepalive, at(2));
        assert_eq!(timers.deadline(), Some(at(2)));
    }
}
