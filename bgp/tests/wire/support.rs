//! What the tests share: contexts, frames, values.

use bellwether_bgp::net::{Asn, Family, FamilySet, Prefix};
use bellwether_bgp::wire::DecodeContext;
use bytes::{BufMut, Bytes, BytesMut};
use proptest::collection::vec;
use proptest::prelude::*;

/// A session with a peer of another AS that speaks everything.
pub(crate) const EXTERNAL: DecodeContext = DecodeContext {
    four_octet_as: true,
    ebgp: true,
    families: FamilySet::ALL,
};

/// A session with a peer of our AS that speaks everything.
pub(crate) const INTERNAL: DecodeContext = DecodeContext {
    ebgp: false,
    ..EXTERNAL
};

/// A message with this body.
pub(crate) fn message(kind: u8, body: &[u8]) -> Bytes {
    let mut out = BytesMut::new();
    out.put_bytes(0xff, 16);
    out.put_u16(u16::try_from(19 + body.len()).unwrap());
    out.put_u8(kind);
    out.put_slice(body);
    out.freeze()
}

/// An UPDATE of these three fields.
pub(crate) fn update(withdrawn: &[u8], attributes: &[u8], nlri: &[u8]) -> Bytes {
    let mut body = BytesMut::new();
    body.put_u16(u16::try_from(withdrawn.len()).unwrap());
    body.put_slice(withdrawn);
    body.put_u16(u16::try_from(attributes.len()).unwrap());
    body.put_slice(attributes);
    body.put_slice(nlri);
    message(2, &body)
}

/// Octets from hexadecimal digits; spaces do not matter.
pub(crate) fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits
        .chars()
        .filter(|digit| !digit.is_whitespace())
        .map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap())
        .collect();
    let (pairs, []) = digits.as_chunks::<2>() else {
        panic!("half an octet")
    };
    pairs.iter().map(|[high, low]| high * 16 + low).collect()
}

/// Any prefix of a family.
pub(crate) fn prefix(family: Family) -> impl Strategy<Value = Prefix> {
    let longest: u8 = match family {
        Family::Ipv4Unicast => 32,
        Family::Ipv6Unicast => 128,
    };
    let address = match family {
        Family::Ipv4Unicast => any::<std::net::Ipv4Addr>().prop_map_into().boxed(),
        Family::Ipv6Unicast => any::<std::net::Ipv6Addr>().prop_map_into().boxed(),
    };
    (address, 0..=longest).prop_map(|(address, length)| Prefix::masked(address, length).unwrap())
}

/// 1 to `most` prefixes of a family.
pub(crate) fn prefixes(family: Family, most: usize) -> impl Strategy<Value = Vec<Prefix>> {
    vec(prefix(family), 1..=most)
}

/// Any AS.
pub(crate) fn asn() -> impl Strategy<Value = Asn> {
    prop_oneof![1..=65535_u32, 1..=u32::MAX].prop_map(|number| Asn::new(number).unwrap())
}

/// Any session.
pub(crate) fn context() -> impl Strategy<Value = DecodeContext> {
    let families = prop_oneof![
        Just(FamilySet::ALL),
        Just(FamilySet::EMPTY),
        Just(FamilySet::from_iter([Family::Ipv4Unicast])),
        Just(FamilySet::from_iter([Family::Ipv6Unicast])),
    ];
    (any::<bool>(), any::<bool>(), families).prop_map(|(four_octet_as, ebgp, families)| {
        DecodeContext {
            four_octet_as,
            ebgp,
            families,
        }
    })
}
