//! MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760), with the next hops of RFC 2545.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bytes::{BufMut, BytesMut};

use super::{Attribute, Class, Defect, put_head};
use crate::iana::AttributeCode;
use crate::net::{Family, Prefix};
use crate::wire::nlri::{self, Nlri};
use crate::wire::{DecodeContext, parse};

/// The octets in front of the prefixes in an MP_REACH_NLRI with one IPv6 next hop: AFI, SAFI,
/// length, next hop, reserved.
pub(crate) const REACH_FIXED: usize = 2 + 1 + 1 + 16 + 1;

/// The octets in front of the prefixes in an MP_UNREACH_NLRI: AFI, SAFI.
pub(crate) const UNREACH_FIXED: usize = 2 + 1;

/// Appends MP_REACH_NLRI for IPv6 unicast. It goes before all other attributes (RFC 7606 section
/// 5.1).
pub fn put_reach(out: &mut BytesMut, next_hop: Ipv6Addr, prefixes: &[Prefix]) {
    put_reach_of(out, next_hop, &encoded(prefixes));
}

/// As [`put_reach`], of prefixes that are encoded already.
pub(crate) fn put_reach_of(out: &mut BytesMut, next_hop: Ipv6Addr, prefixes: &[u8]) {
    let octets = REACH_FIXED + prefixes.len();
    put_head(out, Class::Optional, AttributeCode::MpReachNlri, octets);
    put_family(out, Family::Ipv6Unicast);
    out.put_u8(16);
    out.put_slice(&next_hop.octets());
    out.put_u8(0);
    out.put_slice(prefixes);
}

/// Appends MP_UNREACH_NLRI. Without prefixes, and alone in its UPDATE, it is End-of-RIB (RFC 4724
/// section 2).
pub fn put_unreach(out: &mut BytesMut, family: Family, prefixes: &[Prefix]) {
    put_unreach_of(out, family, &encoded(prefixes));
}

/// As [`put_unreach`], of prefixes that are encoded already.
pub(crate) fn put_unreach_of(out: &mut BytesMut, family: Family, prefixes: &[u8]) {
    let octets = UNREACH_FIXED + prefixes.len();
    put_head(out, Class::Optional, AttributeCode::MpUnreachNlri, octets);
    put_family(out, family);
    out.put_slice(prefixes);
}

fn encoded(prefixes: &[Prefix]) -> BytesMut {
    let mut out = BytesMut::new();
    prefixes
        .iter()
        .for_each(|prefix| nlri::put(&mut out, *prefix));
    out
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

pub(super) fn read_reach<'a>(
    value: &'a [u8],
    context: &DecodeContext,
) -> Result<Attribute<'a>, Defect> {
    let reach = parse::exactly(parse::mp_reach, value).map_err(cut)?;
    let Some(family) = negotiated(reach.afi, reach.safi, context) else {
        return Ok(Attribute::MpReach(MpReach::Ignored));
    };
    let next_hop = next_hop(family, reach.next_hop)?;
    let nlri = Nlri::new(family, reach.nlri).map_err(Defect::Nlri)?;
    Ok(Attribute::MpReach(MpReach::Announced { next_hop, nlri }))
}

pub(super) fn read_unreach<'a>(
    value: &'a [u8],
    context: &DecodeContext,
) -> Result<Attribute<'a>, Defect> {
    let (afi, safi, prefixes) = parse::exactly(parse::mp_unreach, value).map_err(cut)?;
    let Some(family) = negotiated(afi, safi, context) else {
        return Ok(Attribute::MpUnreach(MpUnreach::Ignored));
    };
    let nlri = Nlri::new(family, prefixes).map_err(Defect::Nlri)?;
    Ok(Attribute::MpUnreach(MpUnreach::Withdrawn(nlri)))
}

const fn cut(fault: parse::Fault) -> Defect {
    Defect::MpCut {
        offset: fault.offset,
    }
}

fn negotiated(afi: u16, safi: u8, context: &DecodeContext) -> Option<Family> {
    Family::from_identifiers(afi, safi).filter(|family| context.families.contains(*family))
}

/// "The length ... shall be set to 16, when only a global address is present, or 32 if a link-local
/// address is also included" (RFC 2545 section 3).
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::attr::tests::{action, attribute, encoded, internal, only};
    use crate::wire::attr::{Action, Scan};

    #[test]
    fn announced_routes_follow_their_next_hop() {
        let next_hop = "2001:db8::1".parse().unwrap();
        let octets = encoded(|out| put_reach(out, next_hop, &["2001:db8::/32".parse().unwrap()]));
        let head = &[0x80, 14, 26, 0, 2, 1, 16][..];
        let tail = &[0, 32, 0x20, 1, 0x0d, 0xb8];
        assert_eq!(octets, [head, &next_hop.octets(), tail].concat());
    }

    #[test]
    fn withdrawn_routes_follow_their_family() {
        let octets =
            encoded(|out| put_unreach(out, Family::Ipv6Unicast, &["::/0".parse().unwrap()]));
        assert_eq!(octets, [0x80, 15, 4, 0, 2, 1, 0]);
    }

    #[test]
    fn a_next_hop_may_have_a_link_local_address_beside_it() {
        let value = [&[0, 2, 1, 32][..], &[0x20; 16], &[0xfe; 16], &[0, 0]].concat();
        let octets = attribute(0x80, AttributeCode::MpReachNlri, &value);
        let Attribute::MpReach(MpReach::Announced { next_hop, .. }) = only(&octets, &internal())
        else {
            unreachable!()
        };
        assert_eq!(next_hop.address, IpAddr::from([0x20; 16]));
        assert_eq!(next_hop.link_local, Some([0xfe; 16].into()));
    }

    #[test]
    fn the_value_of_a_family_that_was_not_negotiated_is_not_looked_at() {
        let l2vpn = [0, 25, 70, 4, 10, 0, 0, 1, 0, 0xff, 0xff];
        let octets = attribute(0x80, AttributeCode::MpReachNlri, &l2vpn);
        assert_eq!(
            only(&octets, &internal()),
            Attribute::MpReach(MpReach::Ignored)
        );
    }

    #[test]
    fn wrong_flags_of_mp_reach_leave_its_routes_known() {
        let value = [&[0, 2, 1, 16][..], &[0x20; 16], &[0, 0]].concat();
        let octets = attribute(0xc0, AttributeCode::MpReachNlri, &value);
        let scan = Scan::new(&octets, 23, &internal()).unwrap();
        assert_eq!(scan.action(), Some(Action::TreatAsWithdraw));
        assert_eq!(scan.announced().unwrap().iter().count(), 1);
    }

    #[test]
    fn wrong_flags_of_mp_reach_end_the_session_if_its_routes_cannot_be_read() {
        let octets = attribute(0xc0, AttributeCode::MpReachNlri, &[0, 2, 1, 16]);
        assert_eq!(action(&octets, &internal()), Some(Action::SessionReset));
    }

    #[test]
    fn a_multiprotocol_attribute_that_cannot_be_read_ends_the_session() {
        let ipv6 = |next_hop: usize, behind: &[u8]| {
            let length = u8::try_from(next_hop).unwrap();
            [&[0, 2, 1, length][..], &vec![0x20; next_hop], behind].concat()
        };
        for (what, code, value) in [
            ("empty", AttributeCode::MpReachNlri, vec![]),
            (
                "fixed fields cut",
                AttributeCode::MpReachNlri,
                vec![0, 2, 1],
            ),
            (
                "next hop overrun",
                AttributeCode::MpReachNlri,
                vec![0, 2, 1, 64, 0],
            ),
            ("next hop of 9", AttributeCode::MpReachNlri, ipv6(9, &[0])),
            (
                "next hop of 4 for IPv6",
                AttributeCode::MpReachNlri,
                ipv6(4, &[0]),
            ),
            (
                "reserved octet missing",
                AttributeCode::MpReachNlri,
                ipv6(16, &[]),
            ),
            (
                "prefix of 129",
                AttributeCode::MpReachNlri,
                ipv6(16, &[&[0, 129][..], &[0; 17]].concat()),
            ),
            (
                "prefix cut",
                AttributeCode::MpReachNlri,
                ipv6(16, &[0, 64, 1]),
            ),
            ("empty", AttributeCode::MpUnreachNlri, vec![]),
            ("fixed fields cut", AttributeCode::MpUnreachNlri, vec![0, 2]),
            (
                "prefix cut",
                AttributeCode::MpUnreachNlri,
                vec![0, 2, 1, 64, 1],
            ),
        ] {
            let octets = attribute(0x80, code, &value);
            assert_eq!(
                action(&octets, &internal()),
                Some(Action::SessionReset),
                "{code}: {what}"
            );
        }
    }
}
