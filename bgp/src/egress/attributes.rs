use std::collections::BTreeSet;
use std::net::IpAddr;

use super::{Community, LargeCommunity, templates};

/// What an owner says of a route. Equal values are one attribute set.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteAttributes {
    /// COMMUNITIES.
    pub communities: BTreeSet<Community>,
    /// LARGE_COMMUNITIES.
    pub large_communities: BTreeSet<LargeCommunity>,
    /// LOCAL_PREF for iBGP peers; `None`: 100.
    pub local_pref: Option<u32>,
    /// MULTI_EXIT_DISC; `None`: not sent.
    pub med: Option<u32>,
    /// How many times the local AS is put before the usual one in AS_PATH on eBGP.
    pub prepend: u8,
    /// Sent instead of our own address. Of the route's family: a route with another one is not
    /// advertised.
    pub next_hop: Option<IpAddr>,
}

impl RouteAttributes {
    /// Whether an UPDATE of 4096 octets, the longest that every peer takes (RFC 4271 section 4),
    /// holds them beside a route, whatever its family and whatever the session. That is so with up
    /// to 900 communities and no prepending, for instance.
    ///
    /// A route whose attributes do not fit is not advertised, so whoever takes routes from people
    /// refuses it before.
    #[must_use]
    pub fn fits(&self) -> bool {
        templates::fits_every_message(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_communities(count: u32) -> RouteAttributes {
        RouteAttributes {
            communities: (0..count).map(Community).collect(),
            ..RouteAttributes::default()
        }
    }

    #[test]
    fn attributes_fit_up_to_what_the_smallest_message_holds() {
        // 4096 less 23 of the message, 42 of MP_REACH_NLRI with one /128, 4 ORIGIN, 7 AS_PATH, 9
        // AS4_PATH, 4 before the communities.
        let most = (4096 - 23 - 42 - 4 - 7 - 9 - 4) / 4;
        assert!(with_communities(most).fits());
        assert!(!with_communities(most + 1).fits());
    }

    #[test]
    fn prepending_takes_room_from_communities() {
        let prepended = |prepend| RouteAttributes {
            prepend,
            ..with_communities(900)
        };
        assert!(prepended(16).fits());
        assert!(!prepended(255).fits());
    }
}
