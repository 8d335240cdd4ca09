//! COMMUNITIES (RFC 1997), EXTENDED COMMUNITIES (RFC 4360), their IPv6 kin (RFC 5701), and LARGE_COMMUNITY (RFC 8092).

use bytes::{BufMut, BytesMut};

use super::{Class, put_head};
use crate::iana::AttributeCode;
use crate::wire::parse;

/// Appends COMMUNITIES; nothing if there is none.
pub fn put(out: &mut BytesMut, communities: impl ExactSizeIterator<Item = u32>) {
    if communities.len() == 0 {
        return;
    }
    let octets = communities.len() * 4;
    put_head(
        out,
        Class::OptionalTransitive,
        AttributeCode::Communities,
        octets,
    );
    communities.for_each(|community| out.put_u32(community));
}

/// Appends LARGE_COMMUNITY; nothing if there is none.
pub fn put_large(out: &mut BytesMut, communities: impl ExactSizeIterator<Item = [u32; 3]>) {
    if communities.len() == 0 {
        return;
    }
    let octets = communities.len() * 12;
    put_head(
        out,
        Class::OptionalTransitive,
        AttributeCode::LargeCommunities,
        octets,
    );
    communities.flatten().for_each(|part| out.put_u32(part));
}

/// The value of COMMUNITIES.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Communities<'a>(pub(super) &'a [u8]);

impl<'a> Communities<'a> {
    /// In the order sent.
    pub fn iter(self) -> impl Iterator<Item = u32> + 'a {
        parse::each(parse::number, self.0)
            .flatten()
            .map(|(_, community)| community)
    }
}

/// The value of LARGE_COMMUNITY.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LargeCommunities<'a>(pub(super) &'a [u8]);

impl<'a> LargeCommunities<'a> {
    /// In the order sent: global administrator and two local parts.
    pub fn iter(self) -> impl Iterator<Item = [u32; 3]> + 'a {
        parse::each(parse::three_numbers, self.0)
            .flatten()
            .map(|(_, community)| community)
    }
}
