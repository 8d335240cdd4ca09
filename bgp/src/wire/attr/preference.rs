//! MULTI_EXIT_DISC (RFC 4271 section 5.1.4) and LOCAL_PREF (section 5.1.5).

use bytes::{BufMut, BytesMut};

use super::{Class, put_head};
use crate::iana::AttributeCode;

/// Appends MULTI_EXIT_DISC.
pub fn put_med(out: &mut BytesMut, med: u32) {
    put_head(
        out,
        Class::OptionalNonTransitive,
        AttributeCode::MultiExitDisc,
        4,
    );
    out.put_u32(med);
}

/// Appends LOCAL_PREF, which "MUST NOT" be sent to external peers (RFC 4271 section 5.1.5).
pub fn put_local_pref(out: &mut BytesMut, local_pref: u32) {
    put_head(out, Class::WellKnown, AttributeCode::LocalPref, 4);
    out.put_u32(local_pref);
}
