//! The desired routes: the engine's table, and what people want to know besides.

use std::collections::BTreeSet;
use std::time::SystemTime;

use bellwether_bgp::egress::{Changes, DesiredRoute, RouteAttributes, Table, Version};
use bellwether_bgp::net::Prefix;
use bellwether_bgp::time::Instant;
use tokio::sync::oneshot;

use super::command::{RoutePage, RouteQuery, RouteView};
use super::watch::{Batch, Source, WatchId, Watchers};
use crate::model::Name;

/// Routes as they are declared.
pub(crate) type Routes = Vec<(Prefix, RouteAttributes)>;

/// The sole owner of [`Table`], and those who watch it.
#[derive(Debug)]
pub(super) struct Desired {
    held: Held,
    watchers: Watchers<Prefix, RouteView>,
}

#[derive(Debug)]
struct Held {
    table: Table,
}

/// What makes a route another one to a watcher.
type Print = Option<(Version, Vec<String>)>;

impl Desired {
    pub(super) fn new() -> Self {
        Self {
            held: Held {
                table: Table::new(),
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
        let mut touched = self.watched(routes.iter().map(|(prefix, _)| *prefix));
        if !self.watchers.is_empty() {
            let wanted = self.held.table.routes(None);
            let wanted = wanted.filter(|route| route.owners.contains(&owner.as_str()));
            touched.extend(wanted.map(|route| route.prefix));
        }
        self.apply(&touched, now, |table| table.replace(owner.as_str(), routes))
    }

    /// Takes `withdraw` out of the owner's routes, then puts `upsert` in.
    pub(super) fn patch(
        &mut self,
        owner: &Name,
        upsert: Routes,
        withdraw: &[Prefix],
        now: SystemTime,
    ) -> Changes {
        let upserted = upsert.iter().map(|(prefix, _)| *prefix);
        let touched = self.watched(upserted.chain(withdraw.iter().copied()));
        self.apply(&touched, now, |table| {
            table.patch(owner.as_str(), upsert, withdraw)
        })
    }

    /// Takes all routes of these owners out, which are all there are. Watchers are not told: the speaker stops.
    pub(super) fn withdraw_all<'a>(&mut self, owners: impl Iterator<Item = &'a Name>) {
        for owner in owners {
            self.held.table.replace(owner.as_str(), Routes::new());
        }
    }

    /// Those that watchers may have to be told of: none if nobody watches.
    fn watched(&self, prefixes: impl Iterator<Item = Prefix>) -> BTreeSet<Prefix> {
        match self.watchers.is_empty() {
            true => BTreeSet::new(),
            false => prefixes.collect(),
        }
    }

    fn apply(
        &mut self,
        touched: &BTreeSet<Prefix>,
        now: SystemTime,
        change: impl FnOnce(&mut Table) -> Changes,
    ) -> Changes {
        let before: Vec<Print> = touched
            .iter()
            .map(|prefix| self.held.print(*prefix))
            .collect();
        self.held.table.advance(stamp(now));
        let changes = change(&mut self.held.table);
        let changed: Vec<Prefix> = touched
            .iter()
            .zip(before)
            .filter(|(prefix, before)| self.held.print(**prefix) != *before)
            .map(|(prefix, _)| *prefix)
            .collect();
        self.watchers.mark(&changed);
        changes
    }

    /// The routes that the query wants, and whether there are more.
    pub(super) fn page(&self, query: &RouteQuery) -> RoutePage {
        let wanted = |route: &DesiredRoute<'_>| match &query.owner {
            Some(owner) => route.owners.contains(&owner.as_str()),
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

    pub(super) fn watch(&mut self, alive: oneshot::Sender<()>) -> WatchId {
        self.watchers.open(alive)
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

    fn describe(&self, route: &DesiredRoute<'_>) -> RouteView {
        let progress = self.table.route_progress(route.prefix);
        RouteView {
            prefix: route.prefix,
            attributes: route.attributes.clone(),
            owners: route
                .owners
                .iter()
                .map(|owner| (*owner).to_owned())
                .collect(),
            advertised_peers: progress.done,
            eligible_peers: progress.total,
            since: Some(SystemTime::UNIX_EPOCH + route.since.since_origin()),
        }
    }
}

/// The time of day as the table takes it. It compares it with nothing.
fn stamp(now: SystemTime) -> Instant {
    let elapsed = now.duration_since(SystemTime::UNIX_EPOCH);
    Instant::from_origin(elapsed.unwrap_or_default())
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
