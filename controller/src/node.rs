//! The node role: what it hears, it plans; what is planned, it applies; what changes, it tells.

use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use crate::apply::kernel::Forwarder;
use crate::apply::order::{Action, Change, Order};
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
    changes: Option<mpsc::Sender<Change>>,
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
            changes: None,
        }
    }

    /// Runs until the source or the speaker link is gone.
    pub async fn run(mut self) {
        loop {
            self.act();
            let deadline = self.order.deadline();
            let sender = self.changes.clone().filter(|_| self.order.wants_to_send());
            let waiting = sender.is_some();
            tokio::select! {
                event = self.events.recv() => match event {
                    Some(event) => self.hear(event),
                    None => return,
                },
                event = self.speaker.recv() => match event {
                    Some(event) => self.hear_speaker(event),
                    None => return,
                },
                () = room(sender), if waiting => {}
                () = tokio::time::sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                    for route in self.order.expire(Instant::now()) {
                        warn!(%route, "not every peer has been sent the withdrawal in time; forwarding ends anyway");
                    }
                }
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
                changes,
            } => {
                info!(
                    generation,
                    routes = routes.len(),
                    "connected to the speaker"
                );
                self.order.connected(generation, routes);
                self.changes = Some(changes);
            }
            SpeakerEvent::Applied(applied) => {
                debug!(generation = applied.generation, "the speaker has applied");
                self.order.applied(Instant::now(), applied.generation);
            }
            SpeakerEvent::Advertised(advertised) => {
                let (done, total) = (advertised.peers_done, advertised.peers_total);
                debug!(
                    generation = advertised.generation,
                    done, total, "the speaker has advertised"
                );
                self.order.advertised(advertised.generation, done, total);
            }
            SpeakerEvent::Lost(reason) => {
                warn!("no stream to the speaker: {reason}; forwarding stays as it is");
                self.order.lost();
                self.changes = None;
            }
        }
    }

    /// Does all that can be done now.
    fn act(&mut self) {
        loop {
            // A closed channel counts as full: that the stream is lost is about to be told.
            let permit = self
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

/// Until a change can be sent, or the stream is gone, which is told by other means.
async fn room(changes: Option<mpsc::Sender<Change>>) {
    match changes {
        Some(changes) if changes.reserve().await.is_ok() => {}
        _ => std::future::pending().await,
    }
}
