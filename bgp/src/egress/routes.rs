//! The routes by number and by prefix.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use slab::Slab;

use super::Version;
use super::claims::Claim;
use super::index::Index;
use super::route_set::RouteId;
use super::sets::SetId;
use crate::net::{Family, Prefix};
use crate::time::Instant;

/// Every route that has a number. An IPv4 route takes 32 octets here, and 12 to 18 in the index.
#[derive(Debug, Default)]
pub(super) struct Routes {
    rows: Slab<Route>,
    /// The addresses of IPv6 routes.
    ipv6: Slab<Ipv6Addr>,
    index: Index,
}

#[derive(Debug)]
pub(super) struct Route {
    /// When its attributes in force last changed.
    pub(super) version: Version,
    /// The first owner's, which is in force; `None`: nobody wants it.
    pub(super) claim: Option<Claim>,
    /// Where the set in force lists it.
    pub(super) position: u32,
    /// Since when it is wanted, in whole seconds.
    since: u32,
    /// The address of an IPv4 route, the place of an IPv6 one's.
    address: u32,
    length: u8,
    family: Family,
}

impl Route {
    pub(super) fn set(&self) -> Option<SetId> {
        self.claim.map(|claim| claim.set)
    }

    pub(super) fn family(&self) -> Family {
        self.family
    }

    pub(super) fn since(&self) -> Instant {
        Instant::from_origin(Duration::from_secs(self.since.into()))
    }

    /// It is wanted from now on.
    pub(super) fn begin(&mut self, now: Instant) {
        self.since = u32::try_from(now.since_origin().as_secs()).unwrap_or(u32::MAX);
    }
}

impl Routes {
    pub(super) fn get(&self, id: RouteId) -> Option<&Route> {
        self.rows.get(id.index())
    }

    pub(super) fn get_mut(&mut self, id: RouteId) -> Option<&mut Route> {
        self.rows.get_mut(id.index())
    }

    pub(super) fn prefix(&self, id: RouteId) -> Option<Prefix> {
        let route = self.get(id)?;
        let address: IpAddr = match route.family {
            Family::Ipv4Unicast => Ipv4Addr::from_bits(route.address).into(),
            Family::Ipv6Unicast => (*self.ipv6.get(route.address as usize)?).into(),
        };
        Prefix::masked(address, route.length).ok()
    }

    pub(super) fn find(&self, prefix: Prefix) -> Option<RouteId> {
        self.index.find(prefix)
    }

    /// The number of a prefix, and whether it had none before. A new one is wanted by nobody yet.
    pub(super) fn enter(&mut self, prefix: Prefix) -> (RouteId, bool) {
        let Self { rows, ipv6, index } = self;
        if rows.len() == rows.capacity() {
            rows.reserve_exact(spare(rows.len()));
        }
        let mut is_new = false;
        let id = index.enter(prefix, || {
            is_new = true;
            let address = match prefix.address() {
                IpAddr::V4(address) => address.to_bits(),
                // Memory ends before the 2^32 routes at which this would saturate.
                IpAddr::V6(address) => u32::try_from(ipv6.insert(address)).unwrap_or(u32::MAX),
            };
            RouteId::from_index(rows.insert(Route {
                version: Version::default(),
                claim: None,
                position: 0,
                since: 0,
                address,
                length: prefix.length(),
                family: prefix.family(),
            }))
        });
        (id, is_new)
    }

    /// Frees a number.
    pub(super) fn remove(&mut self, id: RouteId) {
        if let Some(prefix) = self.prefix(id) {
            self.index.remove(prefix);
        }
        let removed = self.rows.try_remove(id.index());
        if let Some(route) = removed.filter(|route| route.family == Family::Ipv6Unicast) {
            self.ipv6.try_remove(route.address as usize);
        }
    }

    /// The numbers behind this prefix (all: `None`), in the order of prefixes.
    pub(super) fn behind(&self, after: Option<Prefix>) -> impl Iterator<Item = RouteId> {
        self.index.behind(after)
    }
}

/// How much more room to make for so many: an eighth. What is usual, as much again, would be most of a table's memory.
pub(super) fn spare(len: usize) -> usize {
    len / 8 + 4
}
