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
//! which of our routes and peers it has, and what of these is not wanted leaves like any other withdrawal.
//!
//! One peer that the speaker refuses keeps nothing else from it: see `peers`.

mod change;
mod peers;
mod union;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use tokio::time::Instant;

pub use self::change::{Action, Change};
use self::peers::Peers;
use self::union::Union;
use crate::forward::model::Desired;
use crate::plan::Delta;
use crate::validate::Attributes;

/// How long the kernel keeps forwarding for a withdrawn route while a peer has not been sent the
/// withdrawal. A peer that takes longer is stuck, and its hold time will end the session.
pub const WITHDRAW_PATIENCE: Duration = Duration::from_secs(1);

/// How long a peer that the speaker refuses is set aside, if neither of the two changes before.
pub const REFUSAL_PATIENCE: Duration = Duration::from_secs(30);

/// How long after a failure the kernel is tried again, if nothing changes before.
const KERNEL_RETRY: Duration = Duration::from_secs(1);

/// How long the kernel is left as a former life of this process made it, so that the speaker can first
/// withdraw what is no longer wanted. Afterwards the kernel is programmed with or without a speaker.
const START_PATIENCE: Duration = Duration::from_secs(2);

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

/// Why a stream to the speaker ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Not by a peer.
    Stream,
    /// The speaker refuses a peer. The next stream is told everything else.
    Refused {
        /// The peers that were not refused before, or not for this reason.
        news: Vec<String>,
    },
}

/// Desired against observed, on both sides.
#[derive(Debug)]
pub struct Order {
    /// Set by the first plan: until when a start may take.
    start_deadline: Option<Instant>,
    forwarding: Union,
    routes: BTreeMap<IpNet, Attributes>,
    peers: Peers,

    /// The kernel does not have `forwarding`, as far as is known.
    unprogrammed: bool,
    ever_programmed: bool,
    kernel_retry: Option<Instant>,

    speaker: Speaker,
    /// The last that was sent.
    generation: u64,
    /// What `generation` was when the stream was set up.
    stream_begin: u64,
    /// The last that the speaker has applied.
    applied: u64,
    /// Routes that the speaker announces. `None`: with attributes that are not known.
    announced: BTreeMap<IpNet, Option<Attributes>>,
    /// Routes that the speaker was told to withdraw, while routers may still follow them.
    leaving: BTreeMap<IpNet, Leaving>,

    to_withdraw: BTreeSet<IpNet>,
    /// Announced with other attributes: does not wait for the kernel.
    to_change: BTreeSet<IpNet>,
    /// Not announced: waits for the kernel.
    to_announce: BTreeSet<IpNet>,
}

impl Default for Order {
    fn default() -> Order {
        Order {
            start_deadline: None,
            forwarding: Union::default(),
            routes: BTreeMap::new(),
            peers: Peers::default(),
            // Even if nothing is wanted: a former life may have left something.
            unprogrammed: true,
            ever_programmed: false,
            kernel_retry: None,
            speaker: Speaker::default(),
            generation: 0,
            stream_begin: 0,
            applied: 0,
            announced: BTreeMap::new(),
            leaving: BTreeMap::new(),
            to_withdraw: BTreeSet::new(),
            to_change: BTreeSet::new(),
            to_announce: BTreeSet::new(),
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
            self.peers.want(&name, peer);
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

    /// The speaker is there. It has had changes up to `generation` from us, and has these `routes` of us,
    /// and these `peers` by name and address.
    pub fn connected(
        &mut self,
        generation: u64,
        routes: BTreeSet<IpNet>,
        peers: BTreeMap<String, IpAddr>,
    ) {
        self.speaker = Speaker::Connected;
        let restarted = generation < self.applied;
        self.peers.connected(restarted, peers);
        self.applied = generation;
        self.generation = self.generation.max(generation);
        self.stream_begin = self.generation;
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
    ///
    /// With `refusal`, the speaker ended the stream because it refuses a change, in these words: the
    /// first that it has not applied, as it takes one after the other.
    pub fn lost(&mut self, now: Instant, refusal: Option<&str>) -> Loss {
        self.speaker = Speaker::Away;
        let refused = self.applied.max(self.stream_begin) + 1;
        let news = self.peers.lost(now, refusal.map(|it| (refused, it)));
        for route in std::mem::take(&mut self.leaving).into_keys() {
            self.announced.insert(route, None);
            self.sort_route(route);
        }
        news.map_or(Loss::Stream, |news| Loss::Refused { news })
    }

    /// The speaker has applied all changes up to a generation. Tells the peers that it takes now and had
    /// refused before.
    pub fn applied(&mut self, now: Instant, generation: u64) -> Vec<String> {
        self.applied = self.applied.max(generation);
        for leaving in self
            .leaving
            .values_mut()
            .filter(|it| it.generation <= generation)
        {
            leaving.deadline.get_or_insert(now + WITHDRAW_PATIENCE);
        }
        self.peers.applied(generation)
    }

    /// So many of the established peers have been sent all changes up to a generation.
    pub fn advertised(&mut self, generation: u64, peers_done: u32, peers_total: u32) {
        if peers_done >= peers_total {
            self.release(|leaving| leaving.generation <= generation);
        }
    }

    /// Gives up waiting for what has had its time, and tells which routes that were.
    pub fn expire(&mut self, now: Instant) -> Vec<IpNet> {
        self.peers.retry(now);
        self.release(|leaving| leaving.deadline.is_some_and(|deadline| deadline <= now))
    }

    /// When to call `expire` and `next`, even if nothing happens.
    pub fn deadline(&self) -> Option<Instant> {
        let leaving = self.leaving.values().filter_map(|leaving| leaving.deadline);
        let kernel = self.kernel_retry.filter(|_| self.unprogrammed);
        let start = self
            .start_deadline
            .filter(|_| !self.ever_programmed && kernel.is_none());
        let peers = self.peers.deadline();
        leaving.chain(kernel).chain(start).chain(peers).min()
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
                    || !self.peers.to_delete.is_empty()
                    || self.peers.may_ask()
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
            Speaker::Synced if self.peers.to_delete.is_empty() && self.peers.may_ask() => {
                Action::Send(self.question())
            }
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
