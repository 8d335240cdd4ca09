//! BGPAdvertisement.

use std::collections::BTreeSet;
use std::fmt;

use kube::core::Selector;

use super::{Problem, selector};
use crate::crd;
use crate::validate::Pool;

/// A community that is stated more often than this is a mistake.
const MAX_COMMUNITIES: usize = 63;

/// Octets that the communities of a route may take, so that with all else it fits a message of 4096
/// (RFC 4271 section 4); the speaker takes no more.
pub const MAX_COMMUNITY_OCTETS: usize = 3072;

/// Which pools are announced from which nodes, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Advertisement {
    /// The object's name.
    pub name: String,
    /// Pools by name.
    pools: BTreeSet<String>,
    /// Pools by label.
    pool_selectors: Vec<Selector>,
    /// The nodes that announce.
    pub nodes: Vec<Selector>,
    /// What the routes say.
    pub attributes: Attributes,
}

/// What a route says of itself, as far as advertisements state it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// COMMUNITIES and LARGE_COMMUNITIES.
    pub communities: BTreeSet<Community>,
    /// LOCAL_PREF; `None`: none stated.
    pub local_pref: Option<u32>,
}

/// A community, in the form that the speaker takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Community {
    /// RFC 1997: `64512:100`, or a well-known name.
    Standard(String),
    /// RFC 8092: `64512:1:2`.
    Large(String),
}

impl Attributes {
    /// What the communities take in a message: 4 octets (RFC 1997) or 12 (RFC 8092) each.
    pub fn community_octets(&self) -> usize {
        let octets = |community: &Community| match community {
            Community::Standard(_) => 4,
            Community::Large(_) => 12,
        };
        self.communities.iter().map(octets).sum()
    }
}

impl Advertisement {
    /// Whether it speaks for the pool's addresses.
    pub fn selects_pool(&self, pool: &Pool) -> bool {
        let all = self.pools.is_empty() && self.pool_selectors.is_empty();
        let by_label = || {
            !self.pool_selectors.is_empty() && selector::selects(&self.pool_selectors, &pool.labels)
        };
        all || self.pools.contains(&pool.name) || by_label()
    }
}

pub(super) fn parse(name: &str, it: &crd::BGPAdvertisement) -> Result<Advertisement, Problem> {
    let crd::BGPAdvertisementSpec {
        ip_address_pools,
        ip_address_pool_selectors,
        node_selectors,
        peers,
        communities,
        local_pref,
        aggregation_length,
        aggregation_length_v6,
    } = &it.spec;
    if !peers.is_empty() {
        let reason = "not supported yet: a route is announced to every peer of the node";
        return Err(Problem::new("spec.peers", peers.join(", "), reason));
    }
    aggregation("spec.aggregationLength", *aggregation_length, 32)?;
    aggregation("spec.aggregationLengthV6", *aggregation_length_v6, 128)?;
    Ok(Advertisement {
        name: name.to_owned(),
        pools: ip_address_pools.iter().cloned().collect(),
        pool_selectors: selector::parse("spec.ipAddressPoolSelectors", ip_address_pool_selectors)?,
        nodes: selector::parse("spec.nodeSelectors", node_selectors)?,
        attributes: Attributes {
            communities: parse_communities(communities)?,
            local_pref: local_pref.filter(|pref| *pref != 0),
        },
    })
}

fn aggregation(field: &str, length: Option<u8>, host: u8) -> Result<(), Problem> {
    match length {
        Some(length) if length != host => {
            let reason = format!("not supported yet: routes are announced as /{host}");
            Err(Problem::new(field, length, reason))
        }
        _ => Ok(()),
    }
}

fn parse_communities(texts: &[String]) -> Result<BTreeSet<Community>, Problem> {
    if texts.len() > MAX_COMMUNITIES {
        let reason = format!("at most {MAX_COMMUNITIES}");
        return Err(Problem::new(
            "spec.communities",
            format!("{} of them", texts.len()),
            reason,
        ));
    }
    let parse = |(index, text): (usize, &String)| {
        Community::parse(text).ok_or_else(|| {
            let reason =
                "expected `64512:100`, `large:64512:1:2` or a well-known name as `no-export`";
            Problem::new(format!("spec.communities[{index}]"), text, reason)
        })
    };
    texts.iter().enumerate().map(parse).collect()
}

impl Community {
    /// The names that the speaker knows.
    const WELL_KNOWN: [&'static str; 9] = [
        "no-export",
        "no-advertise",
        "no-export-subconfed",
        "no-peer",
        "blackhole",
        "graceful-shutdown",
        "accept-own",
        "llgr-stale",
        "no-llgr",
    ];

    fn parse(text: &str) -> Option<Community> {
        if Self::WELL_KNOWN.contains(&text) {
            return Some(Community::Standard(text.to_owned()));
        }
        if let Some(large) = text.strip_prefix("large:") {
            return canonical::<u32>(large, 3).map(Community::Large);
        }
        canonical::<u16>(text, 2).map(Community::Standard)
    }
}

/// The numbers between colons, without leading zeros: so two spellings of one community are one.
fn canonical<N: std::str::FromStr + fmt::Display>(text: &str, parts: usize) -> Option<String> {
    let numbers: Option<Vec<N>> = text.split(':').map(|part| part.parse().ok()).collect();
    let numbers = numbers.filter(|numbers| numbers.len() == parts)?;
    Some(
        numbers
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(":"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn communities_are_standard_large_or_well_known() {
        let standard = |text: &str| Some(Community::Standard(text.to_owned()));
        for (text, community) in [
            ("64512:100", standard("64512:100")),
            ("064512:0", standard("64512:0")),
            ("no-export", standard("no-export")),
            (
                "large:64512:1:4294967295",
                Some(Community::Large("64512:1:4294967295".to_owned())),
            ),
            ("65536:1", None),
            ("64512", None),
            ("64512:1:2", None),
            ("large:1:2", None),
            ("no-exports", None),
        ] {
            assert_eq!(Community::parse(text), community, "{text}");
        }
    }
}
