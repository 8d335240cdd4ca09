use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::RouteAttributes;
use super::sets::AttributeSet;
use crate::net::{Asn, Family, FamilySet};

/// Everything that changes the octets a peer is sent: peers with equal values form one update
/// group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Export {
    /// Our AS on this session.
    pub local_asn: Asn,
    /// The peer is in another AS: AS_PATH gets ours, and LOCAL_PREF is not sent.
    pub ebgp: bool,
    /// AS_PATH with four octets an AS.
    pub four_octet_as: bool,
    /// Negotiated families.
    pub families: FamilySet,
    /// Our own address for IPv4 routes; `None`: those without a next hop of their own are not
    /// advertised.
    pub next_hop_ipv4: Option<Ipv4Addr>,
    /// Our own address for IPv6 routes, likewise.
    pub next_hop_ipv6: Option<Ipv6Addr>,
    /// The longest message the peer takes, in octets: 4096 (65535 with RFC 8654). Less counts as
    /// 4096.
    pub max_message_octets: u16,
    /// All routes are to be the last resort for this peer, prepended so many times more: see
    /// [`RouteAttributes::depreferred`]. `None`: they are sent as they are.
    pub depreferred: Option<u8>,
}

impl Export {
    /// Whether routes of this family and set are advertised.
    ///
    /// NO_EXPORT, NO_ADVERTISE and NO_EXPORT_SUBCONFED do not count: RFC 1997 speaks of "all routes
    /// received carrying a communities attribute containing this value". They say what the router
    /// behind the session may do with the route. Of ours, which nobody sent us, none would get
    /// anywhere if we obeyed them, so they are sent as any other community.
    pub(super) fn lets_through(&self, family: Family, set: &AttributeSet) -> bool {
        self.families.contains(family)
            && set.fits()
            && self.next_hop(family, set.attributes()).is_some()
    }

    /// What a route's attributes are for this peer.
    pub(super) fn in_force<'a>(&self, attributes: &'a RouteAttributes) -> Cow<'a, RouteAttributes> {
        match self.depreferred {
            Some(prepend) => Cow::Owned(attributes.depreferred(prepend)),
            None => Cow::Borrowed(attributes),
        }
    }

    /// The next hop of routes of this family and attributes.
    pub(super) fn next_hop(&self, family: Family, attributes: &RouteAttributes) -> Option<NextHop> {
        match (family, attributes.next_hop) {
            (Family::Ipv4Unicast, None) => self.next_hop_ipv4.map(NextHop::Ipv4),
            (Family::Ipv6Unicast, None) => self.next_hop_ipv6.map(NextHop::Ipv6),
            (Family::Ipv4Unicast, Some(IpAddr::V4(address))) => Some(NextHop::Ipv4(address)),
            (Family::Ipv6Unicast, Some(IpAddr::V6(address))) => Some(NextHop::Ipv6(address)),
            (Family::Ipv4Unicast, Some(IpAddr::V6(_)))
            | (Family::Ipv6Unicast, Some(IpAddr::V4(_))) => None,
        }
    }

    /// AS_PATH of a route that is prepended this many times: ours on eBGP, nothing on iBGP (RFC
    /// 4271 section 5.1.2).
    pub(super) fn as_path(&self, prepend: u8) -> Vec<Asn> {
        let times = if self.ebgp {
            1 + usize::from(prepend)
        } else {
            0
        };
        vec![self.local_asn; times]
    }
}

/// A next hop of a route's own family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NextHop {
    /// In NEXT_HOP.
    Ipv4(Ipv4Addr),
    /// In MP_REACH_NLRI.
    Ipv6(Ipv6Addr),
}
