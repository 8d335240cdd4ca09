//! The task that owns everything that is shared: the desired routes, their owners, the declared peers, and what
//! each session has been given.
//!
//! It does one command at a time, from beginning to end, and waits for nobody: whoever asks for something that is not
//! there yet (a peer for octets, a watcher for events) is answered later, by its `oneshot`. So there is no lock, no
//! queue towards anybody, and nobody can hold it up.

mod command;
mod convergence;
mod desired;
mod difference;
mod drain;
mod explain;
mod history;
mod operator;
mod owners;
mod peers;
mod progress;
mod refusal;
mod sessions;
mod shelf;
mod standing;
mod view;
mod watch;
mod write;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bellwether_bgp::egress::{Export, PeerKey};
use bellwether_bgp::time::Instant;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tracing::{info, warn};

pub(crate) use command::{
    Administrative, Applied, Change, ClaimView, Command, DrainView, Gone, Measures, OneShot,
    OperatorCommand, Options, Outcome, OwnerCommand, OwnerView, PeerView, Reply, RouteQuery,
    RouteView, SessionCommand, Summary, TableHandle, TargetText, Ticket, ViewCommand, WatchTicket,
};
pub(crate) use desired::Routes;
pub(crate) use difference::{Difference, Differences};
pub(crate) use drain::Phase;
pub(crate) use explain::{Explanation, PeerExplanation, Reason};
pub(crate) use history::ResumeToken;
pub(crate) use progress::Advertised;
pub(crate) use refusal::Refusal;
pub(crate) use standing::Standing;
pub(crate) use watch::{Batch, Event, Events, Evicted, WAITING_EVENTS, WatchId};

use crate::clock::{Clock, Now};
use crate::log::Throttle;
use crate::model::{DrainPlan, DrainSettings, DrainTarget, Name};
use crate::transport::{self, Listening};
use convergence::Convergence;
use desired::Desired;
use operator::Operator;
use owners::Owners;
use peers::Peers;
use sessions::Sessions;
use view::PeerSource;
use watch::Watchers;

/// How long a peer may take to accept the withdrawals when the speaker stops. Then it is told to go, and closing takes
/// [`crate::peer::LINGER`] at most: together less than the five seconds that the whole has.
const WITHDRAW_WITHIN: Duration = Duration::from_secs(2);

/// How long stopping takes at most, once everything is withdrawn.
pub(crate) const STOP_WITHIN: Duration = Duration::from_millis(4500);

/// What the operator of the other side reads when the speaker stops (RFC 9003).
const COMMUNICATION: &str = "bellwether-speaker is stopping";

/// See the module. Ends when [`Command::Stop`] is done.
#[derive(Debug)]
pub(crate) struct TableTask {
    commands: mpsc::Receiver<Command>,
    clock: Clock,
    desired: Desired,
    owners: Owners,
    peers: Peers,
    sessions: Sessions,
    /// What each Established session said that it is to be sent.
    joined: BTreeMap<PeerKey, Export>,
    operator: Operator,
    settings: DrainSettings,
    listening: Listening,
    peer_watchers: Watchers<Name, PeerView>,
    strangers: Throttle,
    convergence: Convergence,
    stopping: Option<Stopping>,
}

/// The speaker is told to stop.
#[derive(Debug)]
enum Stopping {
    /// All is de-preferred until then.
    Leaving(Instant),
    /// All is withdrawn. Until when peers may take that; `None`: all were told to go.
    Withdrawn(Option<Instant>),
}

/// What woke the task.
enum Wake {
    Command(Command),
    Ended(Name),
    Deadline,
}

impl TableTask {
    /// A table without routes and peers.
    pub(crate) fn new(
        handle: TableHandle,
        commands: mpsc::Receiver<Command>,
        clock: Clock,
        listening: Listening,
        settings: DrainSettings,
    ) -> Self {
        Self {
            commands,
            clock,
            desired: Desired::new(settings.prepend),
            owners: Owners::default(),
            peers: Peers::default(),
            sessions: Sessions::new(handle, clock),
            joined: BTreeMap::new(),
            operator: Operator::default(),
            settings,
            listening,
            peer_watchers: Watchers::new(),
            strangers: Throttle::new(Duration::from_secs(10)),
            convergence: Convergence::default(),
            stopping: None,
        }
    }

    /// Serves until it is stopped.
    ///
    /// # Errors
    /// The task of a peer panicked.
    pub(crate) async fn run(mut self) -> anyhow::Result<()> {
        loop {
            let deadline = self.deadline();
            let wake = tokio::select! {
                Some(command) = self.commands.recv() => Wake::Command(command),
                name = self.sessions.ended() => Wake::Ended(name?),
                () = self.clock.sleep_until(deadline) => Wake::Deadline,
            };
            let now = self.clock.read();
            match wake {
                Wake::Command(command) => self.handle(command, now),
                Wake::Ended(name) => self.ended(&name, now),
                Wake::Deadline => {}
            }
            self.expire_leases(now);
            self.advance_drains(now);
            self.answer(now);
            if self.stop_further(now) {
                return Ok(());
            }
        }
    }

    /// When something is due although nobody asks.
    fn deadline(&self) -> Option<Instant> {
        let stopping = match &self.stopping {
            Some(Stopping::Leaving(until)) => Some(*until),
            Some(Stopping::Withdrawn(until)) => *until,
            None => None,
        };
        let deadlines = [stopping, self.owners.deadline(), self.operator.deadline()];
        deadlines.into_iter().flatten().min()
    }

    fn expire_leases(&mut self, now: Now) {
        for owner in self.owners.expire(now.instant) {
            self.place_owner(&owner, now);
            let standing = self.standing_of(&owner);
            warn!(%owner, routes = ?standing, "the owner is silent: its lease has run out");
        }
    }

    fn handle(&mut self, command: Command, now: Now) {
        match command {
            Command::Owner(command) => self.handle_owner(command, now),
            Command::View(command) => self.handle_view(command),
            Command::Operator(command) => self.handle_operator(command, now),
            Command::Session(command) => self.handle_session(command),
            Command::Incoming(stream, from) => self.incoming(stream, from, now.instant),
            Command::Stop { grace } => self.stop(grace, now),
        }
    }

    // A reply whose asker is gone is dropped everywhere below: he does not want to know any more.

    fn handle_owner(&mut self, command: OwnerCommand, now: Now) {
        match command {
            OwnerCommand::OneShot {
                owner,
                change,
                options,
                reply,
            } => {
                let _ = reply.send(self.one_shot(&owner, change, options, now));
            }
            OwnerCommand::Renew {
                owner,
                lease,
                reply,
            } => {
                let _ = reply.send(self.renew(&owner, lease, now));
            }
            OwnerCommand::Configure {
                routes,
                peers,
                dry_run,
                reply,
            } => {
                let _ = reply.send(self.configure(routes, peers, dry_run, now));
            }
            OwnerCommand::Open {
                owner,
                lease,
                reply,
            } => {
                let _ = reply.send(self.open(&owner, lease, now));
            }
            OwnerCommand::Heard { owner, stream } => self.heard(&owner, stream, now),
            OwnerCommand::Write {
                owner,
                stream,
                generation,
                change,
                reply,
            } => {
                let _ = reply.send(self.write(&owner, stream, generation, change, now));
            }
            OwnerCommand::Progress {
                owner,
                stream,
                reply,
            } => {
                if let Some(progress) = self.owners.progress(&owner, stream) {
                    progress.ask(reply);
                }
            }
        }
    }

    fn handle_view(&mut self, command: ViewCommand) {
        match command {
            ViewCommand::Routes(query, reply) => {
                let _ = reply.send(self.desired.page(&query));
            }
            ViewCommand::Peers(reply) => {
                let _ = reply.send(self.peer_views());
            }
            ViewCommand::Summary(reply) => {
                let _ = reply.send(self.summary());
            }
            ViewCommand::Measures(reply) => {
                let _ = reply.send(self.measures());
            }
            ViewCommand::Alive(reply) => {
                let _ = reply.send(());
            }
            ViewCommand::Drains(reply) => {
                let _ = reply.send(self.operator.drains());
            }
            ViewCommand::Explain(prefix, peer, reply) => {
                let _ = reply.send(self.explain(prefix, peer.as_deref()));
            }
            ViewCommand::WatchRoutes(resume, reply) => {
                let (held, alive) = oneshot::channel();
                let id = self.desired.watch(held, resume);
                let _ = reply.send(id.map(|id| WatchTicket { id, alive }));
            }
            ViewCommand::RouteEvents(id, reply) => self.desired.ask_events(id, reply),
            ViewCommand::WatchPeers(resume, reply) => {
                let (held, alive) = oneshot::channel();
                let id = self.peer_watchers.open(held, resume);
                let _ = reply.send(id.map(|id| WatchTicket { id, alive }));
            }
            ViewCommand::PeerEvents(id, reply) => self.peer_watchers.ask(id, reply),
        }
    }

    fn handle_session(&mut self, command: SessionCommand) {
        let command = match command {
            SessionCommand::Join(key, export) => {
                let stands = self.placed(key, export);
                return self.desired.table_mut().join(key, stands);
            }
            SessionCommand::Export(key, export) => {
                let stands = self.placed(key, export);
                let table = self.desired.table_mut();
                table.change_export(key, stands);
                return self.sessions.feed_all(table);
            }
            other => other,
        };
        let table = self.desired.table_mut();
        match command {
            SessionCommand::Join(..) | SessionCommand::Export(..) => {}
            SessionCommand::Leave(key) => {
                self.joined.remove(&key);
                self.sessions.leave(key, table);
            }
            SessionCommand::Refresh(key, family) => {
                table.refresh(key, family);
                self.sessions.feed_all(table);
            }
            SessionCommand::Pull(key, reply) => self.sessions.pull(key, reply, table),
            SessionCommand::Changed(name) => self.peer_watchers.mark(&[name]),
        }
    }

    /// Writes down what a session said that it is to be sent, and gives it as the drains want it.
    fn placed(&mut self, key: PeerKey, export: Export) -> Export {
        let name = self.sessions.keys().find(|(_, of)| *of == key);
        let stands = match name {
            Some((name, _)) => self.as_it_stands(name, export.clone()),
            None => export.clone(),
        };
        self.joined.insert(key, export);
        stands
    }

    fn incoming(&mut self, stream: TcpStream, from: SocketAddr, now: Instant) {
        let neighbor = transport::neighbor(from);
        let name = neighbor.and_then(|neighbor| self.peers.at(&neighbor));
        if name.is_some_and(|name| self.sessions.connect(name, stream)) {
            return;
        }
        let why = match name {
            Some(name) if self.operator.held(name).is_some() => "the peer is shut down or drained",
            Some(_) => "its connections before this one are not dealt with yet",
            None => "no peer has this address",
        };
        if let Some(held_back) = self.strangers.pass(now) {
            warn!(%from, held_back, "refused a connection: {why}");
        }
    }

    fn ended(&mut self, name: &Name, now: Now) {
        if let Some(key) = self.sessions.remove(name, self.desired.table_mut()) {
            self.joined.remove(&key);
        }
        if !matches!(self.stopping, Some(Stopping::Withdrawn(_))) {
            self.reconcile(now);
        }
        self.peer_watchers.mark(std::slice::from_ref(name));
    }

    fn stop(&mut self, grace: Duration, now: Now) {
        if self.stopping.is_some() {
            return;
        }
        let leaves = grace.saturating_sub(STOP_WITHIN);
        if leaves.is_zero() {
            return self.withdraw_everything();
        }
        info!(?leaves, "stopping: all routes are de-preferred first");
        let plan = DrainPlan {
            wait: leaves,
            depreference_only: true,
            communication: COMMUNICATION.to_owned(),
        };
        if let Err(refusal) = self.drain(DrainTarget::All, plan, now) {
            warn!("{refusal}");
        }
        self.stopping = Some(Stopping::Leaving(now.instant + leaves));
    }

    /// Whether the speaker has stopped.
    fn stop_further(&mut self, now: Now) -> bool {
        match &mut self.stopping {
            None => false,
            Some(Stopping::Leaving(until)) => {
                if now.instant >= *until {
                    self.withdraw_everything();
                }
                false
            }
            Some(Stopping::Withdrawn(until)) => {
                let late = until.is_none_or(|until| now.instant >= until);
                if late {
                    *until = None;
                }
                self.sessions.shut_down(late, COMMUNICATION);
                self.sessions.is_empty()
            }
        }
    }

    fn withdraw_everything(&mut self) {
        info!("stopping: all routes are withdrawn, then the sessions end");
        self.desired
            .withdraw_all(self.owners.iter().map(|(name, _)| name));
        self.sessions.feed_all(self.desired.table_mut());
        // Read again: a million withdrawals take a while, and the peers' time begins when they are there to be taken.
        let until = self.clock.read().instant + WITHDRAW_WITHIN;
        self.stopping = Some(Stopping::Withdrawn(Some(until)));
    }

    /// Answers whoever waited for what has just happened.
    fn answer(&mut self, now: Now) {
        let table = self.desired.table();
        self.convergence.note(table.version(), now.instant);
        self.convergence.observe(
            |version| table.progress(version),
            || self.clock.read().instant,
        );
        for progress in self.owners.all_progress() {
            progress.answer(|version| table.progress(version));
        }
        self.desired.answer_watchers();
        let source = PeerSource::new(&self.peers, &self.sessions, &self.desired, &self.operator);
        self.peer_watchers.answer(&source);
    }
}
