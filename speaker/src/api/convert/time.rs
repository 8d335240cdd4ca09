use std::time::{Duration, SystemTime};

/// A moment for people.
pub(in crate::api) fn timestamp(time: SystemTime) -> prost_types::Timestamp {
    prost_types::Timestamp::from(time)
}

pub(in crate::api) fn from_duration(time: Duration) -> Option<prost_types::Duration> {
    prost_types::Duration::try_from(time).ok()
}

/// A time that is not negative.
pub(in crate::api) fn to_duration(time: &prost_types::Duration) -> Result<Duration, String> {
    Duration::try_from(*time).map_err(|_| format!("{time} is not a time that can be waited"))
}
