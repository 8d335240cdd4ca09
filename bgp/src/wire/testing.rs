//! Values for property tests.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::collection::vec;
use proptest::prelude::*;

use crate::net::{Asn, Family, Prefix};

/// Any prefix of a family.
pub(crate) fn prefix(family: Family) -> impl Strategy<Value = Prefix> {
    let (longest, address): (u8, BoxedStrategy<IpAddr>) = match family {
        Family::Ipv4Unicast => (32, any::<Ipv4Addr>().prop_map_into().boxed()),
        Family::Ipv6Unicast => (128, any::<Ipv6Addr>().prop_map_into().boxed()),
    };
    (address, 0..=longest).prop_map(|(address, length)| Prefix::masked(address, length).unwrap())
}

/// Up to 20 prefixes of a family.
pub(crate) fn prefixes(family: Family) -> BoxedStrategy<Vec<Prefix>> {
    vec(prefix(family), 0..20).boxed()
}

/// An AS of either size.
pub(crate) fn asn() -> impl Strategy<Value = Asn> {
    prop_oneof![1..=65535_u32, 1..=u32::MAX].prop_map(|number| Asn::new(number).unwrap())
}
