//! The tasks of the peers: which run, what they are told, and what they wait for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::SystemTime;

use bellwether_bgp::egress::{PeerKey, Pulled, Table};
use bellwether_bgp::session::{State, StopReason};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tracing::info;

use super::command::{Reply, TableHandle};
use super::peers::Peers;
use crate::clock::Clock;
use crate::model::{Name, Peer, PeerChange, peer_change};
use crate::peer::{PeerStatus, PeerTask};

/// About how many octets a peer gets at once: enough to fill a socket buffer, little enough that a withdrawal
/// that comes after them is not late.
const PULL_OCTETS: usize = 64 * 1024;

/// How many connections of one neighbor wait for its task. One is what a neighbor has; two meet in a collision.
const INCOMING: usize = 2;

/// Runs one task for each declared peer.
#[derive(Debug)]
pub(super) struct Sessions {
    tasks: JoinSet<Name>,
    running: BTreeMap<Name, Running>,
    /// The last words of the task of a declared peer that has none now.
    ended: BTreeMap<Name, PeerStatus>,
    /// Those that have everything and wait for more.
    parked: BTreeMap<PeerKey, Reply<Pulled>>,
    /// Those that had everything at least once, End-of-RIB included.
    synchronized: BTreeSet<PeerKey>,
    started: u32,
    handle: TableHandle,
    clock: Clock,
}

#[derive(Debug)]
struct Running {
    peer: Arc<Peer>,
    /// Tells the task.
    declared: watch::Sender<Arc<Peer>>,
    incoming: mpsc::Sender<TcpStream>,
    /// `None`: it was told to stop.
    stop: Option<oneshot::Sender<StopReason>>,
    status: watch::Receiver<PeerStatus>,
}

impl Running {
    /// Goes on as declared now, if it can.
    fn adopt(&mut self, peer: &Arc<Peer>) {
        match peer_change(&self.peer, peer) {
            PeerChange::InPlace(_) => {
                self.peer = Arc::clone(peer);
                self.declared.send_replace(Arc::clone(peer));
            }
            PeerChange::Reset(fields) if self.stop.is_some() => {
                let fields = fields.join(", ");
                info!(peer = %peer.name, "the session begins again for a change of {fields}");
                self.stop(StopReason::AdministrativeReset(
                    "the configuration of this session has changed".to_owned(),
                ));
            }
            PeerChange::Reset(_) => {}
        }
    }

    fn stop(&mut self, reason: StopReason) {
        if let Some(stop) = self.stop.take() {
            // It has just ended by itself if nobody listens; the join tells.
            let _ = stop.send(reason);
        }
    }
}

impl Sessions {
    pub(super) fn new(handle: TableHandle, clock: Clock) -> Self {
        Self {
            tasks: JoinSet::new(),
            running: BTreeMap::new(),
            ended: BTreeMap::new(),
            parked: BTreeMap::new(),
            synchronized: BTreeSet::new(),
            started: 0,
            handle,
            clock,
        }
    }

    /// Stops what is not declared (any more, or not like that) or `held` down with a communication, starts what does not
    /// run yet, and lets go on what changed only in what needs no reset. A peer that is reset is started again when its
    /// old task has ended.
    pub(super) fn reconcile(
        &mut self,
        peers: &Peers,
        held: impl Fn(&Name) -> Option<String>,
        now: SystemTime,
    ) {
        for (name, running) in &mut self.running {
            if let Some(communication) = held(name) {
                running.stop(StopReason::AdministrativeShutdown(communication));
                continue;
            }
            match peers.get(name) {
                Some(declared) if declared.peer == running.peer => {}
                Some(declared) => running.adopt(&declared.peer),
                None => running.stop(StopReason::Deconfigured),
            }
        }
        self.ended.retain(|name, _| peers.get(name).is_some());
        for (name, declared) in peers.iter() {
            if !self.running.contains_key(name) && held(name).is_none() {
                self.start(&declared.peer, now);
            }
        }
    }

    fn start(&mut self, peer: &Arc<Peer>, now: SystemTime) {
        self.started += 1;
        let (incoming, connections) = mpsc::channel(INCOMING);
        let (stop, told) = oneshot::channel();
        let idle = PeerStatus::idle(Some(now));
        let status = match self.ended.remove(&peer.name) {
            Some(PeerStatus {
                established_count,
                last_error,
                ..
            }) => PeerStatus {
                established_count,
                last_error,
                ..idle
            },
            None => idle,
        };
        let (status, seen) = watch::channel(status);
        let (declared, peer_seen) = watch::channel(Arc::clone(peer));
        let task = PeerTask {
            declared: peer_seen,
            number: self.started,
            clock: self.clock,
            table: self.handle.clone(),
            incoming: connections,
            stop: told,
            status,
        };
        self.tasks.spawn(task.run());
        let running = Running {
            peer: Arc::clone(peer),
            declared,
            incoming,
            stop: Some(stop),
            status: seen,
        };
        self.running.insert(peer.name.clone(), running);
    }

    /// Ends the peer's session; another one begins when it has.
    pub(super) fn reset(&mut self, name: &Name, communication: String) {
        if let Some(running) = self.running.get_mut(name) {
            running.stop(StopReason::AdministrativeReset(communication));
        }
    }

    /// The Established sessions, by the names of their peers.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&Name, PeerKey)> {
        let keys = self.running.iter();
        keys.filter_map(|(name, running)| Some((name, running.status.borrow().key?)))
    }

    /// Whether a session's transport has accepted everything there is for it.
    pub(super) fn has_everything(&self, key: PeerKey) -> bool {
        self.parked.contains_key(&key)
    }

    /// Whether the peer has a task, and with it a session or a try for one.
    pub(super) fn is_running(&self, name: &Name) -> bool {
        self.running.contains_key(name)
    }

    /// The name of the next task that ended; waits for ever while there are none.
    ///
    /// # Errors
    /// A task panicked.
    pub(super) async fn ended(&mut self) -> anyhow::Result<Name> {
        match self.tasks.join_next().await {
            Some(ended) => Ok(ended?),
            None => std::future::pending().await,
        }
    }

    /// Forgets a task that ended. The session that it had, if it was Established until then.
    pub(super) fn remove(&mut self, name: &Name, table: &mut Table) -> Option<PeerKey> {
        let running = self.running.remove(name)?;
        let mut status = running.status.borrow().clone();
        let key = status.key.take();
        if let Some(key) = key {
            self.leave(key, table);
        }
        self.ended.insert(name.clone(), status);
        key
    }

    /// Hands a connection to the peer's task. `false`: there is none that takes it.
    pub(super) fn connect(&self, name: &Name, stream: TcpStream) -> bool {
        self.running
            .get(name)
            .is_some_and(|running| running.incoming.try_send(stream).is_ok())
    }

    pub(super) fn leave(&mut self, key: PeerKey, table: &mut Table) {
        self.parked.remove(&key);
        self.synchronized.remove(&key);
        table.leave(key);
    }

    /// Answers at once if there is something to send, else as soon as there is.
    pub(super) fn pull(&mut self, key: PeerKey, reply: Reply<Pulled>, table: &mut Table) {
        self.parked.insert(key, reply);
        self.feed(key, table);
    }

    /// Gives everybody who waits what there is for him.
    pub(super) fn feed_all(&mut self, table: &mut Table) {
        let waiting: Vec<PeerKey> = self.parked.keys().copied().collect();
        waiting.into_iter().for_each(|key| self.feed(key, table));
    }

    fn feed(&mut self, key: PeerKey, table: &mut Table) {
        let pulled = table.pull(key, PULL_OCTETS);
        if pulled.chunks.is_empty() {
            // It asks only when all that it was given before was accepted by the transport.
            self.synchronized.insert(key);
            return;
        }
        if let Some(reply) = self.parked.remove(&key) {
            // The session has just ended if nobody listens; it will leave.
            let _ = reply.send(pulled);
        }
    }

    /// Tells those who have everything, and those without a session, to stop; with `all`, everybody.
    pub(super) fn shut_down(&mut self, all: bool, communication: &str) {
        for running in self.running.values_mut() {
            let key = running.status.borrow().key;
            let waits = key.is_none_or(|key| self.parked.contains_key(&key));
            if waits || all {
                running.stop(StopReason::AdministrativeShutdown(communication.to_owned()));
            }
        }
    }

    /// Whether the session had everything at least once.
    pub(super) fn is_synchronized(&self, key: PeerKey) -> bool {
        self.synchronized.contains(&key)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// What the peer's task says of itself.
    pub(super) fn status(&self, name: &Name) -> Option<PeerStatus> {
        self.running
            .get(name)
            .map(|running| running.status.borrow().clone())
            .or_else(|| self.ended.get(name).cloned())
    }

    pub(super) fn established(&self) -> usize {
        self.running
            .values()
            .filter(|running| running.status.borrow().state == State::Established)
            .count()
    }
}
