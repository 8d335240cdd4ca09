use std::num::NonZeroU32;

/// Whether what is checked may be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// Not known yet; counts as unhealthy.
    Unknown,
    Healthy,
    Unhealthy,
}

/// Makes health of single results.
///
/// ```text
///                 rise successes in a row
///   Unknown   ---------------------------->  Healthy
///      |                                      |   ^
///      | fall failures in a row               |   | rise successes in a row
///      |             fall failures in a row   v   |
///      +---------------------------------->  Unhealthy
/// ```
#[derive(Clone, Debug)]
pub(crate) struct Judge {
    rise: NonZeroU32,
    fall: NonZeroU32,
    health: Health,
    /// The results in a row that were like the last one.
    last: Option<bool>,
    streak: u32,
}

impl Judge {
    pub(crate) const fn new(rise: NonZeroU32, fall: NonZeroU32) -> Self {
        Self {
            rise,
            fall,
            health: Health::Unknown,
            last: None,
            streak: 0,
        }
    }

    /// The same with other counts: what is healthy stays so.
    pub(crate) const fn with(self, rise: NonZeroU32, fall: NonZeroU32) -> Self {
        Self { rise, fall, ..self }
    }

    /// Takes the result of a probe into account; the health, if it is another one now.
    pub(crate) fn observe(&mut self, success: bool) -> Option<Health> {
        self.streak = match self.last {
            Some(last) if last == success => self.streak.saturating_add(1),
            _ => 1,
        };
        self.last = Some(success);
        let health = match (self.health, success) {
            (Health::Unknown | Health::Unhealthy, true) if self.streak >= self.rise.get() => {
                Health::Healthy
            }
            (Health::Unknown | Health::Healthy, false) if self.streak >= self.fall.get() => {
                Health::Unhealthy
            }
            (health, _) => health,
        };
        let changed = health != self.health;
        self.health = health;
        changed.then_some(health)
    }

    pub(crate) const fn health(&self) -> Health {
        self.health
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The changes that a row of results (`+` and `-`) makes, by the place of the result.
    fn changes(rise: u32, fall: u32, results: &str) -> Vec<(usize, Health)> {
        let count = |n| NonZeroU32::new(n).unwrap();
        let mut judge = Judge::new(count(rise), count(fall));
        let results = results.chars().enumerate();
        results
            .filter_map(|(place, result)| Some((place + 1, judge.observe(result == '+')?)))
            .collect()
    }

    #[test]
    fn it_is_healthy_after_as_many_successes_as_rise_says() {
        assert_eq!(changes(3, 2, "++++"), [(3, Health::Healthy)]);
    }

    #[test]
    fn a_failure_between_successes_starts_the_count_again() {
        assert_eq!(changes(3, 2, "++-+++"), [(6, Health::Healthy)]);
    }

    #[test]
    fn a_single_failure_is_forgiven_and_as_many_as_fall_says_are_not() {
        let expected = [(1, Health::Healthy), (5, Health::Unhealthy)];
        assert_eq!(changes(1, 2, "+-+--"), expected);
    }

    #[test]
    fn it_comes_back_after_rise_successes_and_says_each_change_once() {
        let expected = [
            (2, Health::Healthy),
            (4, Health::Unhealthy),
            (7, Health::Healthy),
        ];
        assert_eq!(changes(2, 2, "++---++++"), expected);
    }

    #[test]
    fn other_counts_do_not_change_the_health() {
        let mut judge = Judge::new(NonZeroU32::MIN, NonZeroU32::MIN);
        judge.observe(true);
        let two = NonZeroU32::new(2).unwrap();
        let mut judge = judge.with(two, two);
        assert_eq!(judge.health(), Health::Healthy);
        assert_eq!(judge.observe(false), None);
        assert_eq!(judge.observe(false), Some(Health::Unhealthy));
    }

    #[test]
    fn what_never_answered_becomes_unhealthy_from_unknown() {
        assert_eq!(changes(2, 3, "-----"), [(3, Health::Unhealthy)]);
    }
}
