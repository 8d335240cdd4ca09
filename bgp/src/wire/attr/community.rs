//! COMMUNITIES (RFC 1997), EXTENDED COMMUNITIES (RFC 4360), their IPv6 kin (RFC 5701), and
//! LARGE_COMMUNITY (RFC 8092).

use bytes::{BufMut, BytesMut};

use super::{Attribute, Class, Defect, put_head};
use crate::iana::AttributeCode;
use crate::wire::{DecodeContext, parse};

/// Appends COMMUNITIES; nothing if there is none.
pub fn put(out: &mut BytesMut, communities: impl ExactSizeIterator<Item = u32>) {
    if communities.len() == 0 {
        return;
    }
    let octets = communities.len() * 4;
    put_head(out, Class::Transitive, AttributeCode::Communities, octets);
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
        Class::Transitive,
        AttributeCode::LargeCommunities,
        octets,
    );
    communities.flatten().for_each(|part| out.put_u32(part));
}

/// The value of COMMUNITIES.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Communities<'a>(&'a [u8]);

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
pub struct LargeCommunities<'a>(&'a [u8]);

impl<'a> LargeCommunities<'a> {
    /// In the order sent: global administrator and two local parts.
    pub fn iter(self) -> impl Iterator<Item = [u32; 3]> + 'a {
        parse::each(parse::three_numbers, self.0)
            .flatten()
            .map(|(_, community)| community)
    }
}

/// The value of EXTENDED COMMUNITIES: 8 octets each. "... unknown type or sub-type" is not an error
/// (RFC 7606 section 7.14), so there is nothing in it to get wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtendedCommunities<'a>(
    /// As received.
    pub &'a [u8],
);

/// The value of the IPv6 Address Specific Extended Community attribute: 20 octets each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv6ExtendedCommunities<'a>(
    /// As received.
    pub &'a [u8],
);

pub(super) fn read<'a>(value: &'a [u8], _: &DecodeContext) -> Result<Attribute<'a>, Defect> {
    Ok(Attribute::Communities(Communities(value)))
}

pub(super) fn read_large<'a>(value: &'a [u8], _: &DecodeContext) -> Result<Attribute<'a>, Defect> {
    Ok(Attribute::LargeCommunities(LargeCommunities(value)))
}

pub(super) fn read_extended<'a>(
    value: &'a [u8],
    _: &DecodeContext,
) -> Result<Attribute<'a>, Defect> {
    Ok(Attribute::ExtendedCommunities(ExtendedCommunities(value)))
}

pub(super) fn read_ipv6<'a>(value: &'a [u8], _: &DecodeContext) -> Result<Attribute<'a>, Defect> {
    Ok(Attribute::Ipv6ExtendedCommunities(Ipv6ExtendedCommunities(
        value,
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::attr::tests::encoded;

    #[test]
    fn communities_are_written_in_the_order_given() {
        let octets = encoded(|out| put(out, [0xfde8_0001, 0xffff_ff01].into_iter()));
        assert_eq!(octets, [0xc0, 8, 8, 0xfd, 0xe8, 0, 1, 0xff, 0xff, 0xff, 1]);
        let octets = encoded(|out| put_large(out, [[65000, 1, 2]].into_iter()));
        assert_eq!(
            octets,
            [0xc0, 32, 12, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 0, 0, 0, 2]
        );
    }

    #[test]
    fn no_community_is_no_attribute() {
        assert!(encoded(|out| put(out, [].into_iter())).is_empty());
        assert!(encoded(|out| put_large(out, [].into_iter())).is_empty());
    }
}
