use bellwether_proto::v1;
use tonic::Status;

use crate::config::{Change, Difference, Effect};
use crate::operate::ReloadError;

/// What came of reading the configuration file again.
///
/// # Errors
/// The speaker is stopping.
pub(in crate::api) fn to_proto(
    result: Result<Difference, ReloadError>,
    dry_run: bool,
) -> Result<v1::ReloadResponse, Status> {
    match result {
        Ok(Difference { changes }) => Ok(v1::ReloadResponse {
            problems: Vec::new(),
            differences: changes.into_iter().map(change).collect(),
            applied: !dry_run,
        }),
        Err(ReloadError::Gone(gone)) => Err(gone.into()),
        Err(error) => Ok(v1::ReloadResponse {
            problems: error.problems(),
            differences: Vec::new(),
            applied: false,
        }),
    }
}

fn change(change: Change) -> v1::ConfigDifference {
    let Change {
        key,
        old,
        new,
        effect,
    } = change;
    let effect = match effect {
        Effect::None => v1::ConfigEffect::None,
        Effect::SessionReset => v1::ConfigEffect::SessionReset,
        Effect::Restart => v1::ConfigEffect::Restart,
    };
    v1::ConfigDifference {
        path: key,
        before: old.unwrap_or_default(),
        after: new.unwrap_or_default(),
        effect: effect.into(),
    }
}
