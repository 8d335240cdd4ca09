use super::{DecodeContext, WireError};
use crate::net::Prefix;

/// What an UPDATE of a peer says, after the revised error handling of RFC 7606.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceivedUpdate {
    /// Withdrawn routes of negotiated families, and announced ones where RFC 7606 wants treat-as-withdraw.
    pub withdrawn: Vec<Prefix>,
    /// Announced routes of negotiated families.
    pub announced: Vec<Prefix>,
    /// The family whose initial routes are complete (RFC 4724 section 2), if that is what it says.
    pub end_of_rib: Option<crate::net::Family>,
    /// Each fault that RFC 7606 survives, with what was done.
    pub faults: Vec<Treatment>,
}

/// A fault in an UPDATE that does not end the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Treatment {
    /// In words, with the attribute and the offending octets.
    pub what: String,
}

impl ReceivedUpdate {
    pub(super) fn decode(_body: &[u8], _context: &DecodeContext) -> Result<Self, WireError> {
        todo!()
    }
}
