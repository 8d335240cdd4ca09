use tonic::Status;

use crate::model::Problems;
use crate::table::{Evicted, Gone, Refusal, WAITING_EVENTS};

/// How many problems one status names.
const PROBLEMS: usize = 10;

/// INVALID_ARGUMENT with what is wrong.
pub(in crate::api) fn invalid(problems: &Problems) -> Status {
    let mut lines: Vec<String> = problems.iter().take(PROBLEMS).collect();
    if problems.len() > PROBLEMS {
        lines.push(format!("and {} more", problems.len() - PROBLEMS));
    }
    Status::invalid_argument(lines.join("; "))
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let text = refusal.to_string();
        match refusal {
            Refusal::StaleGeneration { .. }
            | Refusal::PeerNameTaken { .. }
            | Refusal::PeerAddressTaken { .. } => Self::failed_precondition(text),
            Refusal::Superseded(_) => Self::aborted(text),
            Refusal::NotAnnounced { .. } => Self::not_found(text),
            Refusal::TooManyOwners { .. } => Self::resource_exhausted(text),
            Refusal::Stopping => Self::unavailable(text),
        }
    }
}

impl From<Gone> for Status {
    fn from(gone: Gone) -> Self {
        Self::unavailable(gone.to_string())
    }
}

impl From<Evicted> for Status {
    fn from(Evicted: Evicted) -> Self {
        Self::resource_exhausted(format!(
            "{WAITING_EVENTS} events waited for this watch to read them: watch again"
        ))
    }
}
