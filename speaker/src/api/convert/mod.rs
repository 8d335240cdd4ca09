//! Messages to values and values to messages. Every field is named, so that a new one does not compile until somebody
//! decides what it means.

pub(super) mod drain;
pub(super) mod explain;
pub(super) mod family;
pub(super) mod lease;
pub(super) mod owner;
pub(super) mod peer;
pub(super) mod refusal;
pub(super) mod reload;
pub(super) mod route;
pub(super) mod time;
