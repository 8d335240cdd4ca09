use bellwether_bgp::net::Prefix;
use tokio::sync::oneshot;

use super::TableTask;
use super::command::{Applied, Change, Ticket};
use super::desired::Routes;
use super::owners::StreamId;
use super::peers;
use super::refusal::Refusal;
use crate::clock::Now;
use crate::model::{Name, Peer};

/// What owners want.
impl TableTask {
    pub(super) fn announce(
        &mut self,
        owner: &Name,
        routes: Routes,
        now: Now,
    ) -> Result<Applied, Refusal> {
        self.accepts_changes()?;
        let generation = self.next_generation(owner)?;
        Ok(self.patch(owner, generation, routes, &[], now))
    }

    pub(super) fn withdraw(
        &mut self,
        owner: &Name,
        prefixes: &[Prefix],
        now: Now,
    ) -> Result<Applied, Refusal> {
        self.accepts_changes()?;
        let wants = |prefix| self.desired.table().wants(owner.as_str(), prefix);
        if let Some(index) = prefixes.iter().position(|prefix| !wants(*prefix))
            && let Some(prefix) = prefixes.get(index)
        {
            return Err(Refusal::NotAnnounced {
                index,
                prefix: *prefix,
                owner: owner.clone(),
            });
        }
        let generation = self.next_generation(owner)?;
        Ok(self.patch(owner, generation, Routes::new(), prefixes, now))
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

    pub(super) fn open(&mut self, owner: &Name) -> Result<Ticket, Refusal> {
        self.accepts_changes()?;
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
        let applied = match change {
            Change::Snapshot { routes, peers } => {
                let peers = self.peers.check_replace(owner, peers)?;
                self.declare(peers, now);
                let routes = self.desired.replace(owner, routes, now.wall);
                self.sessions.feed_all(self.desired.table_mut());
                Applied { generation, routes }
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
            Some(_) => Err(Refusal::Stopping),
            None => Ok(()),
        }
    }

    fn next_generation(&mut self, owner: &Name) -> Result<u64, Refusal> {
        let generation = self.owners.generation(owner)?;
        *generation = generation.saturating_add(1);
        Ok(*generation)
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
            self.sessions.reconcile(&self.peers, now.wall);
            self.peer_watchers.mark(&changed);
        }
    }
}
