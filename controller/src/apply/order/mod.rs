//! The order in which the kernel and the speaker are told: pure.
//!
//! A router must never send a packet to a node that does not forward it. So
//!
//! - a route is announced only when the kernel has what it needs (*forwarding first*), and
//! - the kernel keeps what a route needs until the routers have been told that it is withdrawn
//!   (*withdrawing first*): until the speaker says that every established peer has been sent the
//!   withdrawal, but at most [`WITHDRAW_PATIENCE`] after it has said that it is at work on it. A speaker
//!   that says nothing may still announce the route, however long ago it was told not to.
//!
//! The driver brings in what happens and asks `next` what is to be done until it says `None`:
//!
//! ```text
//! plan, connected, lost, applied, advertised, programmed, expire  ->  Order  ->  next: Program | Send(Change)
//!                                                                      deadline: when to call again
//! ```
//!
//! What each side has is known or asked for, never assumed: of a speaker that comes (back) it is asked
//! which of our routes it has, and what of these is not wanted leaves like any other withdrawal.

mod union;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use tokio::time::Instant;

use self::union::Union;
use crate::forward::model::Desired;
use crate::plan::Delta;
use crate::validate::{Attributes, Peer};

/// How long the kernel keeps forwarding for a withdrawn route while a peer has not been sent the
/// withdrawal. A peer that takes longer is stuck, and its hold time will end the session.
pub const WITHDRAW_PATIENCE: Duration = Duration::from_secs(1);

/// How long after a failure the kernel is tried again, if nothing changes before.
const KERNEL_RETRY: Duration = Duration::from_secs(1);

/// How long the kernel is left as a former life of this process made it, so that the speaker can first
/// withdraw what is no longer wanted. Afterwards the kernel is programmed with or without a speaker.
const START_PATIENCE: Duration = Duration::from_secs(2);

/// Routes and peers in one change at most; what is more follows in further ones. Keeps a message far
/// below gRPC's limit of 4 MiB.
const CHANGE_LIMIT: usize = 1000;

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
    /// Peers that are new or not as they were.
    pub upsert_peers: Vec<Peer>,
    /// Peers to end, by name.
    pub delete_peers: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Speaker {
    #[default]
    Away,
    /// There, and waits for a snapshot.
    Connected,
    /// Has had a snapshot.
    Synced,
}

#[derive(Clone, Copy, Debug)]
struct Leaving {
    generation: u64,
    /// Set when the speaker has applied the withdrawal.
    deadline: Option<Instant>,
}

/// Desired against observed, on both sides.
#[derive(Debug)]
pub struct Order {
    /// Set by the first plan: until when a start may take.
    start_deadline: Option<Instant>,
    forwarding: Union,
    routes: BTreeMap<IpNet, Attributes>,
    peers: BTreeMap<String, Peer>,

    /// The kernel does not have `forwarding`, as far as is known.
    unprogrammed: bool,
    ever_programmed: bool,
    kernel_retry: Option<Instant>,

    speaker: Speaker,
    generation: u64,
    /// Routes that the speaker announces. `None`: with attributes that are not known.
    announced: BTreeMap<IpNet, Option<Attributes>>,
    /// Routes that the speaker was told to withdraw, while routers may still follow them.
    leaving: BTreeMap<IpNet, Leaving>,

    to_withdraw: BTreeSet<IpNet>,
    /// Announced with other attributes: does not wait for the kernel.
    to_change: BTreeSet<IpNet>,
    /// Not announced: waits for the kernel.
    to_announce: BTreeSet<IpNet>,
    peers_to_tell: BTreeSet<String>,
}

impl Default for Order {
    fn default() -> Order {
        Order {
            start_deadline: None,
            forwarding: Union::default(),
            routes: BTreeMap::new(),
            peers: BTreeMap::new(),
            // Even if nothing is wanted: a former life may have left something.
            unprogrammed: true,
            ever_programmed: false,
            kernel_retry: None,
            speaker: Speaker::default(),
            generation: 0,
            announced: BTreeMap::new(),
            leaving: BTreeMap::new(),
            to_withdraw: BTreeSet::new(),
            to_change: BTreeSet::new(),
            to_announce: BTreeSet::new(),
            peers_to_tell: BTreeSet::new(),
        }
    }
}

impl Order {
    /// What the kernel is to forward now.
    pub fn forwarding(&self) -> &Desired {
        self.forwarding.desired()
    }

    /// What is wanted has changed. The first plan is complete: without it nothing is done.
    pub fn plan(&mut self, now: Instant, delta: Delta) {
        let Delta {
            frontends,
            vips,
            routes,
            peers,
            node,
        } = delta;
        self.start_deadline.get_or_insert(now + START_PATIENCE);
        let mut addresses: BTreeSet<IpAddr> = frontends.keys().map(|it| it.address).collect();
        addresses.extend(vips.keys());
        addresses.extend(routes.keys().map(IpNet::addr));
        for (frontend, forwarding) in frontends {
            self.forwarding.want_frontend(frontend, forwarding);
        }
        for (vip, wanted) in vips {
            self.forwarding.want_vip(vip, wanted.is_some());
        }
        for (route, attributes) in routes {
            assign(&mut self.routes, &route, attributes);
            self.sort_route(route);
        }
        for (name, peer) in peers {
            assign(&mut self.peers, &name, peer);
            self.peers_to_tell.insert(name);
        }
        if let Some(node) = node {
            self.forwarding.want_node(node);
            self.reprogram();
        }
        for address in addresses {
            self.settle(address);
        }
    }

    /// The kernel was programmed with `forwarding`, or could not be.
    pub fn programmed(&mut self, now: Instant, done: bool) {
        self.unprogrammed = !done;
        self.ever_programmed |= done;
        self.kernel_retry = (!done).then(|| now + KERNEL_RETRY);
    }

    /// The speaker is there. It has had changes up to `generation` from us, and has these `routes` of us.
    pub fn connected(&mut self, generation: u64, routes: BTreeSet<IpNet>) {
        self.speaker = Speaker::Connected;
        self.generation = self.generation.max(generation);
        let before = std::mem::take(&mut self.announced);
        self.announced = routes.iter().map(|it| (*it, None)).collect();
        for route in before.into_keys().filter(|route| !routes.contains(route)) {
            self.sort_route(route);
            if !self.routes.contains_key(&route) {
                // Withdrawn, but did the peers hear of it? When they have the snapshot, they have.
                self.leave(route, self.generation + 1);
            }
        }
        for route in routes {
            self.sort_route(route);
        }
    }

    /// The speaker is gone, or the stream to it is. Whether it announces what it was told last is not
    /// known, so that nothing is taken from the kernel until it is back and can be asked.
    pub fn lost(&mut self) {
        self.speaker = Speaker::Away;
        for route in std::mem::take(&mut self.leaving).into_keys() {
            self.announced.insert(route, None);
            self.sort_route(route);
        }
    }

    /// The speaker has applied all changes up to a generation.
    pub fn applied(&mut self, now: Instant, generation: u64) {
        for leaving in self
            .leaving
            .values_mut()
            .filter(|it| it.generation <= generation)
        {
            leaving.deadline.get_or_insert(now + WITHDRAW_PATIENCE);
        }
    }

    /// So many of the established peers have been sent all changes up to a generation.
    pub fn advertised(&mut self, generation: u64, peers_done: u32, peers_total: u32) {
        if peers_done >= peers_total {
            self.release(|leaving| leaving.generation <= generation);
        }
    }

    /// Gives up waiting for what has had its time, and tells which routes that were.
    pub fn expire(&mut self, now: Instant) -> Vec<IpNet> {
        self.release(|leaving| leaving.deadline.is_some_and(|deadline| deadline <= now))
    }

    /// When to call `expire` and `next`, even if nothing happens.
    pub fn deadline(&self) -> Option<Instant> {
        let leaving = self.leaving.values().filter_map(|leaving| leaving.deadline);
        let kernel = self.kernel_retry.filter(|_| self.unprogrammed);
        let start = self
            .start_deadline
            .filter(|_| !self.ever_programmed && kernel.is_none());
        leaving.chain(kernel).chain(start).min()
    }

    /// Whether there is something to send as soon as the speaker can take it.
    pub fn wants_to_send(&self) -> bool {
        match self.speaker {
            _ if self.start_deadline.is_none() => false,
            Speaker::Away => false,
            Speaker::Connected => true,
            Speaker::Synced => {
                let announces = !self.unprogrammed && !self.to_announce.is_empty();
                announces
                    || !self.to_withdraw.is_empty()
                    || !self.to_change.is_empty()
                    || !self.peers_to_tell.is_empty()
            }
        }
    }

    /// What is to be done now. A change that is not asked for by `can_send` is not made: all that
    /// gathers until the speaker can take more becomes one.
    pub fn next(&mut self, now: Instant, can_send: bool) -> Option<Action> {
        let can_send = can_send && self.wants_to_send();
        if can_send && self.speaker == Speaker::Synced && !self.to_withdraw.is_empty() {
            return Some(Action::Send(self.delta()));
        }
        if self.may_program(now) {
            return Some(Action::Program);
        }
        can_send.then(|| match self.speaker {
            Speaker::Synced => Action::Send(self.delta()),
            Speaker::Connected | Speaker::Away => Action::Send(self.snapshot()),
        })
    }

    fn may_program(&self, now: Instant) -> bool {
        let Some(start_deadline) = self.start_deadline else {
            return false;
        };
        let due = self.kernel_retry.is_none_or(|retry| retry <= now);
        // What a former life left in the kernel is not known here, so that it cannot be kept for routes
        // that leave: these must be gone before the first time.
        let unwanted = |route: &IpNet| !self.routes.contains_key(route);
        let clear = || {
            self.speaker != Speaker::Away
                && !self
                    .announced
                    .keys()
                    .chain(self.leaving.keys())
                    .any(unwanted)
        };
        self.unprogrammed && due && (self.ever_programmed || start_deadline <= now || clear())
    }

    /// All that is wanted, but for routes that the kernel is not ready for.
    fn snapshot(&mut self) -> Change {
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
        self.peers_to_tell.clear();
        Change {
            generation: self.generation,
            snapshot: true,
            upsert_routes,
            upsert_peers: self.peers.values().cloned().collect(),
            ..Change::default()
        }
    }

    fn delta(&mut self) -> Change {
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
        while let Some(name) = take(&mut self.peers_to_tell, &mut room) {
            match self.peers.get(&name) {
                Some(peer) => change.upsert_peers.push(peer.clone()),
                None => change.delete_peers.push(name),
            }
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

    fn leave(&mut self, route: IpNet, generation: u64) {
        self.leaving.insert(
            route,
            Leaving {
                generation,
                deadline: None,
            },
        );
    }

    fn release(&mut self, gone: impl Fn(&Leaving) -> bool) -> Vec<IpNet> {
        let released = self.leaving.extract_if(.., |_, leaving| gone(leaving));
        let released: Vec<IpNet> = released.map(|(route, _)| route).collect();
        for route in &released {
            self.settle(route.addr());
        }
        released
    }

    /// Finds out what is to be done about a route.
    fn sort_route(&mut self, route: IpNet) {
        self.to_withdraw.remove(&route);
        self.to_change.remove(&route);
        self.to_announce.remove(&route);
        match (self.routes.get(&route), self.announced.get(&route)) {
            (None, None) => {}
            (None, Some(_)) => drop(self.to_withdraw.insert(route)),
            (Some(_), None) => drop(self.to_announce.insert(route)),
            (Some(wanted), Some(known)) if known.as_ref() == Some(wanted) => {}
            (Some(_), Some(_)) => drop(self.to_change.insert(route)),
        }
    }

    fn settle(&mut self, address: IpAddr) {
        let route = IpNet::from(address);
        let followed = self.announced.contains_key(&route) || self.leaving.contains_key(&route);
        let held = followed && !self.routes.contains_key(&route);
        if self.forwarding.settle(address, held) {
            self.reprogram();
        }
    }

    fn reprogram(&mut self) {
        self.unprogrammed = true;
        self.kernel_retry = None;
    }
}

fn assign<K: Ord + Clone, V>(map: &mut BTreeMap<K, V>, key: &K, value: Option<V>) {
    match value {
        Some(value) => map.insert(key.clone(), value),
        None => map.remove(key),
    };
}

fn take<T: Ord>(set: &mut BTreeSet<T>, room: &mut usize) -> Option<T> {
    *room = room.checked_sub(1)?;
    set.pop_first()
}
