use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use thiserror::Error;

/// A community (RFC 1997).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Community(pub u32);

/// A large community (RFC 8092): global administrator and two local parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LargeCommunity(pub [u32; 3]);

/// Why something is not a community.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParseCommunityError {
    /// Neither `N:N` nor a well-known name.
    #[error("{0:?} is not a community (write it as 64512:100, or a well-known name as no-export)")]
    Community(String),
    /// Not `N:N:N`.
    #[error("{0:?} is not a large community (write it as 64512:1:2)")]
    LargeCommunity(String),
}

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
    /// Sent instead of our own address. Of the route's family.
    pub next_hop: Option<IpAddr>,
}

impl fmt::Display for Community {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}

impl FromStr for Community {
    type Err = ParseCommunityError;

    fn from_str(_text: &str) -> Result<Self, ParseCommunityError> {
        todo!()
    }
}

impl fmt::Display for LargeCommunity {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}

impl FromStr for LargeCommunity {
    type Err = ParseCommunityError;

    fn from_str(_text: &str) -> Result<Self, ParseCommunityError> {
        todo!()
    }
}
