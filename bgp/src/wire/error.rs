use bytes::Bytes;
use thiserror::Error;

use super::Notification;

/// What is wrong with received bytes, so badly that the session ends.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WireError {
    /// To be replaced by one variant a fault.
    #[error("placeholder")]
    Placeholder(Bytes),
}

impl WireError {
    /// The NOTIFICATION that tells the peer.
    #[must_use]
    pub fn notification(&self) -> Notification {
        todo!()
    }
}
