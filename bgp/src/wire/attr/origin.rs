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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::attr::Action;
    use crate::wire::attr::tests::{action, attribute, encoded, internal, only};

    #[test]
    fn an_origin_comes_back() {
        for (origin, value) in [(Origin::Igp, 0), (Origin::Egp, 1), (Origin::Incomplete, 2)] {
            let octets = encoded(|out| put(out, origin));
            assert_eq!(octets, [0x40, 1, 1, value]);
            assert_eq!(only(&octets, &internal()), Attribute::Origin(origin));
        }
    }

    #[test]
    fn a_value_without_a_meaning_is_treated_as_withdrawal() {
        for value in [3, 4, 255] {
            let octets = attribute(0x40, AttributeCode::Origin, &[value]);
            assert_eq!(action(&octets, &internal()), Some(Action::TreatAsWithdraw));
        }
    }
}
