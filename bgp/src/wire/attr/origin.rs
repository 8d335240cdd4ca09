//! ORIGIN (RFC 4271 section 5.1.1).

use bytes::{BufMut, BytesMut};

use super::{Class, Defect, put_head};
use crate::iana::AttributeCode;

/// How a route came into BGP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From within its AS.
    Igp,
    /// By EGP.
    Egp,
    /// In another way.
    Incomplete,
}

/// Appends ORIGIN.
pub fn put(out: &mut BytesMut, origin: Origin) {
    put_head(out, Class::WellKnown, AttributeCode::Origin, 1);
    out.put_u8(origin as u8);
}

pub(super) fn decode(value: u8) -> Result<Origin, Defect> {
    match value {
        0 => Ok(Origin::Igp),
        1 => Ok(Origin::Egp),
        2 => Ok(Origin::Incomplete),
        value => Err(Defect::Origin { value }),
    }
}
