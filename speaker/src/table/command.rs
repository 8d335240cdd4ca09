//! What one can ask the table, and what it answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bellwether_bgp::egress::{Changes, Export, PeerKey, Pulled, RouteAttributes};
use bellwether_bgp::net::{Family, Prefix};
use prometheus_client::metrics::histogram::Histogram;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};

use super::desired::Routes;
use super::difference::Differences;
use super::drain::Phase;
use super::explain::Explanation;
use super::history::ResumeToken;
use super::owners::StreamId;
use super::progress::Advertised;
use super::refusal::Refusal;
use super::standing::Standing;
use super::watch::{Batch, WatchId};
use crate::model::{DrainPlan, DrainTarget, Lease, LeaseChange, Name, Peer};
use crate::peer::PeerStatus;

/// Where the one who asks gets the answer.
pub(crate) type Reply<T> = oneshot::Sender<T>;

/// Something for the table to do.
#[derive(Debug)]
pub(crate) enum Command {
    Owner(OwnerCommand),
    View(ViewCommand),
    Session(SessionCommand),
    Operator(OperatorCommand),
    /// A neighbor has connected, from this address.
    Incoming(TcpStream, SocketAddr),
    /// De-prefer everything for the time of `grace` that is left, withdraw it, end every session, and then yourself.
    Stop {
        grace: Duration,
    },
}

/// What owners want.
#[derive(Debug)]
pub(crate) enum OwnerCommand {
    /// A change that counts the owner's generation up by one.
    OneShot {
        owner: Name,
        change: OneShot,
        options: Options,
        reply: Reply<Result<Outcome, Refusal>>,
    },
    /// The owner is alive, and says this of its lease.
    Renew {
        owner: Name,
        lease: LeaseChange,
        reply: Reply<Result<OwnerView, Refusal>>,
    },
    /// All routes and peers of owner `config`. With `dry_run` nothing is done that would be.
    Configure {
        routes: Routes,
        peers: Vec<Peer>,
        dry_run: bool,
        reply: Reply<Result<(), Refusal>>,
    },
    /// A Sync stream begins.
    Open {
        owner: Name,
        lease: LeaseChange,
        reply: Reply<Result<Ticket, Refusal>>,
    },
    /// A Sync stream says something that changes nothing yet.
    Heard { owner: Name, stream: StreamId },
    /// A Sync stream changes something.
    Write {
        owner: Name,
        stream: StreamId,
        generation: u64,
        change: Change,
        reply: Reply<Result<Applied, Refusal>>,
    },
    /// News of how far the stream's generations have come; answered when there is some.
    Progress {
        owner: Name,
        stream: StreamId,
        reply: Reply<Advertised>,
    },
}

/// What people and programs want to see.
#[derive(Debug)]
pub(crate) enum ViewCommand {
    Routes(RouteQuery, Reply<RoutePage>),
    Peers(Reply<Vec<PeerView>>),
    Summary(Reply<Summary>),
    Drains(Reply<Vec<DrainView>>),
    /// To all peers, or to the one with this name or address.
    Explain(Prefix, Option<String>, Reply<Result<Explanation, Refusal>>),
    WatchRoutes(Option<ResumeToken>, Reply<Result<WatchTicket, Refusal>>),
    /// Everything that can be counted.
    Measures(Reply<Measures>),
    /// Answered as soon as it is read.
    Alive(Reply<()>),
    /// The next events of a watch; answered when there are some.
    RouteEvents(WatchId, Reply<Batch<Prefix, RouteView>>),
    WatchPeers(Option<ResumeToken>, Reply<Result<WatchTicket, Refusal>>),
    /// The next events of a watch; answered when there are some.
    PeerEvents(WatchId, Reply<Batch<Name, PeerView>>),
}

/// What operators do, whoever declared what it concerns. A peer is named by its name or its address.
#[derive(Debug)]
pub(crate) enum OperatorCommand {
    ResetPeer {
        peer: String,
        communication: String,
        reply: Reply<Result<(), Refusal>>,
    },
    ShutdownPeer {
        peer: String,
        communication: String,
        reply: Reply<Result<(), Refusal>>,
    },
    EnablePeer {
        peer: String,
        reply: Reply<Result<(), Refusal>>,
    },
    Drain {
        target: TargetText,
        plan: DrainPlan,
        reply: Reply<Result<watch::Receiver<DrainView>, Refusal>>,
    },
    Undrain {
        target: TargetText,
        reply: Reply<Result<(), Refusal>>,
    },
}

/// What is to be drained, as somebody called it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TargetText {
    All,
    Owner(Name),
    /// By name or address.
    Peer(String),
}

/// What the tasks of the peers have to tell. Each uses a key for one Established session only.
#[derive(Debug)]
pub(crate) enum SessionCommand {
    /// A session is Established.
    Join(PeerKey, Export),
    /// It goes on, and its routes are to be advertised in another way.
    Export(PeerKey, Export),
    /// It ended.
    Leave(PeerKey),
    /// The neighbor wants a family again.
    Refresh(PeerKey, Family),
    /// The transport has accepted everything so far: the next octets, when there are some.
    Pull(PeerKey, Reply<Pulled>),
    /// The status of this peer has changed in a way that watchers want to know.
    Changed(Name),
}

/// What a one-shot call does to the owner's set.
#[derive(Debug)]
pub(crate) enum OneShot {
    Announce(Routes),
    /// Each prefix must be one of the owner's.
    Withdraw(Vec<Prefix>),
    /// These are all.
    Replace(Routes),
}

/// How a one-shot call is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Only say what would change.
    pub(crate) dry_run: bool,
    /// Only if this is the generation in force.
    pub(crate) expect_generation: Option<u64>,
    pub(crate) lease: LeaseChange,
}

/// What a one-shot call did, or would do.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) applied: Applied,
    /// Of a dry run.
    pub(crate) differences: Option<Differences>,
}

/// What a Sync stream does to the owner's set.
#[derive(Debug)]
pub(crate) enum Change {
    /// This is all of it.
    Snapshot { routes: Routes, peers: Vec<Peer> },
    Delta {
        upsert_routes: Routes,
        delete_routes: Vec<Prefix>,
        upsert_peers: Vec<Peer>,
        delete_peers: Vec<Name>,
    },
}

/// A change is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Applied {
    pub(crate) generation: u64,
    pub(crate) routes: Changes,
}

/// A Sync stream: open for as long as this is held.
#[derive(Debug)]
pub(crate) struct Ticket {
    pub(crate) stream: StreamId,
    /// The owner's generation in force.
    pub(crate) generation: u64,
    /// Why the stream is to end. Closed without a word: the speaker stops.
    pub(crate) end: oneshot::Receiver<Refusal>,
}

/// A watch: open for as long as this is held.
#[derive(Debug)]
pub(crate) struct WatchTicket {
    pub(crate) id: WatchId,
    #[expect(
        dead_code,
        reason = "held, not read: the table sees when it is dropped"
    )]
    pub(crate) alive: oneshot::Receiver<()>,
}

/// Which routes.
#[derive(Clone, Debug)]
pub(crate) struct RouteQuery {
    /// Only this one.
    pub(crate) prefix: Option<Prefix>,
    /// Only those that this owner wants.
    pub(crate) owner: Option<Name>,
    /// Only those behind this one.
    pub(crate) after: Option<Prefix>,
    /// At most this many.
    pub(crate) limit: usize,
}

/// Routes in order.
#[derive(Debug)]
pub(crate) struct RoutePage {
    pub(crate) routes: Vec<RouteView>,
    /// There are others behind the last one.
    pub(crate) more: bool,
}

/// A route as the speaker holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RouteView {
    pub(crate) prefix: Prefix,
    pub(crate) attributes: RouteAttributes,
    /// The one whose attributes are in force first.
    pub(crate) owners: Vec<String>,
    /// All of them are.
    pub(crate) depreferred: bool,
    pub(crate) advertised_peers: u32,
    pub(crate) eligible_peers: u32,
    pub(crate) since: Option<SystemTime>,
}

/// A peer as the speaker holds it.
#[derive(Clone, Debug)]
pub(crate) struct PeerView {
    pub(crate) peer: Arc<Peer>,
    pub(crate) owner: Name,
    pub(crate) status: PeerStatus,
    pub(crate) advertised_routes: u64,
    pub(crate) administrative: Administrative,
    /// Established, and everything was written to it: all routes, and End-of-RIB.
    pub(crate) synchronized: bool,
}

/// What operators have done to a peer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Administrative {
    #[default]
    Enabled,
    /// With this communication.
    ShutDown(String),
    /// It is being drained, or has been, with this communication.
    Drained(String),
}

/// What one owner wants of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClaimView {
    pub(crate) owner: Name,
    /// As the owner said them.
    pub(crate) attributes: RouteAttributes,
    pub(crate) standing: Standing,
    /// These attributes are announced, with what `standing` adds.
    pub(crate) in_force: bool,
}

/// How far a drain has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DrainView {
    pub(crate) target: DrainTarget,
    pub(crate) phase: Phase,
    pub(crate) since: SystemTime,
    /// When the phase ends at the latest.
    pub(crate) until: Option<SystemTime>,
    pub(crate) peers_done: u32,
    pub(crate) peers_total: u32,
    pub(crate) communication: String,
}

/// The table in numbers.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    pub(crate) peers: usize,
    pub(crate) established_peers: usize,
    pub(crate) routes_ipv4: usize,
    pub(crate) routes_ipv6: usize,
    pub(crate) owners: Vec<OwnerView>,
    pub(crate) drains: Vec<DrainView>,
}

/// The table and the peers in numbers, for whoever observes them.
#[derive(Clone, Debug)]
pub(crate) struct Measures {
    pub(crate) summary: Summary,
    pub(crate) peers: Vec<PeerView>,
    pub(crate) update_groups: usize,
    pub(crate) log_octets: usize,
    /// Established peers that do not have everything yet.
    pub(crate) peers_behind: usize,
    pub(crate) convergence: Histogram,
}

/// An owner in numbers.
#[derive(Clone, Debug)]
pub(crate) struct OwnerView {
    pub(crate) name: Name,
    pub(crate) generation: u64,
    pub(crate) routes: usize,
    pub(crate) peers: usize,
    pub(crate) connected: bool,
    pub(crate) lease: Option<Lease>,
    /// When the lease runs out, or did.
    pub(crate) lease_expires: Option<SystemTime>,
    pub(crate) lease_expired: bool,
    pub(crate) standing: Standing,
    pub(crate) last_heard: Option<SystemTime>,
}

/// The table has ended: the process is about to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the speaker is stopping")]
pub(crate) struct Gone;

/// The way to the table. Sending waits while [`COMMANDS`] are on their way; the table itself waits for nobody, so that
/// they always get there.
#[derive(Clone, Debug)]
pub(crate) struct TableHandle(mpsc::Sender<Command>);

/// How many commands wait for the table.
pub(crate) const COMMANDS: usize = 256;

impl TableHandle {
    /// The two ends of the way to the table.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Command>) {
        let (sender, receiver) = mpsc::channel(COMMANDS);
        (Self(sender), receiver)
    }

    /// Tells something.
    pub(crate) async fn tell(&self, command: Command) -> Result<(), Gone> {
        self.0.send(command).await.map_err(|_| Gone)
    }

    /// Asks something, and waits for the answer.
    pub(crate) async fn ask<T>(
        &self,
        command: impl FnOnce(Reply<T>) -> Command,
    ) -> Result<T, Gone> {
        self.start_asking(command).await?.await.map_err(|_| Gone)
    }

    /// Asks something whose answer may be long in coming.
    pub(crate) async fn start_asking<T>(
        &self,
        command: impl FnOnce(Reply<T>) -> Command,
    ) -> Result<oneshot::Receiver<T>, Gone> {
        let (reply, answer) = oneshot::channel();
        self.tell(command(reply)).await?;
        Ok(answer)
    }
}
