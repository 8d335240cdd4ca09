use std::fmt::Display;

use jiff::Timestamp;

/// Units of an age, in seconds, the largest first. A month is no fixed time, so that days are the largest.
const UNITS: [(i64, char); 4] = [(86_400, 'd'), (3_600, 'h'), (60, 'm'), (1, 's')];

/// How long before `now` it was, in its two largest units, as `3m12s`, `2h` or `41d5h`.
///
/// A time after `now`, as of a clock that was set back, has the age `0s`.
pub(crate) fn age(since: Timestamp, now: Timestamp) -> String {
    span(now.duration_since(since).as_secs().max(0))
}

/// How long it still is from `now` until then, as [`age`] writes it; a second that has begun counts.
pub(crate) fn left(until: Timestamp, now: Timestamp) -> String {
    let left = until.duration_since(now);
    let begun = i64::from(left.subsec_nanos() > 0);
    span(left.as_secs().saturating_add(begun).max(0))
}

fn span(seconds: i64) -> String {
    let first = UNITS
        .iter()
        .position(|(unit, _)| seconds >= *unit)
        .unwrap_or(UNITS.len() - 1);
    let mut rest = seconds;
    let mut text = String::new();
    for (unit, letter) in UNITS.iter().skip(first).take(2) {
        let count = rest / unit;
        rest %= unit;
        if count != 0 || text.is_empty() {
            text.push_str(&format!("{count}{letter}"));
        }
    }
    text
}

/// As [`age`]; nothing for a time that is not known.
pub(crate) fn optional_age(since: Option<Timestamp>, now: Timestamp) -> String {
    since.map(|since| age(since, now)).unwrap_or_default()
}

/// The time to the second; nothing for one that is not known.
pub(crate) fn optional_time(time: Option<Timestamp>) -> String {
    time.map(|time| format!("{time:.0}")).unwrap_or_default()
}

/// `state`, and for how long it has been that, as `Established for 3m12s`.
pub(crate) fn lasting(state: impl Display, since: Option<Timestamp>, now: Timestamp) -> String {
    match since {
        Some(since) => format!("{state} for {}", age(since, now)),
        None => state.to_string(),
    }
}

/// `text`, and how long before `now` that was, as `hold timer expired (3m12s ago)`.
pub(crate) fn ago(text: &str, time: Option<Timestamp>, now: Timestamp) -> String {
    match time {
        Some(time) => format!("{text} ({} ago)", age(time, now)),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_largest_units_are_shown() {
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (192, "3m12s"),
            (3_600, "1h"),
            (3_601, "1h"),
            (9_900, "2h45m"),
            (86_399, "23h59m"),
            (3_560_400, "41d5h"),
        ] {
            let now = Timestamp::from_second(seconds).unwrap();
            assert_eq!(age(Timestamp::UNIX_EPOCH, now), text, "{seconds} s");
        }
    }

    #[test]
    fn what_is_left_is_counted_up() {
        let until = Timestamp::from_millisecond(29_100).unwrap();
        assert_eq!(left(until, Timestamp::UNIX_EPOCH), "30s");
        assert_eq!(left(Timestamp::UNIX_EPOCH, until), "0s");
    }

    #[test]
    fn a_time_to_come_has_no_age() {
        let since = Timestamp::from_second(10).unwrap();
        assert_eq!(age(since, Timestamp::UNIX_EPOCH), "0s");
    }
}
