//! ATOMIC_AGGREGATE (RFC 4271 section 5.1.6), AGGREGATOR (section 5.1.7) and AS4_AGGREGATOR (RFC
//! 6793).

use std::net::Ipv4Addr;

use super::{Attribute, Defect, one};
use crate::net::Asn;
use crate::wire::{DecodeContext, parse};

/// Who made an aggregate of more specific routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aggregator {
    /// Its AS.
    pub asn: Asn,
    /// Its BGP identifier.
    pub router_id: Ipv4Addr,
}

pub(super) fn read_atomic<'a>(_: &'a [u8], _: &DecodeContext) -> Result<Attribute<'a>, Defect> {
    Ok(Attribute::AtomicAggregate)
}

pub(super) fn read<'a>(value: &'a [u8], context: &DecodeContext) -> Result<Attribute<'a>, Defect> {
    aggregator(value, context.four_octet_as).map(Attribute::Aggregator)
}

pub(super) fn read_as4<'a>(value: &'a [u8], _: &DecodeContext) -> Result<Attribute<'a>, Defect> {
    aggregator(value, true).map(Attribute::As4Aggregator)
}

/// AS 0 "MUST be considered as malformed" (RFC 7607 section 2).
fn aggregator(value: &[u8], four_octet_as: bool) -> Result<Aggregator, Defect> {
    let (asn, bits) = one(
        if four_octet_as {
            parse::two_numbers
        } else {
            parse::short_and_number
        },
        value,
    )?;
    let asn = Asn::new(asn).map_err(|_| Defect::ZeroAggregatorAs)?;
    Ok(Aggregator {
        asn,
        router_id: Ipv4Addr::from_bits(bits),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iana::AttributeCode;
    use crate::wire::attr::Action;
    use crate::wire::attr::tests::{action, attribute, internal, only};

    #[test]
    fn an_aggregator_is_an_as_and_an_address() {
        let expected = Aggregator {
            asn: Asn::new(65000).unwrap(),
            router_id: Ipv4Addr::new(10, 0, 0, 1),
        };
        let octets = attribute(
            0xc0,
            AttributeCode::Aggregator,
            &[0, 0, 0xfd, 0xe8, 10, 0, 0, 1],
        );
        assert_eq!(only(&octets, &internal()), Attribute::Aggregator(expected));
        let octets = attribute(0xc0, AttributeCode::Aggregator, &[0xfd, 0xe8, 10, 0, 0, 1]);
        let old = DecodeContext {
            four_octet_as: false,
            ..internal()
        };
        assert_eq!(only(&octets, &old), Attribute::Aggregator(expected));
    }

    #[test]
    fn as_0_as_the_aggregator_is_discarded() {
        let octets = attribute(0xc0, AttributeCode::Aggregator, &[0, 0, 0, 0, 10, 0, 0, 1]);
        assert_eq!(action(&octets, &internal()), Some(Action::AttributeDiscard));
    }
}
