//! The desired routes: the engine's table, and what people want to know besides.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use bellwether_bgp::egress::{Changes, DesiredRoute, RouteAttributes, Table, Version};
use bellwether_bgp::net::Prefix;
use tokio::sync::oneshot;

use super::command::{ClaimView, RoutePage, RouteQuery, RouteView};
use super::difference::Differences;
use super::history::ResumeToken;
use super::refusal::Refusal;
use super::shelf::{Shelf, key, owner_of};
use super::standing::Standing;
use super::watch::{Batch, Source, WatchId, Watchers};
use crate::model::Name;

/// Routes as they are declared.
pub(crate) type Routes = Vec<(Prefix, RouteAttributes)>;

/// The sole owner of [`Table`], and those who watch it.
#[derive(Debug)]
pub(super) struct Desired {
    held: Held,
    shelf: Shelf,
    /// How often a de-preferred route is prepended.
    prepend: u8,
    watchers: Watchers<Prefix, RouteView>,
}

#[derive(Debug)]
struct Held {
    table: Table,
    /// When each route was first wanted.
    since: BTreeMap<Prefix, SystemTime>,
}

/// What makes a route another one to a watcher.
type Print = Option<(Version, Vec<String>)>;

impl Desired {
    /// Nothing; what is de-preferred will be prepended this many times.
    pub(super) fn new(prepend: u8) -> Self {
        Self {
            shelf: Shelf::default(),
            prepend,
            held: Held {
                table: Table::new(),
                since: BTreeMap::new(),
            },
            watchers: Watchers::new(),
        }
    }

    pub(super) fn table(&self) -> &Table {
        &self.held.table
    }

    /// For sessions to join, leave and pull; routes change by [`Self::replace`] and [`Self::patch`].
    pub(super) fn table_mut(&mut self) -> &mut Table {
        &mut self.held.table
    }

    /// Makes `routes` all that the owner wants.
    pub(super) fn replace(&mut self, owner: &Name, routes: Routes, now: SystemTime) -> Changes {
        let mut touched = self.prefixes_of(owner);
        touched.extend(routes.iter().map(|(prefix, _)| *prefix));
        if self.shelf.get(owner).is_some() {
            let gone: Vec<Prefix> = touched.iter().copied().collect();
            return self.patch_shelved(owner, routes, &gone, &touched, now);
        }
        self.apply(&touched, now, |table, _| {
            table.replace(owner.as_str(), routes)
        })
    }

    /// Takes `withdraw` out of the owner's routes, then puts `upsert` in.
    pub(super) fn patch(
        &mut self,
        owner: &Name,
        upsert: Routes,
        withdraw: &[Prefix],
        now: SystemTime,
    ) -> Changes {
        let mut touched: BTreeSet<Prefix> = upsert.iter().map(|(prefix, _)| *prefix).collect();
        touched.extend(withdraw);
        if self.shelf.get(owner).is_some() {
            return self.patch_shelved(owner, upsert, withdraw, &touched, now);
        }
        self.apply(&touched, now, |table, _| {
            table.patch(owner.as_str(), upsert, withdraw)
        })
    }

    /// What [`Self::patch`] would change; with `all`, [`Self::replace`] with `upsert`.
    pub(super) fn foresee(
        &self,
        owner: &Name,
        upsert: &Routes,
        withdraw: &[Prefix],
        all: bool,
    ) -> Differences {
        let after: BTreeMap<Prefix, &RouteAttributes> = upsert
            .iter()
            .map(|(prefix, attributes)| (*prefix, attributes))
            .collect();
        let mut touched: BTreeSet<Prefix> = after
            .keys()
            .copied()
            .chain(withdraw.iter().copied())
            .collect();
        if all {
            touched.extend(self.prefixes_of(owner));
        }
        let mut differences = Differences::default();
        for prefix in touched {
            let before = self.wanted_of(owner, prefix);
            differences.note(prefix, before, after.get(&prefix).copied());
        }
        differences
    }

    /// Brings an owner's routes into another standing. Whether they were in another one.
    pub(super) fn place(&mut self, owner: &Name, standing: Standing, now: SystemTime) -> bool {
        if self.shelf.standing(owner) == standing {
            return false;
        }
        let touched = self.prefixes_of(owner);
        let prepend = self.prepend;
        self.apply(&touched, now, |table, shelf| {
            shelf.place(owner, standing, prepend, table);
            Changes::default()
        });
        true
    }

    /// What the owner wants of a route, announced or not.
    pub(super) fn wanted_of(&self, owner: &Name, prefix: Prefix) -> Option<&RouteAttributes> {
        match self.shelf.get(owner) {
            Some(shelved) => shelved.routes.get(&prefix),
            None => self.held.table.wanted_of(owner.as_str(), prefix),
        }
    }

    /// How many routes the owner wants, announced or not.
    pub(super) fn owner_routes(&self, owner: &Name) -> usize {
        match self.shelf.get(owner) {
            Some(shelved) => shelved.routes.len(),
            None => self.held.table.owner_routes(owner.as_str()),
        }
    }

    /// Who wants a route, the one whose attributes are in force first.
    pub(super) fn claims(&self, prefix: Prefix) -> Vec<ClaimView> {
        let route = self.held.table.route(prefix);
        let keys = route.map(|route| route.owners).unwrap_or_default();
        let announced = keys.into_iter().filter_map(|key| {
            let (owner, standing) = owner_of(key);
            let owner: Name = owner.parse().ok()?;
            let attributes = self.wanted_of(&owner, prefix)?.clone();
            Some((owner, attributes, standing))
        });
        let withdrawn = self.shelf.iter().filter_map(|(owner, shelved)| {
            let attributes = shelved.routes.get(&prefix)?.clone();
            let withdrawn = shelved.standing == Standing::Withdrawn;
            withdrawn.then(|| (owner.clone(), attributes, shelved.standing))
        });
        let claims = announced.chain(withdrawn).enumerate();
        claims
            .map(|(index, (owner, attributes, standing))| ClaimView {
                owner,
                attributes,
                standing,
                in_force: index == 0 && standing != Standing::Withdrawn,
            })
            .collect()
    }

    fn prefixes_of(&self, owner: &Name) -> BTreeSet<Prefix> {
        match self.shelf.get(owner) {
            Some(shelved) => shelved.routes.keys().copied().collect(),
            None => {
                let wanted = self.held.table.wanted_by(owner.as_str());
                wanted.map(|(prefix, _)| prefix).collect()
            }
        }
    }

    fn patch_shelved(
        &mut self,
        owner: &Name,
        upsert: Routes,
        withdraw: &[Prefix],
        touched: &BTreeSet<Prefix>,
        now: SystemTime,
    ) -> Changes {
        let upserted: BTreeMap<Prefix, RouteAttributes> = upsert.into_iter().collect();
        let withdraw: BTreeSet<Prefix> = withdraw.iter().copied().collect();
        let prepend = self.prepend;
        self.apply(touched, now, |table, shelf| {
            let mut differences = Differences::default();
            if let Some(shelved) = shelf.get_mut(owner) {
                for prefix in touched {
                    let before = shelved.routes.get(prefix);
                    let kept = before.filter(|_| !withdraw.contains(prefix));
                    differences.note(*prefix, before, upserted.get(prefix).or(kept));
                }
                shelved
                    .routes
                    .retain(|prefix, _| !withdraw.contains(prefix));
                shelved.routes.extend(upserted);
                shelved.announce(owner, prepend, table);
            }
            differences.changes
        })
    }

    /// Takes all routes of these owners out, which are all there are. Watchers are not told: the speaker stops.
    pub(super) fn withdraw_all<'a>(&mut self, owners: impl Iterator<Item = &'a Name>) {
        for owner in owners {
            for standing in [Standing::Active, Standing::Depreferred] {
                if let Some(key) = key(owner, standing) {
                    self.held.table.replace(&key, Routes::new());
                }
            }
        }
        self.shelf.clear();
        self.held.since.clear();
    }

    fn apply(
        &mut self,
        touched: &BTreeSet<Prefix>,
        now: SystemTime,
        change: impl FnOnce(&mut Table, &mut Shelf) -> Changes,
    ) -> Changes {
        let watched = self.watchers.want_changes();
        let before: Vec<Print> = match watched {
            true => touched
                .iter()
                .map(|prefix| self.held.print(*prefix))
                .collect(),
            false => Vec::new(),
        };
        let changes = change(&mut self.held.table, &mut self.shelf);
        touched
            .iter()
            .for_each(|prefix| self.held.keep_time(*prefix, now));
        if watched {
            let changed: Vec<Prefix> = touched
                .iter()
                .zip(before)
                .filter(|(prefix, before)| self.held.print(**prefix) != *before)
                .map(|(prefix, _)| *prefix)
                .collect();
            self.watchers.mark(&changed);
        }
        changes
    }

    /// The routes that the query wants, and whether there are more.
    pub(super) fn page(&self, query: &RouteQuery) -> RoutePage {
        let wanted = |route: &DesiredRoute<'_>| match &query.owner {
            Some(owner) => route
                .owners
                .iter()
                .any(|key| owner_of(key).0 == owner.as_str()),
            None => true,
        };
        if let Some(prefix) = query.prefix {
            let route = self.held.table.route(prefix).filter(wanted);
            return RoutePage {
                routes: route
                    .map(|route| self.held.describe(&route))
                    .into_iter()
                    .collect(),
                more: false,
            };
        }
        let mut routes = self.held.table.routes(query.after).filter(wanted);
        let page = routes.by_ref().take(query.limit);
        RoutePage {
            routes: page.map(|route| self.held.describe(&route)).collect(),
            more: routes.next().is_some(),
        }
    }

    pub(super) fn watch(
        &mut self,
        alive: oneshot::Sender<()>,
        resume: Option<ResumeToken>,
    ) -> Result<WatchId, Refusal> {
        self.watchers.open(alive, resume)
    }

    pub(super) fn ask_events(
        &mut self,
        id: WatchId,
        reply: oneshot::Sender<Batch<Prefix, RouteView>>,
    ) {
        self.watchers.ask(id, reply);
    }

    /// Gives the watchers what waits for them.
    pub(super) fn answer_watchers(&mut self) {
        self.watchers.answer(&self.held);
    }
}

impl Held {
    fn print(&self, prefix: Prefix) -> Print {
        let route = self.table.route(prefix)?;
        let owners = route.owners.iter().map(|owner| (*owner).to_owned());
        Some((route.version, owners.collect()))
    }

    fn keep_time(&mut self, prefix: Prefix, now: SystemTime) {
        if self.table.route(prefix).is_some() {
            self.since.entry(prefix).or_insert(now);
        } else {
            self.since.remove(&prefix);
        }
    }

    fn describe(&self, route: &DesiredRoute<'_>) -> RouteView {
        let progress = self.table.route_progress(route.prefix);
        RouteView {
            prefix: route.prefix,
            attributes: route.attributes.clone(),
            owners: route
                .owners
                .iter()
                .map(|key| owner_of(key).0.to_owned())
                .collect(),
            depreferred: route
                .owners
                .first()
                .is_some_and(|key| owner_of(key).1 == Standing::Depreferred),
            advertised_peers: progress.done,
            eligible_peers: progress.total,
            since: self.since.get(&route.prefix).copied(),
        }
    }
}

impl Source for Held {
    type Key = Prefix;
    type View = RouteView;

    fn next(&self, after: Option<&Prefix>) -> Option<Prefix> {
        self.table
            .routes(after.copied())
            .next()
            .map(|route| route.prefix)
    }

    fn view(&self, key: &Prefix) -> Option<RouteView> {
        self.table.route(*key).map(|route| self.describe(&route))
    }
}
