//! AGGREGATOR (RFC 4271 section 5.1.7) and AS4_AGGREGATOR (RFC 6793).

use std::net::Ipv4Addr;

use super::Defect;
use crate::net::Asn;
use crate::wire::parse;

/// Who made an aggregate of more specific routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aggregator {
    /// Its AS.
    pub asn: Asn,
    /// Its BGP identifier.
    pub router_id: Ipv4Addr,
}

/// Reads an AS, and a BGP identifier. AS 0 "MUST be considered as malformed" (RFC 7607 section 2).
pub(super) fn decode(value: &[u8], four_octet_as: bool) -> Result<Aggregator, Defect> {
    let shape = if four_octet_as {
        parse::two_numbers
    } else {
        parse::short_and_number
    };
    let (asn, router_id) = parse::exactly(shape, value).map_err(|_| Defect::Length {
        octets: value.len(),
    })?;
    let asn = Asn::new(asn).map_err(|_| Defect::ZeroAggregatorAs)?;
    Ok(Aggregator {
        asn,
        router_id: Ipv4Addr::from_bits(router_id),
    })
}
