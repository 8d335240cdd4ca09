//! MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760), with the next hops of RFC 2545.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bytes::{BufMut, BytesMut};

use super::{Class, Defect, put_head};
use crate::iana::AttributeCode;
use crate::net::{Family, FamilySet, Prefix};
use crate::wire::nlri::{self, Nlri};
use crate::wire::parse;

/// The octets in front of the prefixes in an MP_REACH_NLRI with one IPv6 next hop: AFI, SAFI, length, next hop, reserved.
pub(crate) const REACH_FIXED: usize = 2 + 1 + 1 + 16 + 1;

/// The octets in front of the prefixes in an MP_UNREACH_NLRI: AFI, SAFI.
pub(crate) const UNREACH_FIXED: usize = 2 + 1;

/// Appends MP_REACH_NLRI for IPv6 unicast. It goes before all other attributes (RFC 7606 section 5.1).
pub fn put_reach(out: &mut BytesMut, next_hop: Ipv6Addr, prefixes: &[Prefix]) {
    let octets = REACH_FIXED + octets(prefixes);
    put_head(
        out,
        Class::OptionalNonTransitive,
        AttributeCode::MpReachNlri,
        octets,
    );
    put_family(out, Family::Ipv6Unicast);
    out.put_u8(16);
    out.put_slice(&next_hop.octets());
    out.put_u8(0);
    prefixes.iter().for_each(|prefix| nlri::put(out, *prefix));
}

/// Appends MP_UNREACH_NLRI. Without prefixes, and alone in its UPDATE, it is End-of-RIB (RFC 4724 section 2).
pub fn put_unreach(out: &mut BytesMut, family: Family, prefixes: &[Prefix]) {
    let octets = UNREACH_FIXED + octets(prefixes);
    put_head(
        out,
        Class::OptionalNonTransitive,
        AttributeCode::MpUnreachNlri,
        octets,
    );
    put_family(out, family);
    prefixes.iter().for_each(|prefix| nlri::put(out, *prefix));
}

fn octets(prefixes: &[Prefix]) -> usize {
    prefixes
        .iter()
        .map(|prefix| nlri::encoded_len(*prefix))
        .sum()
}

fn put_family(out: &mut BytesMut, family: Family) {
    out.put_u16(family.afi());
    out.put_u8(family.safi());
}

/// The value of MP_REACH_NLRI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MpReach<'a> {
    /// Announced prefixes.
    Announced {
        /// Where to.
        next_hop: MpNextHop,
        /// Of a negotiated family.
        nlri: Nlri<'a>,
    },
    /// A family that was not negotiated.
    Ignored,
}

/// The next hop of an MP_REACH_NLRI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MpNextHop {
    /// The address.
    pub address: IpAddr,
    /// The link-local address beside a global one, where both are on one link (RFC 2545 section 3).
    pub link_local: Option<Ipv6Addr>,
}

/// The value of MP_UNREACH_NLRI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MpUnreach<'a> {
    /// Withdrawn prefixes of a negotiated family.
    Withdrawn(Nlri<'a>),
    /// A family that was not negotiated.
    Ignored,
}

pub(super) fn decode_reach(value: &[u8], families: FamilySet) -> Result<MpReach<'_>, Defect> {
    let reach = parse::exactly(parse::mp_reach, value).map_err(|fault| Defect::MpCut {
        offset: fault.offset,
    })?;
    let Some(family) = negotiated(reach.afi, reach.safi, families) else {
        return Ok(MpReach::Ignored);
    };
    let next_hop = next_hop(family, reach.next_hop)?;
    let nlri = Nlri::new(family, reach.nlri).map_err(Defect::Nlri)?;
    Ok(MpReach::Announced { next_hop, nlri })
}

pub(super) fn decode_unreach(value: &[u8], families: FamilySet) -> Result<MpUnreach<'_>, Defect> {
    let (afi, safi, prefixes) =
        parse::exactly(parse::mp_unreach, value).map_err(|fault| Defect::MpCut {
            offset: fault.offset,
        })?;
    match negotiated(afi, safi, families) {
        Some(family) => Nlri::new(family, prefixes)
            .map(MpUnreach::Withdrawn)
            .map_err(Defect::Nlri),
        None => Ok(MpUnreach::Ignored),
    }
}

fn negotiated(afi: u16, safi: u8, families: FamilySet) -> Option<Family> {
    Family::from_identifiers(afi, safi).filter(|family| families.contains(*family))
}

/// "The length ... shall be set to 16, when only a global address is present, or 32 if a link-local address is also
/// included" (RFC 2545 section 3).
fn next_hop(family: Family, octets: &[u8]) -> Result<MpNextHop, Defect> {
    let wrong = Defect::MpNextHop {
        family,
        octets: octets.len(),
    };
    let (address, link_local): (IpAddr, _) = match (family, octets.len()) {
        (Family::Ipv4Unicast, 4) => {
            let bits = parse::exactly(parse::number, octets).map_err(|_| wrong)?;
            (Ipv4Addr::from_bits(bits).into(), None)
        }
        (Family::Ipv6Unicast, 16) => {
            let bits = parse::exactly(parse::long_number, octets).map_err(|_| wrong)?;
            (Ipv6Addr::from_bits(bits).into(), None)
        }
        (Family::Ipv6Unicast, 32) => {
            let (global, local) =
                parse::exactly(parse::two_long_numbers, octets).map_err(|_| wrong)?;
            (
                Ipv6Addr::from_bits(global).into(),
                Some(Ipv6Addr::from_bits(local)),
            )
        }
        _ => return Err(wrong),
    };
    Ok(MpNextHop {
        address,
        link_local,
    })
}
