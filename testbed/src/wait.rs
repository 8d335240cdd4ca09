//! Waiting for a condition: with a deadline, and never for a while.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks: it begins short, so that what is quick is seen quickly, and grows, so that
/// what is slow is not disturbed.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// The condition did not come true.
#[derive(Debug, thiserror::Error)]
pub struct TimedOut {
    /// What was waited for.
    pub what: String,
    /// How long.
    pub limit: Duration,
    /// What the last look found instead.
    pub last: String,
    /// The state of everything at that moment; empty outside of labs.
    pub dump: String,
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "after {:?} still not: {}; last seen: {}",
            self.limit, self.what, self.last
        )?;
        if !self.dump.is_empty() {
            write!(f, "\n\n{}", self.dump)?;
        }
        Ok(())
    }
}

/// Looks until `look` gives a value, at once and then every few milliseconds. An error of `look`
/// says what is missing yet; the last one is in the error after `limit`.
///
/// # Errors
/// [`TimedOut`].
pub fn wait_until<T, E: fmt::Display>(
    limit: Duration,
    what: &str,
    mut look: impl FnMut() -> Result<T, E>,
) -> Result<T, TimedOut> {
    let deadline = Instant::now() + limit;
    let mut pause = FIRST_PAUSE;
    loop {
        let last = match look() {
            Ok(value) => return Ok(value),
            Err(last) => last.to_string(),
        };
        let Some(left) = deadline.checked_duration_since(Instant::now()) else {
            return Err(TimedOut {
                what: what.to_owned(),
                limit,
                last,
                dump: String::new(),
            });
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "the pause between two looks at a condition"
        )]
        thread::sleep(pause.min(left));
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_ends_the_wait() {
        let mut looks = 0;
        let found = wait_until(Duration::from_secs(5), "three looks", || {
            looks += 1;
            if looks == 3 {
                Ok(looks)
            } else {
                Err("not yet")
            }
        });
        assert_eq!(found.unwrap(), 3);
    }

    #[test]
    fn the_error_says_what_was_seen_last() {
        let never: Result<(), _> = wait_until(Duration::ZERO, "the moon", || Err("a cloud"));
        assert_eq!(
            never.unwrap_err().to_string(),
            "after 0ns still not: the moon; last seen: a cloud"
        );
    }
}
