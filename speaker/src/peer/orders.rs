use std::sync::Arc;

use crate::model::Peer;

/// What the task of a peer is to make true. The newest replaces those before, so that there is no queue; what has to be
/// done once is counted.
#[derive(Clone, Debug)]
pub(crate) struct Orders {
    /// Differs from the one before only in what needs no reset.
    pub(crate) peer: Arc<Peer>,
    pub(crate) admin: Admin,
}

/// What operators want of a session, whoever declared it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Admin {
    /// Down, with the words for the operator of the other side (RFC 9003), which may be empty.
    pub(crate) shutdown: Option<String>,
    /// How often it was told to begin again; this also ends what a limit has ended.
    pub(crate) resets: u64,
    /// The words for the operator of the other side when it was told so last.
    pub(crate) reset_words: String,
}
