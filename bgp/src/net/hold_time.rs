use std::fmt;
use std::time::Duration;

use thiserror::Error;

/// A hold time: none at all (0), or 3 to 65535 seconds (RFC 4271 section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HoldTime(u16);

/// Why a number of seconds is not a [`HoldTime`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("hold time {0} s is not allowed: 0, or 3 to 65535 (RFC 4271 section 4.2)")]
pub struct HoldTimeError(pub u64);

impl HoldTime {
    /// No hold time, and no keepalives.
    pub const NONE: Self = Self(0);
    /// What is proposed unless something else is configured (RFC 4271 section 10).
    pub const DEFAULT: Self = Self(90);

    /// This many seconds.
    ///
    /// # Errors
    /// [`HoldTimeError`] for 1 and 2.
    pub fn from_secs(seconds: u16) -> Result<Self, HoldTimeError> {
        match seconds {
            1 | 2 => Err(HoldTimeError(seconds.into())),
            seconds => Ok(Self(seconds)),
        }
    }

    /// In whole seconds.
    #[must_use]
    pub const fn as_secs(self) -> u16 {
        self.0
    }

    /// How long to wait for the peer; `None`: forever.
    #[must_use]
    pub fn duration(self) -> Option<Duration> {
        (self.0 != 0).then(|| Duration::from_secs(self.0.into()))
    }

    /// Time between keepalives, a third of the hold time; `None`: never.
    #[must_use]
    pub fn keepalive(self) -> Option<Duration> {
        self.duration().map(|hold| hold / 3)
    }

    /// What two speakers agree on: the smaller one (RFC 4271 section 4.2).
    #[must_use]
    pub fn negotiate(self, peer: Self) -> Self {
        self.min(peer)
    }
}

impl fmt::Display for HoldTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u16) -> HoldTime {
        HoldTime::from_secs(seconds).unwrap()
    }

    #[test]
    fn one_and_two_seconds_are_no_hold_times() {
        for seconds in [1, 2] {
            assert_eq!(
                HoldTime::from_secs(seconds),
                Err(HoldTimeError(seconds.into()))
            );
        }
    }

    #[test]
    fn keepalives_come_three_times_in_a_hold_time() {
        assert_eq!(seconds(90).keepalive(), Some(Duration::from_secs(30)));
        assert_eq!(seconds(3).keepalive(), Some(Duration::from_secs(1)));
        assert_eq!(seconds(4).keepalive(), Some(Duration::from_secs(4) / 3));
    }

    #[test]
    fn without_a_hold_time_nothing_is_waited_for_and_nothing_sent() {
        assert_eq!(HoldTime::NONE.duration(), None);
        assert_eq!(HoldTime::NONE.keepalive(), None);
    }

    #[test]
    fn the_smaller_hold_time_counts_and_none_is_the_smallest() {
        assert_eq!(seconds(90).negotiate(seconds(30)), seconds(30));
        assert_eq!(seconds(9).negotiate(seconds(30)), seconds(9));
        assert_eq!(seconds(90).negotiate(HoldTime::NONE), HoldTime::NONE);
    }
}
