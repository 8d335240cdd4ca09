//! Which peers the speaker is asked to take, each by itself.
//!
//! The speaker refuses a change as a whole and ends the stream, so that a peer that it refuses would
//! keep from it whatever is in the same change. So a peer that it has not taken yet is asked for alone;
//! if it is refused, it is set aside until it is changed, the speaker was restarted, or
//! [`REFUSAL_PATIENCE`] has passed. Until then the speaker keeps it as it was, if it had it.
//!
//! ```text
//!   wanted --> to_ask -- ask --> asked -- applied --> held
//!                 ^                |
//!                 |             refused
//!                 |                v
//!                 +--- retry --- refused
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use tokio::time::Instant;

use super::{REFUSAL_PATIENCE, assign};
use crate::validate::Peer;

/// Desired against observed.
#[derive(Debug, Default)]
pub(super) struct Peers {
    wanted: BTreeMap<String, Peer>,
    held: BTreeMap<String, Held>,
    asked: Option<Asked>,
    refused: BTreeMap<String, Refused>,

    to_ask: BTreeSet<String>,
    /// Held, and not wanted.
    pub(super) to_delete: BTreeSet<String>,
}

/// A peer that the speaker has of us.
#[derive(Debug)]
struct Held {
    address: IpAddr,
    /// `None`: told by a former life of this process, or in a former stream.
    told: Option<Peer>,
}

/// A change that the speaker has not answered.
#[derive(Debug)]
struct Asked {
    generation: u64,
    peers: BTreeMap<String, Peer>,
}

#[derive(Debug)]
struct Refused {
    peer: Peer,
    /// In the speaker's words.
    reason: String,
    /// `None`: it is being tried again.
    retry: Option<Instant>,
}

impl Peers {
    /// A peer is wanted, or not any more.
    pub(super) fn want(&mut self, name: &str, peer: Option<Peer>) {
        if self.refused.get(name).map(|it| &it.peer) != peer.as_ref() {
            self.refused.remove(name);
        }
        assign(&mut self.wanted, &name.to_owned(), peer);
        self.sort(name);
    }

    /// A stream is set up to a speaker that has these peers of us, by name.
    pub(super) fn connected(&mut self, restarted: bool, peers: BTreeMap<String, IpAddr>) {
        if restarted {
            self.refused.clear();
        }
        self.asked = None;
        self.to_delete.clear();
        let held = |(name, address)| {
            let told = None;
            (name, Held { address, told })
        };
        self.held = peers.into_iter().map(held).collect();
        let names: BTreeSet<String> = self
            .wanted
            .keys()
            .chain(self.held.keys())
            .cloned()
            .collect();
        names.iter().for_each(|name| self.sort(name));
    }

    /// The stream is gone. With `refusal`: because the speaker refused the change of this generation.
    /// Says whether that was one of ours, and the names that this is news of.
    pub(super) fn lost(
        &mut self,
        now: Instant,
        refusal: Option<(u64, &str)>,
    ) -> Option<Vec<String>> {
        let Asked { generation, peers } = self.asked.take()?;
        let reason = refusal.filter(|(refused, _)| *refused == generation);
        let reason = reason.map(|(_, reason)| reason.to_owned());
        let mut news = Vec::new();
        for (name, peer) in peers {
            if let Some(reason) = &reason
                && self.wanted.get(&name) == Some(&peer)
            {
                let reason = reason.clone();
                let retry = Some(now + REFUSAL_PATIENCE);
                let before = self.refused.get(&name).map(|it| &it.reason);
                if before != Some(&reason) {
                    news.push(name.clone());
                }
                let refused = Refused {
                    peer,
                    reason,
                    retry,
                };
                self.refused.insert(name.clone(), refused);
            }
            self.sort(&name);
        }
        reason.map(|_| news)
    }

    /// The speaker has applied all changes up to a generation. Tells which peers it takes now that it
    /// had refused.
    pub(super) fn applied(&mut self, generation: u64) -> Vec<String> {
        let answered = self.asked.take_if(|it| it.generation <= generation);
        let mut accepted = Vec::new();
        for (name, peer) in answered.into_iter().flat_map(|it| it.peers) {
            if self.refused.remove(&name).is_some() {
                accepted.push(name.clone());
            }
            let held = Held {
                address: peer.address,
                told: Some(peer),
            };
            self.held.insert(name.clone(), held);
            self.sort(&name);
        }
        accepted
    }

    /// Tries again what was refused long enough ago.
    pub(super) fn retry(&mut self, now: Instant) {
        let mut due = Vec::new();
        for (name, refused) in &mut self.refused {
            if refused.retry.take_if(|retry| *retry <= now).is_some() {
                due.push(name.clone());
            }
        }
        due.iter().for_each(|name| self.sort(name));
    }

    /// When to call `retry`.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.refused.values().filter_map(|it| it.retry).min()
    }

    /// Whether there is a peer to ask for, and nothing that was asked is open.
    pub(super) fn may_ask(&self) -> bool {
        self.asked.is_none() && !self.to_ask.is_empty()
    }

    /// What stays as the speaker has it, by name; what else it has is dropped by a snapshot.
    pub(super) fn keep(&mut self) -> Vec<String> {
        self.to_delete.clear();
        self.held.retain(|name, _| self.wanted.contains_key(name));
        self.held.keys().cloned().collect()
    }

    /// The speaker is told to end a peer.
    pub(super) fn deleted(&mut self, name: &str) {
        self.held.remove(name);
    }

    /// The next peer to ask for. Addresses are unique in the speaker, so that peers that hand an address
    /// on from one to the other are one question.
    pub(super) fn ask(&mut self, generation: u64) -> Vec<Peer> {
        let mut open: Vec<String> = self.to_ask.pop_first().into_iter().collect();
        let mut peers = BTreeMap::new();
        while let Some(name) = open.pop() {
            let Some(peer) = self.wanted.get(&name).cloned() else {
                continue;
            };
            self.to_ask.remove(&name);
            if let Some(refused) = self.refused.get_mut(&name) {
                refused.retry = None;
            }
            let holders = self
                .held
                .iter()
                .filter(|(_, it)| it.address == peer.address);
            let leavers = holders.filter(|(other, it)| {
                let wanted = self.wanted.get(*other);
                wanted.is_some_and(|wanted| wanted.address != it.address)
            });
            let leavers = leavers.map(|(other, _)| other).cloned();
            open.extend(leavers.filter(|other| !peers.contains_key(other)));
            peers.insert(name, peer);
        }
        let asked: Vec<Peer> = peers.values().cloned().collect();
        self.asked = Some(Asked { generation, peers });
        asked
    }

    /// Finds out what is to be done about a peer. What is asked is sorted when it is answered.
    fn sort(&mut self, name: &str) {
        self.to_ask.remove(name);
        self.to_delete.remove(name);
        let asked = self.asked.as_ref();
        if asked.is_some_and(|it| it.peers.contains_key(name)) {
            return;
        }
        let set_aside = self.refused.get(name).is_some_and(|it| it.retry.is_some());
        match (self.wanted.get(name), self.held.get(name)) {
            (None, None) => {}
            (None, Some(_)) => drop(self.to_delete.insert(name.to_owned())),
            (Some(wanted), Some(held)) if held.told.as_ref() == Some(wanted) => {}
            (Some(_), _) if set_aside => {}
            (Some(_), _) => drop(self.to_ask.insert(name.to_owned())),
        }
    }
}
