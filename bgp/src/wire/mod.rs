//! Messages as they are on the wire (RFC 4271 section 4, and the RFCs named in each file).
//!
//! Received octets go the way [`Framer`], [`Message::decode`]; what is wrong with them is a
//! [`WireError`], which knows the NOTIFICATION that answers it, or, where RFC 7606 lets the session
//! go on, a [`Treatment`].

pub mod attr;
mod capability;
mod error;
mod frame;
mod message;
pub mod nlri;
mod notification;
mod open;
mod parameters;
mod parse;
mod refresh;
pub mod update;

pub use capability::Capability;
pub use error::WireError;
pub use frame::{Framer, HEADER_OCTETS, MAX_MESSAGE_OCTETS};
pub use message::{DecodeContext, Message, keepalive};
pub use notification::Notification;
pub use open::Open;
pub use refresh::{RefreshSubtype, RouteRefresh};
pub use update::{ReceivedRoutes, ReceivedUpdate, Treatment};

use bytes::BytesMut;
use error::Octets;

/// Writes a number over the two octets at `at`, which a length was left out of until it was known.
fn patch_u16(out: &mut BytesMut, at: usize, value: u16) {
    if let Some(octets) = out.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
        *octets = value.to_be_bytes();
    }
}
