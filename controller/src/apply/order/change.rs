//! What is to be done, and what the speaker is told: the order's outputs.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::{Leaving, Order, Speaker};
use crate::validate::{Attributes, Peer};

/// Routes and peers in one change at most; what is more follows in further ones. Keeps a message far
/// below gRPC's limit of 4 MiB.
pub(super) const CHANGE_LIMIT: usize = 1000;

/// What is to be done next.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Make the kernel forward [`Order::forwarding`] and tell the result to [`Order::programmed`].
    Program,
    /// Send the speaker a change.
    Send(Change),
}

/// What the speaker is told at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// Greater than any before.
    pub generation: u64,
    /// Whether it replaces all that the speaker has of us; then nothing is deleted.
    pub snapshot: bool,
    /// Routes that are new or not as they were.
    pub upsert_routes: Vec<(IpNet, Attributes)>,
    /// Routes to withdraw.
    pub delete_routes: Vec<IpNet>,
    /// Peers that are new or not as they were. A change that has any has nothing else.
    pub upsert_peers: Vec<Peer>,
    /// In a snapshot: the peers that stay as the speaker has them, by name.
    pub keep_peers: Vec<String>,
    /// Peers to end, by name.
    pub delete_peers: Vec<String>,
}

impl Order {
    /// All that is wanted, but for routes that the kernel is not ready for, and for peers that the speaker
    /// has to be asked about.
    pub(super) fn snapshot(&mut self) -> Change {
        self.speaker = Speaker::Synced;
        self.generation += 1;
        let before = std::mem::take(&mut self.announced);
        let ready = |route: &IpNet| !self.unprogrammed || before.contains_key(route);
        let (now_announced, later): (BTreeMap<_, _>, BTreeMap<_, _>) = self
            .routes
            .clone()
            .into_iter()
            .partition(|(route, _)| ready(route));
        let leaving = before
            .into_keys()
            .filter(|route| !self.routes.contains_key(route));
        let leaving: Vec<IpNet> = leaving.collect();
        for route in leaving {
            self.leave(route, self.generation);
        }
        let upsert_routes = now_announced.clone().into_iter().collect();
        self.announced = now_announced
            .into_iter()
            .map(|(it, attributes)| (it, Some(attributes)))
            .collect();
        self.to_withdraw.clear();
        self.to_change.clear();
        self.to_announce = later.into_keys().collect();
        Change {
            generation: self.generation,
            snapshot: true,
            upsert_routes,
            keep_peers: self.peers.keep(),
            ..Change::default()
        }
    }

    /// A peer that the speaker may refuse.
    pub(super) fn question(&mut self) -> Change {
        self.generation += 1;
        Change {
            generation: self.generation,
            upsert_peers: self.peers.ask(self.generation),
            ..Change::default()
        }
    }

    pub(super) fn delta(&mut self) -> Change {
        self.generation += 1;
        let mut change = Change {
            generation: self.generation,
            ..Change::default()
        };
        let mut room = CHANGE_LIMIT;
        while let Some(route) = take(&mut self.to_withdraw, &mut room) {
            self.announced.remove(&route);
            self.leave(route, self.generation);
            change.delete_routes.push(route);
        }
        while let Some(name) = take(&mut self.peers.to_delete, &mut room) {
            self.peers.deleted(&name);
            change.delete_peers.push(name);
        }
        while let Some(route) = take(&mut self.to_change, &mut room) {
            self.announce(route, &mut change);
        }
        while !self.unprogrammed
            && let Some(route) = take(&mut self.to_announce, &mut room)
        {
            self.announce(route, &mut change);
        }
        change
    }

    fn announce(&mut self, route: IpNet, change: &mut Change) {
        if let Some(attributes) = self.routes.get(&route) {
            self.leaving.remove(&route);
            self.announced.insert(route, Some(attributes.clone()));
            change.upsert_routes.push((route, attributes.clone()));
        }
    }

    pub(super) fn leave(&mut self, route: IpNet, generation: u64) {
        self.leaving.insert(
            route,
            Leaving {
                generation,
                deadline: None,
            },
        );
    }
}

fn take<T: Ord>(set: &mut BTreeSet<T>, room: &mut usize) -> Option<T> {
    *room = room.checked_sub(1)?;
    set.pop_first()
}
