//! One transport connection: where it is, what it has received, what it waits for.

use std::time::Duration;

use super::collision::Origin;
use super::rng::Rng;
use super::state::Trigger;
use super::timers::{Timer, Timers};
use super::{ConnId, Negotiated, State};
use crate::iana::MessageType;
use crate::net::FamilySet;
use crate::time::Instant;
use crate::wire::{DecodeContext, Framer, Message};

/// How long to wait for the peer's OPEN (RFC 4271 section 8.2.2: "A HoldTimer value of 4 minutes is
/// suggested").
const OPEN_HOLD: Duration = Duration::from_secs(240);
/// The shortest send hold time: RFC 9687 suggests the greater of 8 minutes and twice the hold time.
const SEND_HOLD_MIN: Duration = Duration::from_secs(480);

/// A connection, from the dial or the accept on.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) id: ConnId,
    pub(super) origin: Origin,
    pub(super) timers: Timers,
    phase: Phase,
    framer: Framer,
}

#[derive(Debug)]
enum Phase {
    /// Dialled and not answered, or accepted a moment ago.
    Opening,
    OpenSent,
    OpenConfirm(Negotiated),
    Established {
        negotiated: Negotiated,
        since: Instant,
    },
}

/// A message came in, or something that is none.
#[derive(Debug)]
pub(super) struct Arrival {
    /// What the header says it is; `None`: the header itself is at fault.
    pub(super) message: Option<MessageType>,
    pub(super) trigger: Trigger,
}

impl Connection {
    pub(super) fn new(id: ConnId, origin: Origin) -> Self {
        Self {
            id,
            origin,
            timers: Timers::default(),
            phase: Phase::Opening,
            framer: Framer::new(),
        }
    }

    pub(super) fn state(&self) -> State {
        match (&self.phase, self.origin) {
            (Phase::Opening, Origin::Us) => State::Connect,
            (Phase::Opening, Origin::Peer) => State::Active,
            (Phase::OpenSent, _) => State::OpenSent,
            (Phase::OpenConfirm(_), _) => State::OpenConfirm,
            (Phase::Established { .. }, _) => State::Established,
        }
    }

    /// What the OPENs agreed on, from OpenConfirm on.
    pub(super) fn negotiated(&self) -> Option<&Negotiated> {
        match &self.phase {
            Phase::Opening | Phase::OpenSent => None,
            Phase::OpenConfirm(negotiated) | Phase::Established { negotiated, .. } => {
                Some(negotiated)
            }
        }
    }

    /// How long it has been Established.
    pub(super) fn lived(&self, now: Instant) -> Duration {
        match self.phase {
            Phase::Established { since, .. } => now.saturating_since(since),
            Phase::Opening | Phase::OpenSent | Phase::OpenConfirm(_) => Duration::ZERO,
        }
    }

    pub(super) fn push(&mut self, octets: &[u8]) {
        self.framer.push(octets);
    }

    /// The next whole message of what was pushed.
    pub(super) fn next_arrival(&mut self) -> Option<Arrival> {
        let frame = match self.framer.next_frame() {
            Ok(frame) => frame?,
            Err(error) => {
                return Some(Arrival {
                    message: None,
                    trigger: Trigger::HeaderFault(error),
                });
            }
        };
        // The framer cuts nothing shorter than a header, whose last octet is the type.
        let message = MessageType::from_value(frame.get(18).copied().unwrap_or_default());
        let trigger = match Message::decode(&frame, &self.decode_context()) {
            Ok(decoded) => Trigger::from(decoded),
            Err(error) => Trigger::fault(message, error),
        };
        Some(Arrival {
            message: Some(message),
            trigger,
        })
    }

    /// Our OPEN goes out.
    pub(super) fn enter_open_sent(&mut self, now: Instant) {
        self.phase = Phase::OpenSent;
        self.timers.set(Timer::Hold, now + OPEN_HOLD);
    }

    /// The peer's OPEN is good, and our KEEPALIVE goes out.
    pub(super) fn enter_open_confirm(
        &mut self,
        now: Instant,
        negotiated: Negotiated,
        rng: &mut Rng,
    ) {
        self.phase = Phase::OpenConfirm(negotiated);
        self.restart_hold(now);
        self.restart_keepalive(now, rng);
    }

    /// The peer's KEEPALIVE accepts our OPEN. `None`: there was no OPEN to accept.
    pub(super) fn enter_established(&mut self, now: Instant) -> Option<Negotiated> {
        let negotiated = self.negotiated()?.clone();
        self.phase = Phase::Established {
            negotiated: negotiated.clone(),
            since: now,
        };
        self.restart_hold(now);
        self.restart_send_hold(now);
        Some(negotiated)
    }

    /// How long the peer may be silent; `None`: forever.
    pub(super) fn hold(&self) -> Option<Duration> {
        match self.negotiated() {
            Some(negotiated) => negotiated.hold_time.duration(),
            None => Some(OPEN_HOLD),
        }
    }

    /// How long the peer may take nothing; `None`: forever.
    pub(super) fn send_hold(&self) -> Option<Duration> {
        match self.state() {
            State::Established => self
                .hold()
                .map(|hold| hold.saturating_mul(2).max(SEND_HOLD_MIN)),
            _ => None,
        }
    }

    pub(super) fn restart_hold(&mut self, now: Instant) {
        match self.hold() {
            Some(hold) => self.timers.set(Timer::Hold, now + hold),
            None => self.timers.stop(Timer::Hold),
        }
    }

    pub(super) fn restart_send_hold(&mut self, now: Instant) {
        if let Some(hold) = self.send_hold() {
            self.timers.set(Timer::SendHold, now + hold);
        }
    }

    pub(super) fn restart_keepalive(&mut self, now: Instant, rng: &mut Rng) {
        if let Some(time) = self.negotiated().and_then(|agreed| agreed.keepalive_time) {
            self.timers.set(Timer::Keepalive, now + rng.jitter(time));
        }
    }

    fn decode_context(&self) -> DecodeContext {
        match self.negotiated() {
            Some(negotiated) => DecodeContext {
                four_octet_as: negotiated.four_octet_as,
                ebgp: negotiated.is_ebgp(),
                families: negotiated.families,
            },
            // UPDATEs, which alone need it, are not expected yet.
            None => DecodeContext {
                four_octet_as: false,
                ebgp: true,
                families: FamilySet::EMPTY,
            },
        }
    }
}
