use bytes::{Bytes, BytesMut};

use super::frame::{HEADER_OCTETS, check_header, put_message};
use super::{Notification, Open, ReceivedUpdate, RouteRefresh, WireError};
use crate::iana::MessageType;
use crate::net::FamilySet;

/// What the two OPENs said that changes how later messages read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Reads a frame that [`super::Framer`] cut. The context matters to UPDATEs only.
    ///
    /// # Errors
    /// A fault that ends the session; [`WireError::notification`] is the answer to it.
    pub fn decode(frame: &Bytes, context: &DecodeContext) -> Result<Self, WireError> {
        let (kind, length) = check_header(frame)?;
        let body = frame.get(HEADER_OCTETS..).unwrap_or_default();
        if length != frame.len() {
            return Err(WireError::Frame {
                octets: frame.len(),
            });
        }
        match kind {
            MessageType::Open => Open::decode(body).map(Self::Open),
            MessageType::Update => ReceivedUpdate::decode(frame, context).map(Self::Update),
            MessageType::Notification => Notification::decode(body).map(Self::Notification),
            MessageType::Keepalive => Ok(Self::Keepalive),
            MessageType::RouteRefresh => RouteRefresh::decode(frame).map(Self::RouteRefresh),
            MessageType::Unknown(kind) => Err(WireError::MessageType { kind }),
        }
    }

    /// Which message this is.
    #[must_use]
    pub const fn kind(&self) -> MessageType {
        match self {
            Self::Open(_) => MessageType::Open,
            Self::Update(_) => MessageType::Update,
            Self::Notification(_) => MessageType::Notification,
            Self::Keepalive => MessageType::Keepalive,
            Self::RouteRefresh(_) => MessageType::RouteRefresh,
        }
    }
}

/// A KEEPALIVE: the 19 octets of a header.
#[must_use]
pub fn keepalive() -> Bytes {
    let mut out = BytesMut::with_capacity(HEADER_OCTETS);
    put_message(&mut out, MessageType::Keepalive, |_| {});
    out.freeze()
}
