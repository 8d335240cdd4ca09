use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::num::NonZeroU32;
use std::sync::Arc;

use slab::Slab;

use super::RouteAttributes;
use super::per_family::PerFamily;
use super::route_set::RouteId;
use super::routes::spare;
use crate::net::Family;

/// The number of an attribute set, as long as a claim refers to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SetId(NonZeroU32);

/// Attributes that routes have in common, and these routes: one UPDATE carries one set and as many
/// of its routes as fit.
#[derive(Debug)]
pub(super) struct AttributeSet {
    attributes: Arc<RouteAttributes>,
    /// Never another set's, as its number may be.
    serial: u64,
    fits: bool,
    references: usize,
    routes: PerFamily<Vec<RouteId>>,
}

/// Every attribute set once, counted by those who refer to it.
#[derive(Debug, Default)]
pub(super) struct AttributeSets {
    /// Its order is nobody's business. Hashed without a random key: this crate asks for no randomness, and whoever may
    /// declare routes can do worse than to let some of them share a bucket.
    ids: HashMap<Arc<RouteAttributes>, SetId, BuildHasherDefault<DefaultHasher>>,
    sets: Slab<AttributeSet>,
    serials: u64,
    /// Which was named last: the next route often has the same.
    recent: Option<SetId>,
}

impl SetId {
    /// Memory ends before the 2^32 sets at which this would saturate.
    fn from_index(index: usize) -> Self {
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        Self(NonZeroU32::MIN.saturating_add(number))
    }

    pub(super) fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

impl AttributeSet {
    pub(super) fn attributes(&self) -> &RouteAttributes {
        &self.attributes
    }

    /// Tells a set from an earlier one of the same number.
    pub(super) fn serial(&self) -> u64 {
        self.serial
    }

    /// Whether every peer can be sent it: it leaves room for a route in the smallest message.
    pub(super) fn fits(&self) -> bool {
        self.fits
    }

    /// The routes whose attributes in force these are.
    pub(super) fn routes(&self, family: Family) -> &[RouteId] {
        self.routes.of(family)
    }
}

impl AttributeSets {
    /// The set with these attributes, with one more reference to it.
    pub(super) fn intern(&mut self, attributes: RouteAttributes) -> SetId {
        let recent = self.recent.filter(|id| {
            self.get(*id)
                .is_some_and(|set| *set.attributes == attributes)
        });
        if let Some(id) = recent.or_else(|| self.ids.get(&attributes).copied()) {
            self.recent = Some(id);
            if let Some(set) = self.sets.get_mut(id.index()) {
                set.references += 1;
            }
            return id;
        }
        let attributes = Arc::new(attributes);
        self.serials += 1;
        let index = self.sets.insert(AttributeSet {
            serial: self.serials,
            fits: attributes.fits(),
            attributes: Arc::clone(&attributes),
            references: 1,
            routes: PerFamily::default(),
        });
        let id = SetId::from_index(index);
        self.ids.insert(attributes, id);
        self.recent = Some(id);
        id
    }

    /// Gives one reference back; the last one frees the set.
    pub(super) fn release(&mut self, id: SetId) {
        let Some(set) = self.sets.get_mut(id.index()) else {
            return;
        };
        set.references -= 1;
        if set.references == 0 {
            let set = self.sets.remove(id.index());
            self.ids.remove(&set.attributes);
        }
    }

    pub(super) fn get(&self, id: SetId) -> Option<&AttributeSet> {
        self.sets.get(id.index())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &AttributeSet> {
        self.sets.iter().map(|(_, set)| set)
    }

    /// Puts a route among those of a set. Its position there.
    pub(super) fn enlist(&mut self, id: SetId, family: Family, route: RouteId) -> u32 {
        let Some(set) = self.sets.get_mut(id.index()) else {
            return 0;
        };
        let routes = set.routes.of_mut(family);
        if routes.len() == routes.capacity() {
            routes.reserve_exact(spare(routes.len()));
        }
        routes.push(route);
        u32::try_from(routes.len() - 1).unwrap_or(u32::MAX)
    }

    /// Takes the route at a position out of a set. The route that has this position now, if one
    /// moved there.
    pub(super) fn delist(&mut self, id: SetId, family: Family, position: u32) -> Option<RouteId> {
        let routes = self.sets.get_mut(id.index())?.routes.of_mut(family);
        let position = position as usize;
        if position < routes.len() {
            routes.swap_remove(position);
        }
        routes.get(position).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_med(med: u32) -> RouteAttributes {
        RouteAttributes {
            med: Some(med),
            ..RouteAttributes::default()
        }
    }

    #[test]
    fn equal_attributes_are_one_set() {
        let mut sets = AttributeSets::default();
        assert_eq!(sets.intern(with_med(1)), sets.intern(with_med(1)));
        assert_ne!(sets.intern(with_med(1)), sets.intern(with_med(2)));
        assert_eq!(sets.iter().count(), 2);
    }

    #[test]
    fn a_set_lives_until_its_last_reference_is_given_back() {
        let mut sets = AttributeSets::default();
        let id = sets.intern(with_med(1));
        sets.intern(with_med(1));
        sets.release(id);
        assert_eq!(
            sets.get(id).map(AttributeSet::attributes),
            Some(&with_med(1))
        );
        sets.release(id);
        assert!(sets.get(id).is_none());
        assert_eq!(sets.iter().count(), 0);
    }

    #[test]
    fn a_route_that_leaves_a_set_gives_its_position_to_the_last_one() {
        let mut sets = AttributeSets::default();
        let id = sets.intern(with_med(1));
        let routes = [0, 1, 2].map(RouteId::from_index);
        let family = Family::Ipv4Unicast;
        let positions = routes.map(|route| sets.enlist(id, family, route));
        assert_eq!(sets.delist(id, family, positions[0]), Some(routes[2]));
        assert_eq!(sets.delist(id, family, positions[1]), None);
        assert_eq!(sets.get(id).unwrap().routes(family), [routes[2]]);
    }
}
