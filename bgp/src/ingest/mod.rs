//! What a peer announces to us: counted, bounded, and never advertised to anybody.
//!
//! By default routes are only counted, as their number is all that an operator of a load balancer wants to know of
//! them: a full Internet table of a careless router costs a few milliseconds and no memory. Then a route that is
//! announced anew without having been withdrawn counts twice (an implicit withdrawal, RFC 4271 section 3.1), and one
//! that is withdrawn without having been announced is taken off. Who has to know exactly lets prefixes be remembered,
//! up to a bound.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::net::{Family, Prefix};
use crate::wire::ReceivedUpdate;

/// What may be received of a peer, and how it is counted. By default without limits, by counting alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Intake {
    /// The most IPv4 routes; beyond, the session ends with Cease/Maximum Number of Prefixes Reached (RFC 4486 section
    /// 4). `None`: any number.
    pub max_ipv4_routes: Option<u32>,
    /// The most IPv6 routes, likewise.
    pub max_ipv6_routes: Option<u32>,
    /// How many prefixes are remembered, of all families together, so that each counts once. Some 30 octets each. When
    /// there are more, all are forgotten, and the session goes on by counting alone.
    pub remembered_prefixes: usize,
}

impl Intake {
    /// The most routes of a family.
    #[must_use]
    pub const fn limit(&self, family: Family) -> Option<u32> {
        match family {
            Family::Ipv4Unicast => self.max_ipv4_routes,
            Family::Ipv6Unicast => self.max_ipv6_routes,
        }
    }
}

/// More routes than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excess {
    /// Of this family.
    pub family: Family,
    /// So many there are.
    pub routes: u64,
    /// So many are allowed.
    pub limit: u32,
}

/// The routes of one peer, from the beginning of its session on.
#[derive(Clone, Debug)]
pub struct Ingest {
    intake: Intake,
    ipv4_routes: u64,
    ipv6_routes: u64,
    /// `None`: not asked for, or too many.
    present: Option<BTreeSet<Prefix>>,
}

impl Ingest {
    /// Of a peer that has announced nothing yet.
    #[must_use]
    pub fn new(intake: Intake) -> Self {
        Self {
            intake,
            ipv4_routes: 0,
            ipv6_routes: 0,
            present: (intake.remembered_prefixes > 0).then(BTreeSet::new),
        }
    }

    /// Takes in what an UPDATE says.
    ///
    /// # Errors
    /// Now there are more routes than allowed. They are counted all the same.
    pub fn take(&mut self, update: &ReceivedUpdate) -> Result<(), Excess> {
        match self.present.take() {
            Some(present) => self.remember(present, update),
            None => self.count(update),
        }
        for family in Family::ALL {
            let routes = self.routes(family);
            if let Some(limit) = self.intake.limit(family)
                && routes > limit.into()
            {
                return Err(Excess {
                    family,
                    routes,
                    limit,
                });
            }
        }
        Ok(())
    }

    /// How many routes of a family there are.
    #[must_use]
    pub const fn routes(&self, family: Family) -> u64 {
        match family {
            Family::Ipv4Unicast => self.ipv4_routes,
            Family::Ipv6Unicast => self.ipv6_routes,
        }
    }

    /// Whether each route counts once: prefixes are remembered, and there were never too many.
    #[must_use]
    pub const fn is_exact(&self) -> bool {
        self.present.is_some()
    }

    fn routes_mut(&mut self, family: Family) -> &mut u64 {
        match family {
            Family::Ipv4Unicast => &mut self.ipv4_routes,
            Family::Ipv6Unicast => &mut self.ipv6_routes,
        }
    }

    fn count(&mut self, update: &ReceivedUpdate) {
        for family in Family::ALL {
            let routes = self.routes_mut(family);
            *routes = routes
                .saturating_sub(update.withdrawn.of(family) as u64)
                .saturating_add(update.announced.of(family) as u64);
        }
    }

    /// Takes prefixes out of those that are present, then puts others in.
    fn remember(&mut self, mut present: BTreeSet<Prefix>, update: &ReceivedUpdate) {
        for prefix in update.withdrawn.iter() {
            if present.remove(&prefix) {
                *self.routes_mut(prefix.family()) -= 1;
            }
        }
        for prefix in update.announced.iter() {
            if present.insert(prefix) {
                *self.routes_mut(prefix.family()) += 1;
            }
        }
        // What is beyond the bound until here are the prefixes of one message.
        self.present = (present.len() <= self.intake.remembered_prefixes).then_some(present);
    }
}
