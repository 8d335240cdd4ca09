use std::collections::BTreeSet;

use bellwether_bgp::net::Prefix;
use tokio::sync::oneshot;
use tracing::{info, warn};

use super::command::{Applied, Change, OneShot, Options, Outcome, OwnerView, Ticket};
use super::desired::Routes;
use super::owners::StreamId;
use super::peers;
use super::refusal::Refusal;
use super::{Stopping, TableTask};
use crate::clock::Now;
use crate::model::{LeaseChange, Name, Peer};

/// How many routes an owner may have.
pub(crate) const OWNER_ROUTES: usize = 1_000_000;

/// What owners want.
impl TableTask {
    pub(super) fn one_shot(
        &mut self,
        owner: &Name,
        change: OneShot,
        options: Options,
        now: Now,
    ) -> Result<Outcome, Refusal> {
        let Options {
            dry_run,
            expect_generation,
            lease,
        } = options;
        self.accepts_changes()?;
        let current = self.owners.get(owner).map_or(0, |known| known.generation);
        if let Some(expected) = expect_generation.filter(|expected| *expected != current) {
            return Err(Refusal::UnexpectedGeneration {
                owner: owner.clone(),
                expected,
                current,
            });
        }
        let (upsert, withdraw, all) = match change {
            OneShot::Announce(routes) => (routes, Vec::new(), false),
            OneShot::Withdraw(prefixes) => (Routes::new(), prefixes, false),
            OneShot::Replace(routes) => (routes, Vec::new(), true),
        };
        self.wants_all(owner, &withdraw)?;
        self.has_room(owner, &upsert, all)?;
        if dry_run {
            if self.owners.get(owner).is_some() {
                self.hear(owner, LeaseChange::Keep, now)?;
            }
            let differences = self.desired.foresee(owner, &upsert, &withdraw, all);
            let applied = Applied {
                generation: current,
                routes: differences.changes,
            };
            return Ok(Outcome {
                applied,
                differences: Some(differences),
            });
        }
        self.hear(owner, lease, now)?;
        let generation = self.next_generation(owner)?;
        let applied = match all {
            true => self.replace(owner, generation, upsert, now),
            false => self.patch(owner, generation, upsert, &withdraw, now),
        };
        Ok(Outcome {
            applied,
            differences: None,
        })
    }

    pub(super) fn renew(
        &mut self,
        owner: &Name,
        lease: LeaseChange,
        now: Now,
    ) -> Result<OwnerView, Refusal> {
        self.accepts_changes()?;
        let Some(known) = self.owners.get(owner) else {
            return Err(Refusal::NoSuchOwner(owner.clone()));
        };
        if known.lease.is_none() && lease == LeaseChange::Keep {
            return Err(Refusal::NoLease(owner.clone()));
        }
        self.hear(owner, lease, now)?;
        let known = self.owners.get(owner);
        known
            .map(|known| self.owner_view(owner, known))
            .ok_or_else(|| Refusal::NoSuchOwner(owner.clone()))
    }

    /// A Sync stream has said something. That of a stream which is not its owner's any more counts for nothing.
    pub(super) fn heard(&mut self, owner: &Name, stream: StreamId, now: Now) {
        if self.owners.is_current(owner, stream)
            && let Err(refusal) = self.hear(owner, LeaseChange::Keep, now)
        {
            warn!("{refusal}");
        }
    }

    /// The owner is alive: its lease begins again, and its routes are as it wants them.
    fn hear(&mut self, owner: &Name, lease: LeaseChange, now: Now) -> Result<(), Refusal> {
        let expired = self.owners.get(owner).is_some_and(|known| known.expired);
        self.owners.hear(owner, lease, now)?;
        if expired {
            info!(%owner, "the owner is heard of again: its lease had run out");
            self.place_owner(owner, now);
        }
        Ok(())
    }

    fn wants_all(&self, owner: &Name, prefixes: &[Prefix]) -> Result<(), Refusal> {
        let wants = |prefix| self.desired.wanted_of(owner, prefix).is_some();
        if let Some(index) = prefixes.iter().position(|prefix| !wants(*prefix))
            && let Some(prefix) = prefixes.get(index)
        {
            return Err(Refusal::NotAnnounced {
                index,
                prefix: *prefix,
                owner: owner.clone(),
            });
        }
        Ok(())
    }

    fn has_room(&self, owner: &Name, upsert: &Routes, all: bool) -> Result<(), Refusal> {
        let held = match all {
            true => 0,
            false => self.desired.owner_routes(owner),
        };
        // Most changes are small, and need not be looked at one by one.
        if held + upsert.len() <= OWNER_ROUTES {
            return Ok(());
        }
        let fresh = |prefix: &Prefix| all || self.desired.wanted_of(owner, *prefix).is_none();
        let prefixes = upsert.iter().map(|(prefix, _)| *prefix);
        let named: BTreeSet<Prefix> = prefixes.filter(fresh).collect();
        if held + named.len() <= OWNER_ROUTES {
            return Ok(());
        }
        Err(Refusal::TooManyRoutes {
            owner: owner.clone(),
            limit: OWNER_ROUTES,
        })
    }

    pub(super) fn configure(
        &mut self,
        routes: Routes,
        peers: Vec<Peer>,
        dry_run: bool,
        now: Now,
    ) -> Result<(), Refusal> {
        self.accepts_changes()?;
        let owner = Name::config();
        let peers = self.peers.check_replace(&owner, peers)?;
        if dry_run {
            return Ok(());
        }
        self.next_generation(&owner)?;
        self.declare(peers, now);
        self.desired.replace(&owner, routes, now.wall);
        self.sessions.feed_all(self.desired.table_mut());
        Ok(())
    }

    pub(super) fn open(
        &mut self,
        owner: &Name,
        lease: LeaseChange,
        now: Now,
    ) -> Result<Ticket, Refusal> {
        self.accepts_changes()?;
        self.hear(owner, lease, now)?;
        let (end, ended) = oneshot::channel();
        let (stream, generation) = self.owners.open(owner, end)?;
        Ok(Ticket {
            stream,
            generation,
            end: ended,
        })
    }

    pub(super) fn write(
        &mut self,
        owner: &Name,
        stream: StreamId,
        generation: u64,
        change: Change,
        now: Now,
    ) -> Result<Applied, Refusal> {
        self.accepts_changes()?;
        self.owners.check(owner, stream, generation)?;
        match &change {
            Change::Snapshot { routes, .. } => self.has_room(owner, routes, true)?,
            Change::Delta { upsert_routes, .. } => self.has_room(owner, upsert_routes, false)?,
        }
        self.hear(owner, LeaseChange::Keep, now)?;
        let applied = match change {
            Change::Snapshot { routes, peers } => {
                let peers = self.peers.check_replace(owner, peers)?;
                self.declare(peers, now);
                self.replace(owner, generation, routes, now)
            }
            Change::Delta {
                upsert_routes,
                delete_routes,
                upsert_peers,
                delete_peers,
            } => {
                let peers = self.peers.check_patch(owner, upsert_peers, &delete_peers)?;
                self.declare(peers, now);
                self.patch(owner, generation, upsert_routes, &delete_routes, now)
            }
        };
        *self.owners.generation(owner)? = generation;
        let version = self.desired.table().version();
        if let Some(progress) = self.owners.progress(owner, stream) {
            progress.add(generation, version);
        }
        Ok(applied)
    }

    fn accepts_changes(&self) -> Result<(), Refusal> {
        match self.stopping {
            Some(Stopping::Withdrawn(_)) => Err(Refusal::Stopping),
            Some(Stopping::Leaving(_)) | None => Ok(()),
        }
    }

    fn next_generation(&mut self, owner: &Name) -> Result<u64, Refusal> {
        let generation = self.owners.generation(owner)?;
        *generation = generation.saturating_add(1);
        Ok(*generation)
    }

    fn replace(&mut self, owner: &Name, generation: u64, routes: Routes, now: Now) -> Applied {
        let routes = self.desired.replace(owner, routes, now.wall);
        self.sessions.feed_all(self.desired.table_mut());
        Applied { generation, routes }
    }

    fn patch(
        &mut self,
        owner: &Name,
        generation: u64,
        upsert: Routes,
        withdraw: &[Prefix],
        now: Now,
    ) -> Applied {
        let routes = self.desired.patch(owner, upsert, withdraw, now.wall);
        self.sessions.feed_all(self.desired.table_mut());
        Applied { generation, routes }
    }

    fn declare(&mut self, peers: peers::Checked, now: Now) {
        let changed = self.peers.assign(peers);
        if !changed.is_empty() {
            // The keys first: a session that begins now may be answered at once.
            self.listening.apply(self.peers.rules());
            self.reconcile(now);
            self.peer_watchers.mark(&changed);
        }
    }
}
