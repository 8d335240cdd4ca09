//! The node role: what it hears, it plans; what is planned, it applies; what changes, it tells.

use std::convert::Infallible;

use bellwether_proto::v1::{SyncAdvertised, SyncApplied};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use crate::apply::kernel::Forwarder;
use crate::apply::order::{Action, Change, Loss, Order};
use crate::apply::speaker::SpeakerEvent;
use crate::plan::{Planner, Update};
use crate::report;
use crate::source::Event;

/// The task of the node role. It owns the plan, the order and the kernel; objects, the speaker's
/// answers and the order's deadline wake it; cancelling it leaves everything as it is.
///
/// The kernel is programmed in this task: it takes microseconds, and nothing may be announced before.
pub struct NodeRole<K> {
    planner: Planner,
    order: Order,
    kernel: Kernel<K>,
    events: mpsc::Receiver<Event>,
    speaker: mpsc::Receiver<SpeakerEvent>,
    stream: Stream,
}

/// The stream to the speaker. What changes about it is told once it is known to last: a speaker that
/// refuses what it is told ends each stream at once.
#[derive(Default)]
struct Stream {
    changes: Option<mpsc::Sender<Change>>,
    /// Whether it is known that it works, or why it does not.
    told: Option<Result<(), String>>,
}

struct Kernel<K> {
    forwarder: K,
    /// What went wrong the last time: told when it changes.
    failure: Option<String>,
}

impl<K: Forwarder> NodeRole<K> {
    /// The role on the node of this name.
    pub fn new(
        node: String,
        forwarder: K,
        events: mpsc::Receiver<Event>,
        speaker: mpsc::Receiver<SpeakerEvent>,
    ) -> NodeRole<K> {
        NodeRole {
            planner: Planner::new(node),
            order: Order::default(),
            kernel: Kernel {
                forwarder,
                failure: None,
            },
            events,
            speaker,
            stream: Stream::default(),
        }
    }

    /// Runs until it is cancelled. That the source or the speaker link has ended is for the owner of
    /// the tasks to see.
    pub async fn run(mut self) -> Infallible {
        loop {
            self.act();
            let deadline = self.order.deadline();
            let sender = self
                .stream
                .changes
                .clone()
                .filter(|_| self.order.wants_to_send());
            tokio::select! {
                Some(event) = self.events.recv() => self.hear(event),
                Some(event) = self.speaker.recv() => self.hear_speaker(event),
                Some(()) = room(sender) => {}
                () = until(deadline) => self.expire(),
            }
        }
    }

    fn hear(&mut self, event: Event) {
        let Update { delta, notes } = self.planner.handle(event);
        notes.iter().for_each(report::note);
        if self.planner.is_synced() {
            self.order.plan(Instant::now(), delta);
        }
    }

    fn hear_speaker(&mut self, event: SpeakerEvent) {
        match event {
            SpeakerEvent::Connected {
                generation,
                routes,
                peers,
                changes,
            } => {
                debug!(
                    generation,
                    routes = routes.len(),
                    peers = peers.len(),
                    "connected to the speaker"
                );
                self.order.connected(generation, routes, peers);
                self.stream.changes = Some(changes);
            }
            SpeakerEvent::Applied(SyncApplied {
                generation,
                routes: _,
            }) => {
                self.stream.works();
                debug!(generation, "the speaker has applied");
                for peer in self.order.applied(Instant::now(), generation) {
                    info!(peer, "the speaker no longer refuses the peer");
                }
            }
            SpeakerEvent::Advertised(advertised) => {
                let SyncAdvertised {
                    generation,
                    peers_done,
                    peers_total,
                } = advertised;
                debug!(
                    generation,
                    peers_done, peers_total, "the speaker has advertised"
                );
                self.order.advertised(generation, peers_done, peers_total);
            }
            SpeakerEvent::Lost { reason, refused } => {
                let refusal = refused.then_some(reason.as_str());
                match self.order.lost(Instant::now(), refusal) {
                    Loss::Stream => self.stream.lost(reason),
                    Loss::Refused { news } => self.stream.refused(&news, &reason),
                }
            }
        }
    }

    fn expire(&mut self) {
        for route in self.order.expire(Instant::now()) {
            warn!(%route, "not every peer took the withdrawal in time; forwarding ends anyway");
        }
    }

    /// Does all that can be done now.
    fn act(&mut self) {
        loop {
            // A closed channel counts as full: that the stream is lost is about to be told.
            let permit = self
                .stream
                .changes
                .as_ref()
                .and_then(|changes| changes.try_reserve().ok());
            let now = Instant::now();
            match (self.order.next(now, permit.is_some()), permit) {
                (Some(Action::Program), _) => {
                    let done = self.kernel.apply(&self.order);
                    self.order.programmed(now, done);
                }
                (Some(Action::Send(change)), Some(permit)) => {
                    debug!(?change, "to the speaker");
                    permit.send(change);
                }
                _ => return,
            }
        }
    }
}

impl Stream {
    fn works(&mut self) {
        if self.told != Some(Ok(())) {
            info!("the speaker has what is to be announced");
            self.told = Some(Ok(()));
        }
    }

    /// It ended over a peer, and will be there again at once.
    fn refused(&mut self, peers: &[String], reason: &str) {
        self.changes = None;
        for peer in peers {
            warn!(
                peer,
                "the speaker refuses the peer, everything else goes on: {reason}"
            );
        }
    }

    fn lost(&mut self, reason: String) {
        self.changes = None;
        let told = Some(Err(reason));
        if self.told != told
            && let Some(Err(reason)) = &told
        {
            warn!("no stream to the speaker: {reason}; forwarding stays as it is");
        }
        self.told = told;
    }
}

impl<K: Forwarder> Kernel<K> {
    fn apply(&mut self, order: &Order) -> bool {
        let desired = order.forwarding();
        let failure = self
            .forwarder
            .apply(desired)
            .err()
            .map(|error| error.to_string());
        match (&failure, &self.failure) {
            (Some(failure), before) if before.as_ref() != Some(failure) => {
                warn!("cannot program the kernel, so nothing new is announced: {failure}");
            }
            (None, Some(_)) => info!("the kernel is programmed again"),
            (None, None) => {
                debug!(
                    frontends = desired.frontends.len(),
                    vips = desired.vips.len(),
                    "programmed"
                );
            }
            _ => {}
        }
        self.failure = failure;
        self.failure.is_none()
    }
}

/// Until a change can be sent. That the stream is gone is told by other means.
async fn room(changes: Option<mpsc::Sender<Change>>) -> Option<()> {
    changes?.reserve().await.ok().map(drop)
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
