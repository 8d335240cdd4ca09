use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

/// A duration of the protocol: a number of seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seconds(pub(crate) Duration);

/// To the millisecond, which is more than BGP's timers can tell apart.
impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = (self.0.as_secs_f64() * 1000.0).round() / 1000.0;
        write!(f, "{seconds}s")
    }
}

/// Whole seconds as an integer, anything else with its fraction.
impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.subsec_nanos() {
            0 => serializer.serialize_u64(self.0.as_secs()),
            _ => serializer.serialize_f64(self.0.as_secs_f64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_seconds_have_no_fraction() {
        let hold_time = Seconds(Duration::from_secs(90));
        assert_eq!(hold_time.to_string(), "90s");
        assert_eq!(serde_json::to_string(&hold_time).unwrap(), "90");
    }

    #[test]
    fn people_are_spared_nanoseconds() {
        assert_eq!(Seconds(Duration::from_secs(20) / 3).to_string(), "6.667s");
    }

    #[test]
    fn a_fraction_is_kept() {
        let keepalive = Seconds(Duration::from_millis(1500));
        assert_eq!(keepalive.to_string(), "1.5s");
        assert_eq!(serde_json::to_string(&keepalive).unwrap(), "1.5");
    }
}
