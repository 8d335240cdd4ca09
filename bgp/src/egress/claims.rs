use std::collections::BTreeMap;

use super::route_set::RouteId;
use super::sets::SetId;

/// The number of an owner, as long as it wants a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OwnerId(u32);

/// That an owner wants a route, and with which attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) owner: OwnerId,
    pub(super) set: SetId,
}

/// Who wants which routes besides their first owners, in the order of their names. The first one's claim is with the
/// route and decides. Nearly always it is the only one, so that all others together take little memory.
#[derive(Debug, Default)]
pub(super) struct Claims {
    others: BTreeMap<RouteId, Vec<Claim>>,
}

impl OwnerId {
    /// Memory ends before the 2^32 owners at which this would saturate.
    pub(super) fn from_index(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

impl Claims {
    /// All claims behind the first one.
    pub(super) fn others(&self, id: RouteId) -> &[Claim] {
        self.others.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Puts a claim on a route behind those whose owners are `before` its own. The set that its owner named until now.
    pub(super) fn put(
        &mut self,
        id: RouteId,
        first: &mut Option<Claim>,
        claim: Claim,
        before: impl Fn(OwnerId) -> bool,
    ) -> Option<SetId> {
        let Some(leader) = first else {
            *first = Some(claim);
            return None;
        };
        if leader.owner == claim.owner {
            return Some(std::mem::replace(leader, claim).set);
        }
        let others = self.others.entry(id).or_default();
        let same = |other: &&mut Claim| other.owner == claim.owner;
        if let Some(other) = others.iter_mut().find(same) {
            return Some(std::mem::replace(other, claim).set);
        }
        if before(leader.owner) {
            let place = others.partition_point(|other| before(other.owner));
            others.insert(place, claim);
        } else {
            others.insert(0, std::mem::replace(leader, claim));
        }
        None
    }

    /// Takes the owner's claim out. The set that it named.
    pub(super) fn take(
        &mut self,
        id: RouteId,
        first: &mut Option<Claim>,
        owner: OwnerId,
    ) -> Option<SetId> {
        let is_first = first.is_some_and(|first| first.owner == owner);
        let Some(others) = self.others.get_mut(&id) else {
            return first.take_if(|_| is_first).map(|claim| claim.set);
        };
        let taken = if is_first {
            // Those that have an entry have somebody in it.
            first.replace(others.remove(0))
        } else {
            let place = others.iter().position(|other| other.owner == owner);
            place.map(|place| others.remove(place))
        };
        if others.is_empty() {
            self.others.remove(&id);
        }
        taken.map(|claim| claim.set)
    }
}
