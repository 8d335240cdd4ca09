use std::collections::BTreeSet;
use std::net::IpAddr;
use std::str::FromStr;

use bellwether_bgp::egress::{Community, LargeCommunity, RouteAttributes};
use bellwether_bgp::net::Family;

use super::{Problems, unicast};

/// How often the local AS may be repeated.
const MAX_PREPEND: i64 = 16;

/// How many octets the communities of a route may take, so that with the other attributes and a prefix it fits into a
/// message of 4096.
const MAX_COMMUNITY_OCTETS: usize = 3072;

/// The attributes of a route as somebody wrote them: nothing is checked yet, and `None` leaves one out.
///
/// The configuration file and the API both arrive here, so that a rule is stated once.
#[derive(Clone, Debug, Default)]
pub(crate) struct AttributesSpec {
    pub(crate) communities: Vec<String>,
    pub(crate) large_communities: Vec<String>,
    pub(crate) local_pref: Option<i64>,
    pub(crate) med: Option<i64>,
    pub(crate) prepend: i64,
    pub(crate) next_hop: Option<String>,
}

/// What the writer of a route calls its attributes.
#[derive(Debug)]
pub(crate) struct RouteKeys {
    pub(crate) communities: &'static str,
    pub(crate) large_communities: &'static str,
    pub(crate) local_pref: &'static str,
    pub(crate) med: &'static str,
    pub(crate) prepend: &'static str,
    pub(crate) next_hop: &'static str,
}

impl AttributesSpec {
    /// The attributes, or `None` and everything that is wrong with them noted under `path`. Without a family the next
    /// hop is only checked to be an address.
    pub(crate) fn check(
        self,
        family: Option<Family>,
        keys: &RouteKeys,
        path: &str,
        problems: &mut Problems,
    ) -> Option<RouteAttributes> {
        let Self {
            communities,
            large_communities,
            local_pref,
            med,
            prepend,
            next_hop,
        } = self;
        let key = |field: &str| format!("{path}.{field}");
        let octets = communities.len() * 4 + large_communities.len() * 12;
        if octets > MAX_COMMUNITY_OCTETS {
            let what = format!(
                "communities of {octets} octets do not fit: at most {MAX_COMMUNITY_OCTETS}"
            );
            problems.add(path, what);
            return None;
        }
        let communities = list::<Community>(&communities, &key(keys.communities), problems);
        let large_communities =
            list::<LargeCommunity>(&large_communities, &key(keys.large_communities), problems);
        let local_pref = problems.check(&key(keys.local_pref), four_octets(local_pref));
        let med = problems.check(&key(keys.med), four_octets(med));
        let prepend = problems.check(&key(keys.prepend), prepend_of(prepend));
        let next_hop = problems.check(&key(keys.next_hop), next_hop_of(next_hop, family));
        Some(RouteAttributes {
            communities: communities?,
            large_communities: large_communities?,
            local_pref: local_pref?,
            med: med?,
            prepend: prepend?,
            next_hop: next_hop?,
        })
    }
}

fn list<T: FromStr<Err: std::fmt::Display> + Ord>(
    texts: &[String],
    path: &str,
    problems: &mut Problems,
) -> Option<BTreeSet<T>> {
    let indexed = texts.iter().enumerate();
    let values: Vec<Option<T>> = indexed
        .map(|(index, text)| problems.check(&format!("{path}[{index}]"), text.parse::<T>()))
        .collect();
    values.into_iter().collect()
}

fn four_octets(value: Option<i64>) -> Result<Option<u32>, String> {
    let Some(value) = value else {
        return Ok(None);
    };
    u32::try_from(value)
        .map(Some)
        .map_err(|_| format!("{value} is not in 0 to {}", u32::MAX))
}

fn prepend_of(prepend: i64) -> Result<u8, String> {
    match u8::try_from(prepend) {
        Ok(value) if prepend <= MAX_PREPEND => Ok(value),
        _ => Err(format!("{prepend} is not in 0 to {MAX_PREPEND}")),
    }
}

fn next_hop_of(next_hop: Option<String>, family: Option<Family>) -> Result<Option<IpAddr>, String> {
    let Some(text) = next_hop else {
        return Ok(None);
    };
    let address: IpAddr = unicast(&text, "IP")?;
    let own = match address {
        IpAddr::V4(_) => Family::Ipv4Unicast,
        IpAddr::V6(_) => Family::Ipv6Unicast,
    };
    match family {
        Some(family) if family != own => Err(format!("{address} is not a next hop of {family}")),
        _ => Ok(Some(address)),
    }
}
