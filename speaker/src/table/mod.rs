//! The task that owns everything that is shared: the desired routes, their owners, the declared peers, and what
//! each session has been given.
//!
//! It does one command at a time, from beginning to end, and waits for nobody: whoever asks for something that is not
//! there yet (a peer for octets, a watcher for events) is answered later, by its `oneshot`. So there is no lock, no
//! queue towards anybody, and nobody can hold it up.

mod command;
mod convergence;
mod desired;
mod owners;
mod peers;
mod progress;
mod refusal;
mod sessions;
mod view;
mod watch;
mod write;

use std::net::SocketAddr;
use std::time::Duration;

use bellwether_bgp::time::Instant;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tracing::{info, warn};

pub(crate) use command::{
    Applied, Change, Command, Gone, Measures, OwnerCommand, OwnerView, PeerView, Reply, RouteQuery,
    RouteView, SessionCommand, Summary, TableHandle, Ticket, ViewCommand, WatchTicket,
};
pub(crate) use desired::Routes;
pub(crate) use progress::Advertised;
pub(crate) use refusal::Refusal;
pub(crate) use watch::{Batch, Event, Evicted, WAITING_EVENTS, WatchId};

use crate::clock::{Clock, Now};
use crate::log::Throttle;
use crate::model::Name;
use crate::transport::{self, Listening};
use convergence::Convergence;
use desired::Desired;
use owners::Owners;
use peers::Peers;
use sessions::Sessions;
use view::PeerSource;
use watch::Watchers;

/// How long a peer may take to accept the withdrawals when the speaker stops. Then it is told to go, and closing takes
/// [`crate::peer::LINGER`] at most: together less than the five seconds that the whole has.
const WITHDRAW_WITHIN: Duration = Duration::from_secs(2);

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
    listening: Listening,
    peer_watchers: Watchers<Name, PeerView>,
    strangers: Throttle,
    convergence: Convergence,
    stopping: Option<Stopping>,
}

/// The speaker is told to stop.
#[derive(Debug)]
struct Stopping {
    /// Until when peers may take their withdrawals; `None`: all were told to go.
    until: Option<Instant>,
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
    ) -> Self {
        Self {
            commands,
            clock,
            desired: Desired::new(),
            owners: Owners::default(),
            peers: Peers::default(),
            sessions: Sessions::new(handle, clock),
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
            let deadline = self.stopping.as_ref().and_then(|stopping| stopping.until);
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
            self.answer(now);
            if let Some(stopping) = &mut self.stopping {
                let late = stopping.until.is_none_or(|until| now.instant >= until);
                if late {
                    stopping.until = None;
                }
                self.sessions.shut_down(late, COMMUNICATION);
                if self.sessions.is_empty() {
                    return Ok(());
                }
            }
        }
    }

    fn handle(&mut self, command: Command, now: Now) {
        match command {
            Command::Owner(command) => self.handle_owner(command, now),
            Command::View(command) => self.handle_view(command),
            Command::Session(command) => self.handle_session(command),
            Command::Incoming(stream, from) => self.incoming(stream, from, now.instant),
            Command::Stop => self.stop(),
        }
    }

    // A reply whose asker is gone is dropped everywhere below: he does not want to know any more.

    fn handle_owner(&mut self, command: OwnerCommand, now: Now) {
        match command {
            OwnerCommand::Announce {
                owner,
                routes,
                reply,
            } => {
                let _ = reply.send(self.announce(&owner, routes, now));
            }
            OwnerCommand::Withdraw {
                owner,
                prefixes,
                reply,
            } => {
                let _ = reply.send(self.withdraw(&owner, &prefixes, now));
            }
            OwnerCommand::Configure {
                routes,
                peers,
                dry_run,
                reply,
            } => {
                let _ = reply.send(self.configure(routes, peers, dry_run, now));
            }
            OwnerCommand::Open { owner, reply } => {
                let _ = reply.send(self.open(&owner));
            }
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
            ViewCommand::WatchRoutes(reply) => {
                let (held, alive) = oneshot::channel();
                let id = self.desired.watch(held);
                let _ = reply.send(WatchTicket { id, alive });
            }
            ViewCommand::RouteEvents(id, reply) => self.desired.ask_events(id, reply),
            ViewCommand::WatchPeers(reply) => {
                let (held, alive) = oneshot::channel();
                let id = self.peer_watchers.open(held);
                let _ = reply.send(WatchTicket { id, alive });
            }
            ViewCommand::PeerEvents(id, reply) => self.peer_watchers.ask(id, reply),
        }
    }

    fn handle_session(&mut self, command: SessionCommand) {
        let table = self.desired.table_mut();
        match command {
            SessionCommand::Join(key, export) => table.join(key, export),
            SessionCommand::Export(key, export) => {
                table.change_export(key, export);
                self.sessions.feed_all(table);
            }
            SessionCommand::Leave(key) => self.sessions.leave(key, table),
            SessionCommand::Refresh(key, family) => {
                table.refresh(key, family);
                self.sessions.feed_all(table);
            }
            SessionCommand::Pull(key, reply) => self.sessions.pull(key, reply, table),
            SessionCommand::Changed(name) => self.peer_watchers.mark(&[name]),
        }
    }

    fn incoming(&mut self, stream: TcpStream, from: SocketAddr, now: Instant) {
        let neighbor = transport::neighbor(from);
        let name = neighbor.and_then(|neighbor| self.peers.at(&neighbor));
        if name.is_some_and(|name| self.sessions.connect(name, stream)) {
            return;
        }
        let why = match name {
            Some(_) => "its connections before this one are not dealt with yet",
            None => "no peer has this address",
        };
        if let Some(held_back) = self.strangers.pass(now) {
            warn!(%from, held_back, "refused a connection: {why}");
        }
    }

    fn ended(&mut self, name: &Name, now: Now) {
        self.sessions.remove(name, self.desired.table_mut());
        if self.stopping.is_none() {
            self.sessions.reconcile(&self.peers, now.wall);
        }
        self.peer_watchers.mark(std::slice::from_ref(name));
    }

    fn stop(&mut self) {
        if self.stopping.is_some() {
            return;
        }
        info!("stopping: all routes are withdrawn, then the sessions end");
        self.desired
            .withdraw_all(self.owners.iter().map(|(name, _)| name));
        self.sessions.feed_all(self.desired.table_mut());
        // Read again: a million withdrawals take a while, and the peers' time begins when they are there to be taken.
        self.stopping = Some(Stopping {
            until: Some(self.clock.read().instant + WITHDRAW_WITHIN),
        });
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
        let source = PeerSource::new(&self.peers, &self.sessions, &self.desired);
        self.peer_watchers.answer(&source);
    }
}
