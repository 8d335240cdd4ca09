//! What a neighbor may do to us.

use std::time::Duration;

use super::{PeerKeys, PeerSpec};
use crate::model::{Beyond, MaxPrefixes, Problems};

const SHORTEST_RESTART: Duration = Duration::from_secs(1);
const LONGEST_RESTART: Duration = Duration::from_secs(24 * 60 * 60);

/// `None`: a problem was noted; `Some(None)`: no limit.
pub(super) fn max_prefixes(
    spec: &PeerSpec,
    keys: &PeerKeys,
    key: &impl Fn(&str) -> String,
    problems: &mut Problems,
) -> Option<Option<MaxPrefixes>> {
    let warning_only = spec.max_prefixes_warning_only;
    let restart = spec.max_prefixes_restart;
    let Some(limit) = spec.max_prefixes else {
        let mut idle = |set: bool, field: &str| {
            if set {
                let what = format!("means nothing without {}", keys.max_prefixes);
                problems.add(key(field), what);
            }
            set
        };
        let first = idle(warning_only, keys.max_prefixes_warning_only);
        let second = idle(restart.is_some(), keys.max_prefixes_restart);
        return (!first && !second).then_some(None);
    };
    let limit = u32::try_from(limit).ok().filter(|limit| *limit > 0);
    let limit = limit.ok_or_else(|| {
        let wrong = spec.max_prefixes.unwrap_or_default();
        format!("{wrong} is not in 1 to {}", u32::MAX)
    });
    let limit = problems.check(&key(keys.max_prefixes), limit);
    let beyond = beyond(warning_only, restart, keys);
    let beyond = problems.check(&key(keys.max_prefixes_restart), beyond);
    Some(Some(MaxPrefixes {
        limit: limit?,
        beyond: beyond?,
    }))
}

fn beyond(
    warning_only: bool,
    restart: Option<Duration>,
    keys: &PeerKeys,
) -> Result<Beyond, String> {
    match (warning_only, restart) {
        (true, None) => Ok(Beyond::Warn),
        (true, Some(_)) => Err(format!(
            "means nothing with {}: the session does not end",
            keys.max_prefixes_warning_only
        )),
        (false, Some(time)) if !(SHORTEST_RESTART..=LONGEST_RESTART).contains(&time) => {
            Err(format!("{time:?} is not in 1s to 1day"))
        }
        (false, restart_after) => Ok(Beyond::Shutdown { restart_after }),
    }
}
