use bytes::Bytes;

use crate::iana::ErrorCode;

/// A NOTIFICATION (RFC 4271 section 4.5): why a session ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// What kind of error.
    pub code: ErrorCode,
    /// Which of its kind; its name depends on the code.
    pub subcode: u8,
    /// What depends on both.
    pub data: Bytes,
}

impl Notification {
    /// Without data.
    #[must_use]
    pub const fn new(code: ErrorCode, subcode: u8) -> Self {
        Self {
            code,
            subcode,
            data: Bytes::new(),
        }
    }

    /// The whole message.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        todo!()
    }
}
