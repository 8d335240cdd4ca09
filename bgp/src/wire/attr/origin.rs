//! ORIGIN (RFC 4271 section 5.1.1).

use bytes::{BufMut, BytesMut};

use super::{Attribute, Class, Defect, one, put_head};
use crate::iana::AttributeCode;
use crate::wire::{DecodeContext, parse};

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

pub(super) fn read<'a>(value: &'a [u8], _: &DecodeContext) -> Result<Attribute<'a>, Defect> {
    let origin = match one(parse::octet, value)? {
        0 => Origin::Igp,
        1 => Origin::Egp,
        2 => Origin::Incomplete,
        value => return Err(Defect::Origin { value }),
    };
    Ok(Attribute::Origin(origin))
}
