//! What every subject is given to do.

use std::net::Ipv4Addr;

/// The same routes, attributes and peers for every subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Work {
    /// Routes, all /32.
    pub(crate) routes: u32,
    /// Peers that join at once. One more, the first, is there before them.
    pub(crate) peers: u32,
    /// Different attribute sets; neighbouring routes have different ones.
    pub(crate) sets: u32,
}

/// A route with its attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The route's only address.
    pub(crate) address: Ipv4Addr,
    /// The community that tells its attribute set from others.
    pub(crate) community: Community,
}

/// Of RFC 1997: an AS and a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Community(pub(crate) u16, pub(crate) u16);

impl Work {
    /// The daemon's AS, and that of all peers.
    pub(crate) const ASN: u16 = 65000;
    pub(crate) const PEER_ASN: u16 = 65001;
    /// The daemon's address, and the network that it and its peers are in.
    pub(crate) const ADDRESS: Ipv4Addr = Ipv4Addr::new(172, 31, 0, 1);
    pub(crate) const NETWORK: &str = "172.31.0.1/16";
    /// The route that is withdrawn and announced again; not one of [`Work::entries`].
    pub(crate) const PROBE: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);
    /// As it is announced.
    pub(crate) const PROBE_ENTRY: Entry = Entry {
        address: Self::PROBE,
        community: Community(65002, 1),
    };
    /// What routes have while churn has changed them.
    pub(crate) const CHURN_COMMUNITY: Community = Community(65002, 2);

    /// All routes.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry> + use<> {
        const FIRST: u32 = Ipv4Addr::new(10, 0, 0, 0).to_bits();
        let sets = self.sets.max(1);
        (0..self.routes).map(move |number| Entry {
            address: Ipv4Addr::from_bits(FIRST + number),
            community: set(number % sets),
        })
    }

    /// The attribute sets, by their communities.
    pub(crate) fn communities(&self) -> impl Iterator<Item = Community> + use<> {
        (0..self.sets).map(set)
    }

    /// Those routes that churn changes, at most a hundred: with its attributes, or their usual ones.
    pub(crate) fn churned(&self, changed: bool) -> impl Iterator<Item = Entry> + use<> {
        const CHURNED: usize = 100;
        self.entries().take(CHURNED).map(move |usual| Entry {
            community: if changed {
                Self::CHURN_COMMUNITY
            } else {
                usual.community
            },
            ..usual
        })
    }

    /// The addresses of all peers: the one that is there first, and those that join.
    pub(crate) fn peer_addresses(&self) -> impl Iterator<Item = Ipv4Addr> + use<> {
        const FIRST: u32 = Ipv4Addr::new(172, 31, 1, 0).to_bits();
        (0..=self.peers).map(|number| Ipv4Addr::from_bits(FIRST + number))
    }
}

/// Sets beyond 65536 are told apart by the AS part.
fn set(number: u32) -> Community {
    let [a, b, c, d] = number.to_be_bytes();
    Community(
        64000 + u16::from_be_bytes([a, b]),
        u16::from_be_bytes([c, d]),
    )
}

impl std::fmt::Display for Community {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn routes_are_all_different_and_sets_as_many_as_asked_for() {
        let work = Work {
            routes: 1000,
            peers: 2,
            sets: 7,
        };
        let addresses: BTreeSet<_> = work.entries().map(|entry| entry.address).collect();
        let sets: BTreeSet<_> = work
            .entries()
            .map(|entry| entry.community.to_string())
            .collect();
        assert_eq!((addresses.len(), sets.len()), (1000, 7));
        assert!(!addresses.contains(&Work::PROBE));
        assert_eq!(work.peer_addresses().count(), 3);
    }
}
