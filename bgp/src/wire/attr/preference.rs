//! MULTI_EXIT_DISC (RFC 4271 section 5.1.4) and LOCAL_PREF (section 5.1.5).

use bytes::{BufMut, BytesMut};

use super::{Attribute, Class, Defect, one, put_head};
use crate::iana::AttributeCode;
use crate::wire::{DecodeContext, parse};

/// Appends MULTI_EXIT_DISC.
pub fn put_med(out: &mut BytesMut, med: u32) {
    put_head(out, Class::Optional, AttributeCode::MultiExitDisc, 4);
    out.put_u32(med);
}

/// Appends LOCAL_PREF, which "MUST NOT" be sent to external peers (RFC 4271 section 5.1.5).
pub fn put_local_pref(out: &mut BytesMut, local_pref: u32) {
    put_head(out, Class::WellKnown, AttributeCode::LocalPref, 4);
    out.put_u32(local_pref);
}

pub(super) fn read_med<'a>(value: &'a [u8], _: &DecodeContext) -> Result<Attribute<'a>, Defect> {
    one(parse::number, value).map(Attribute::MultiExitDisc)
}

pub(super) fn read_local_pref<'a>(
    value: &'a [u8],
    _: &DecodeContext,
) -> Result<Attribute<'a>, Defect> {
    one(parse::number, value).map(Attribute::LocalPref)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::attr::tests::{encoded, internal, only};

    #[test]
    fn a_discriminator_comes_back() {
        let octets = encoded(|out| put_med(out, 10));
        assert_eq!(octets, [0x80, 4, 4, 0, 0, 0, 10]);
        assert_eq!(only(&octets, &internal()), Attribute::MultiExitDisc(10));
    }

    #[test]
    fn a_preference_comes_back() {
        let octets = encoded(|out| put_local_pref(out, 100));
        assert_eq!(octets, [0x40, 5, 4, 0, 0, 0, 100]);
        assert_eq!(only(&octets, &internal()), Attribute::LocalPref(100));
    }
}
