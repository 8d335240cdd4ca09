use std::net::Ipv6Addr;

use bytes::{BufMut, Bytes, BytesMut};

use super::EMPTY;
use super::encode::put_update;
use crate::net::Family;
use crate::wire::attr::multiprotocol;

/// What all UPDATEs that announce routes with one set of attributes have in common. Made once, it turns encoded routes
/// into messages by copying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// `None`: the routes are IPv4, and NEXT_HOP is among the attributes.
    next_hop: Option<Ipv6Addr>,
    attributes: Bytes,
}

/// The fixed fields of MP_REACH_NLRI and MP_UNREACH_NLRI, and their heads with a length of two octets. A few prefixes
/// would do with one; then an octet of the message may stay unused.
const REACH_HEAD: usize = 4 + multiprotocol::REACH_FIXED;
const UNREACH_HEAD: usize = 4 + multiprotocol::UNREACH_FIXED;

impl Template {
    /// For IPv4 routes. `attributes` are whole path attributes with NEXT_HOP, by ascending code.
    #[must_use]
    pub fn ipv4(attributes: &[u8]) -> Self {
        Self {
            next_hop: None,
            attributes: Bytes::copy_from_slice(attributes),
        }
    }

    /// For IPv6 routes, which an MP_REACH_NLRI in front of `attributes` carries. These are without NEXT_HOP.
    #[must_use]
    pub fn ipv6(next_hop: Ipv6Addr, attributes: &[u8]) -> Self {
        Self {
            next_hop: Some(next_hop),
            attributes: Bytes::copy_from_slice(attributes),
        }
    }

    /// What a message of `max_octets` has for routes, in octets.
    #[must_use]
    pub fn room(&self, max_octets: u16) -> usize {
        let reach = if self.next_hop.is_some() {
            REACH_HEAD
        } else {
            0
        };
        usize::from(max_octets).saturating_sub(EMPTY + reach + self.attributes.len())
    }

    /// Appends an UPDATE that announces these routes, which are as [`nlri::put`](crate::wire::nlri::put) writes them,
    /// of the template's family and no more than there is [`room`](Self::room) for.
    pub fn put(&self, out: &mut BytesMut, routes: &[u8]) {
        match self.next_hop {
            None => put_update(out, &[], |out| out.put_slice(&self.attributes), routes),
            Some(next_hop) => {
                let put_attributes = |out: &mut BytesMut| {
                    multiprotocol::put_reach_of(out, next_hop, routes);
                    out.put_slice(&self.attributes);
                };
                put_update(out, &[], put_attributes, &[]);
            }
        }
    }
}

/// What a message of `max_octets` has for withdrawn routes, in octets.
#[must_use]
pub fn withdrawal_room(family: Family, max_octets: u16) -> usize {
    let unreach = match family {
        Family::Ipv4Unicast => 0,
        Family::Ipv6Unicast => UNREACH_HEAD,
    };
    usize::from(max_octets).saturating_sub(EMPTY + unreach)
}

/// Appends an UPDATE that withdraws these routes, which are as [`nlri::put`](crate::wire::nlri::put) writes them, of one
/// family and no more than there is [room](withdrawal_room) for.
pub fn put_withdrawal(out: &mut BytesMut, family: Family, routes: &[u8]) {
    match family {
        Family::Ipv4Unicast => put_update(out, routes, |_| {}, &[]),
        Family::Ipv6Unicast => {
            let put_attributes = |out: &mut BytesMut| {
                multiprotocol::put_unreach_of(out, family, routes);
            };
            put_update(out, &[], put_attributes, &[]);
        }
    }
}
