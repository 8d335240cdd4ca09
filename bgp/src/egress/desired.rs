//! What owners want, brought together.
//!
//! A route is there while an owner wants it, and the owner with the smallest name decides its
//! attributes. A route that nobody wants any more keeps its number until [`Desired::forget`],
//! because what peers were sent is kept by number.

use std::collections::BTreeMap;
use std::sync::Arc;

use slab::Slab;

use super::claims::{Claim, Claims, OwnerId};
use super::per_family::PerFamily;
use super::route_set::{RouteId, RouteSet};
use super::routes::{Route, Routes};
use super::sets::{AttributeSet, AttributeSets, SetId};
use super::{Changes, DesiredRoute, Export, RouteAttributes, Version};
use crate::net::{Family, Prefix};
use crate::time::Instant;

/// The desired routes of all owners as one table.
#[derive(Debug, Default)]
pub(super) struct Desired {
    version: Version,
    now: Instant,
    routes: Routes,
    claims: Claims,
    unwanted: RouteSet,
    wanted: PerFamily<usize>,
    owners: Slab<Owner>,
    owner_ids: BTreeMap<Arc<str>, OwnerId>,
    sets: AttributeSets,
}

#[derive(Debug)]
struct Owner {
    name: Arc<str>,
    routes: RouteSet,
}

/// What a call changed.
#[derive(Debug, Default)]
pub(super) struct Applied {
    pub(super) changes: Changes,
    /// Routes that came, that went, or whose attributes in force are others now.
    pub(super) affected: Vec<RouteId>,
}

impl Desired {
    pub(super) fn replace(
        &mut self,
        owner: &str,
        routes: Vec<(Prefix, RouteAttributes)>,
    ) -> Applied {
        let owner = self.enter(owner);
        let mut applied = Applied::default();
        let named = self.upsert(owner, routes, &mut applied);
        let gone: Vec<RouteId> = self
            .routes_of(owner)
            .filter(|id| !named.contains(*id))
            .collect();
        for id in gone {
            self.disclaim(owner, id, &mut applied);
        }
        self.close(owner, applied)
    }

    pub(super) fn patch(
        &mut self,
        owner: &str,
        upsert: Vec<(Prefix, RouteAttributes)>,
        withdraw: &[Prefix],
    ) -> Applied {
        let owner = self.enter(owner);
        let mut applied = Applied::default();
        let named = self.upsert(owner, upsert, &mut applied);
        let gone = withdraw.iter().filter_map(|prefix| self.id(*prefix));
        let gone: Vec<RouteId> = gone.filter(|id| !named.contains(*id)).collect();
        for id in gone {
            self.disclaim(owner, id, &mut applied);
        }
        self.close(owner, applied)
    }

    /// What time it is for the changes that follow.
    pub(super) fn advance(&mut self, now: Instant) {
        self.now = now;
    }

    pub(super) fn version(&self) -> Version {
        self.version
    }

    pub(super) fn len(&self, family: Family) -> usize {
        *self.wanted.of(family)
    }

    pub(super) fn owner_wants(&self, owner: &str, prefix: Prefix) -> bool {
        self.owner(owner)
            .zip(self.id(prefix))
            .is_some_and(|(owner, id)| owner.routes.contains(id))
    }

    pub(super) fn owner_routes(&self, owner: &str) -> usize {
        self.owner(owner).map_or(0, |owner| owner.routes.len())
    }

    pub(super) fn route(&self, id: RouteId) -> Option<&Route> {
        self.routes.get(id)
    }

    pub(super) fn prefix(&self, id: RouteId) -> Option<Prefix> {
        self.routes.prefix(id)
    }

    pub(super) fn id(&self, prefix: Prefix) -> Option<RouteId> {
        self.routes.find(prefix)
    }

    pub(super) fn set(&self, id: SetId) -> Option<&AttributeSet> {
        self.sets.get(id)
    }

    /// Whether a route is to be advertised to peers with this export. One that nobody wants is not.
    pub(super) fn exports(&self, id: RouteId, export: &Export) -> bool {
        self.route(id).is_some_and(|route| {
            let set = route.set().and_then(|set| self.sets.get(set));
            set.is_some_and(|set| export.lets_through(route.family(), set))
        })
    }

    /// All routes of a family to be advertised to peers with this export.
    pub(super) fn exported(
        &self,
        family: Family,
        export: &Export,
    ) -> impl Iterator<Item = RouteId> {
        self.sets
            .iter()
            .filter(move |set| export.lets_through(family, set))
            .flat_map(move |set| set.routes(family).iter().copied())
    }

    /// These routes, so that those that can share a message are side by side.
    pub(super) fn packing_order(&self, ids: &RouteSet) -> Vec<RouteId> {
        let total: usize = Family::ALL.map(|family| self.len(family)).iter().sum();
        // Walking the sets reads each of their routes, sorting touches each of `ids` some log2(n)
        // times.
        if ids.len() > total / 8 {
            let lists = Family::ALL
                .into_iter()
                .flat_map(|family| self.sets.iter().flat_map(move |set| set.routes(family)));
            return lists.copied().filter(|id| ids.contains(*id)).collect();
        }
        let set = |id: &RouteId| self.route(*id).map(|route| (route.family(), route.set()));
        let mut order: Vec<RouteId> = ids.iter().collect();
        order.sort_by_cached_key(set);
        order
    }

    pub(super) fn view(&self, prefix: Prefix) -> Option<DesiredRoute<'_>> {
        self.id(prefix).and_then(|id| self.view_of(id))
    }

    pub(super) fn views(&self, after: Option<Prefix>) -> impl Iterator<Item = DesiredRoute<'_>> {
        let behind = self.routes.behind(after);
        behind.filter_map(|id| self.view_of(id))
    }

    pub(super) fn unwanted(&self) -> &RouteSet {
        &self.unwanted
    }

    /// Frees the numbers of routes that nobody wants, but for those that are still referred to.
    pub(super) fn forget(&mut self, referred: &RouteSet) {
        let all = std::mem::take(&mut self.unwanted);
        let (kept, free): (Vec<RouteId>, Vec<RouteId>) =
            all.iter().partition(|id| referred.contains(*id));
        self.unwanted.extend(kept);
        free.into_iter().for_each(|id| self.routes.remove(id));
    }

    fn view_of(&self, id: RouteId) -> Option<DesiredRoute<'_>> {
        let route = self.route(id)?;
        let first = route.claim?;
        let attributes = self.sets.get(first.set)?.attributes();
        let owners = std::iter::once(&first).chain(self.claims.others(id));
        let owners = owners.filter_map(|claim| self.owners.get(claim.owner.index()));
        Some(DesiredRoute {
            prefix: self.prefix(id)?,
            attributes,
            owners: owners.map(|owner| &*owner.name).collect(),
            version: route.version,
            since: route.since(),
        })
    }

    fn owner(&self, name: &str) -> Option<&Owner> {
        let id = self.owner_ids.get(name)?;
        self.owners.get(id.index())
    }

    fn routes_of(&self, owner: OwnerId) -> impl Iterator<Item = RouteId> {
        let owner = self.owners.get(owner.index());
        owner.into_iter().flat_map(|owner| owner.routes.iter())
    }

    /// The owner of that name, known from now on if it was not.
    fn enter(&mut self, name: &str) -> OwnerId {
        if let Some(id) = self.owner_ids.get(name) {
            return *id;
        }
        let name: Arc<str> = name.into();
        let id = OwnerId::from_index(self.owners.insert(Owner {
            name: Arc::clone(&name),
            routes: RouteSet::default(),
        }));
        self.owner_ids.insert(name, id);
        id
    }

    /// The end of a call: the version it made, and an owner without routes is not known any more.
    fn close(&mut self, owner: OwnerId, applied: Applied) -> Applied {
        if !applied.changes.is_none() {
            self.version = self.next_version();
        }
        let empty = |owner: &Owner| owner.routes.is_empty();
        if self.owners.get(owner.index()).is_some_and(empty) {
            let owner = self.owners.remove(owner.index());
            self.owner_ids.remove(&owner.name);
        }
        applied
    }

    fn next_version(&self) -> Version {
        Version(self.version.0 + 1)
    }

    /// Puts routes into the owner's set. Which ones those were.
    fn upsert(
        &mut self,
        owner: OwnerId,
        routes: Vec<(Prefix, RouteAttributes)>,
        applied: &mut Applied,
    ) -> RouteSet {
        // Forwards, because the index fills best with prefixes in their order.
        let ids: Vec<RouteId> = routes
            .iter()
            .map(|(prefix, _)| self.enter_route(*prefix))
            .collect();
        let mut named = RouteSet::default();
        // From the back, because of a prefix named twice the last one counts.
        for (id, (_, attributes)) in ids.into_iter().zip(routes).rev() {
            if named.insert(id) {
                self.claim(owner, id, attributes, applied);
            }
        }
        named
    }

    /// The number of a prefix, unwanted yet if it had none.
    fn enter_route(&mut self, prefix: Prefix) -> RouteId {
        let (id, is_new) = self.routes.enter(prefix);
        if is_new {
            self.unwanted.insert(id);
        }
        id
    }

    fn claim(
        &mut self,
        owner: OwnerId,
        id: RouteId,
        attributes: RouteAttributes,
        applied: &mut Applied,
    ) {
        let set = self.sets.intern(attributes);
        let Some(route) = self.routes.get_mut(id) else {
            return self.sets.release(set);
        };
        let name = |id: OwnerId| self.owners.get(id.index()).map(|owner| &owner.name);
        let before = route.set();
        let claim = Claim { owner, set };
        let precedes = |other| name(other) < name(owner);
        let old = self.claims.put(id, &mut route.claim, claim, precedes);
        let count = match old {
            None => &mut applied.changes.added,
            Some(old) if old == set => &mut applied.changes.unchanged,
            Some(_) => &mut applied.changes.changed,
        };
        *count += 1;
        if let Some(owner) = self.owners.get_mut(owner.index()) {
            owner.routes.insert(id);
        }
        self.settle(id, before, old, applied);
    }

    fn disclaim(&mut self, owner: OwnerId, id: RouteId, applied: &mut Applied) {
        let Some(route) = self.routes.get_mut(id) else {
            return;
        };
        let before = route.set();
        let Some(old) = self.claims.take(id, &mut route.claim, owner) else {
            return;
        };
        applied.changes.removed += 1;
        if let Some(owner) = self.owners.get_mut(owner.index()) {
            owner.routes.remove(id);
        }
        self.settle(id, before, Some(old), applied);
    }

    /// What follows from a change of a route's claims: `before` was in force, and one reference to
    /// `old` is not needed any more.
    fn settle(
        &mut self,
        id: RouteId,
        before: Option<SetId>,
        old: Option<SetId>,
        applied: &mut Applied,
    ) {
        let after = self.route(id).and_then(Route::set);
        if before != after {
            self.relist(id, before, after);
            applied.affected.push(id);
        }
        // Only now: the number of a freed set could otherwise have been given to another one before
        // it was compared.
        if let Some(old) = old {
            self.sets.release(old);
        }
    }

    fn relist(&mut self, id: RouteId, before: Option<SetId>, after: Option<SetId>) {
        let version = self.next_version();
        let Some(route) = self.routes.get_mut(id) else {
            return;
        };
        route.version = version;
        if before.is_none() {
            route.begin(self.now);
        }
        let family = route.family();
        let position = route.position;
        if let Some(after) = after {
            route.position = self.sets.enlist(after, family, id);
        }
        match before {
            Some(before) => {
                let moved = self.sets.delist(before, family, position);
                if let Some(moved) = moved.and_then(|moved| self.routes.get_mut(moved)) {
                    moved.position = position;
                }
            }
            None => {
                self.unwanted.remove(id);
                *self.wanted.of_mut(family) += 1;
            }
        }
        if after.is_none() {
            self.unwanted.insert(id);
            *self.wanted.of_mut(family) -= 1;
        }
    }
}
