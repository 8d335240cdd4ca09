//! What a peer is sent of a route, in values: for people who ask, not for the wire.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::export::NextHop;
use super::pack::{DEFAULT_LOCAL_PREF, fits_every_message};
use super::{Community, Export, LargeCommunity, RouteAttributes};
use crate::net::{Asn, Family};

/// The attributes of a route as a peer is sent them. ORIGIN is always IGP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// AS_PATH, one AS_SEQUENCE; empty on iBGP.
    pub as_path: Vec<Asn>,
    /// NEXT_HOP, or the one of MP_REACH_NLRI.
    pub next_hop: IpAddr,
    /// MULTI_EXIT_DISC.
    pub med: Option<u32>,
    /// LOCAL_PREF; `None` on eBGP.
    pub local_pref: Option<u32>,
    /// COMMUNITIES.
    pub communities: BTreeSet<Community>,
    /// LARGE_COMMUNITIES.
    pub large_communities: BTreeSet<LargeCommunity>,
}

/// Why a route is not advertised to a peer that is joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// The session has not negotiated the family.
    Family,
    /// The attributes leave no room for a route in the smallest message.
    TooLarge,
    /// We have no address for the family, and the route names none.
    NoNextHop,
    /// The next hop that the route names is of the other family.
    NextHopFamily,
}

impl Export {
    /// What a peer with this export is sent of a route.
    ///
    /// # Errors
    /// Nothing: the first reason, in the order of [`NotSent`].
    pub fn sent(&self, family: Family, attributes: &RouteAttributes) -> Result<Sent, NotSent> {
        if !self.families.contains(family) {
            return Err(NotSent::Family);
        }
        if !fits_every_message(attributes) {
            return Err(NotSent::TooLarge);
        }
        let next_hop = match self.next_hop(family, attributes) {
            Some(NextHop::Ipv4(address)) => IpAddr::V4(address),
            Some(NextHop::Ipv6(address)) => IpAddr::V6(address),
            None if attributes.next_hop.is_some() => return Err(NotSent::NextHopFamily),
            None => return Err(NotSent::NoNextHop),
        };
        let RouteAttributes {
            communities,
            large_communities,
            local_pref,
            med,
            prepend,
            next_hop: _,
        } = self.in_force(attributes).into_owned();
        Ok(Sent {
            as_path: self.as_path(prepend),
            next_hop,
            med,
            local_pref: (!self.ebgp).then(|| local_pref.unwrap_or(DEFAULT_LOCAL_PREF)),
            communities,
            large_communities,
        })
    }
}
