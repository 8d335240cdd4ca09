use bytes::Bytes;

use super::{Notification, Open, ReceivedUpdate, RouteRefresh, WireError};
use crate::net::FamilySet;

/// What the two OPENs said that changes how later messages read.
#[derive(Clone, Copy, Debug)]
pub struct DecodeContext {
    /// AS numbers in AS_PATH and AGGREGATOR have four octets (RFC 6793).
    pub four_octet_as: bool,
    /// The peer is in another AS: RFC 7606 treats some attributes differently.
    pub ebgp: bool,
    /// Families that both offered; others are ignored.
    pub families: FamilySet,
}

/// A received message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// RFC 4271 section 4.2.
    Open(Open),
    /// RFC 4271 section 4.3.
    Update(ReceivedUpdate),
    /// RFC 4271 section 4.5.
    Notification(Notification),
    /// RFC 4271 section 4.4.
    Keepalive,
    /// RFC 2918.
    RouteRefresh(RouteRefresh),
}

impl Message {
    /// Reads a frame that [`super::Framer`] cut.
    ///
    /// # Errors
    /// A fault that ends the session; [`WireError::notification`] is the answer to it.
    pub fn decode(_frame: &Bytes, _context: &DecodeContext) -> Result<Self, WireError> {
        todo!()
    }
}

/// A KEEPALIVE: the 19 octets of a header.
#[must_use]
pub fn keepalive() -> Bytes {
    todo!()
}
