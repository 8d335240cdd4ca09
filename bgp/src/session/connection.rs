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
use crate::wire::{DecodeContext, Framer, MAX_MESSAGE_OCTETS, Message};

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
    /// Dialled and not answered, or our OPEN is withheld.
    Opening,
    OpenSent,
    OpenConfirm {
        negotiated: Negotiated,
        answer: Answer,
    },
    Established {
        negotiated: Negotiated,
        since: Instant,
    },
}

/// Our KEEPALIVE, which accepts the peer's OPEN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Sent,
    /// Until a collision has been decided. The peer's own may have come meanwhile.
    Withheld {
        peers_came: bool,
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
            (Phase::OpenConfirm { .. }, _) => State::OpenConfirm,
            (Phase::Established { .. }, _) => State::Established,
        }
    }

    /// What the OPENs agreed on, from OpenConfirm on.
    pub(super) fn negotiated(&self) -> Option<&Negotiated> {
        match &self.phase {
            Phase::Opening | Phase::OpenSent => None,
            Phase::OpenConfirm { negotiated, .. } | Phase::Established { negotiated, .. } => {
                Some(negotiated)
            }
        }
    }

    /// How long it has been Established.
    pub(super) fn lived(&self, now: Instant) -> Duration {
        match self.phase {
            Phase::Established { since, .. } => now.saturating_since(since),
            Phase::Opening | Phase::OpenSent | Phase::OpenConfirm { .. } => Duration::ZERO,
        }
    }

    /// Whether our KEEPALIVE is withheld until a collision has been decided.
    pub(super) fn is_waiting(&self) -> bool {
        match &self.phase {
            Phase::OpenConfirm { answer, .. } => *answer != Answer::Sent,
            Phase::Opening | Phase::OpenSent | Phase::Established { .. } => false,
        }
    }

    /// Whether it is up, and our OPEN is withheld until a collision has been decided.
    pub(super) fn is_parked(&self) -> bool {
        matches!(self.phase, Phase::Opening) && self.timers.runs(Timer::CollisionWait)
    }

    /// Whether these octets, and those before them, can be the peer's OPEN and nothing else.
    pub(super) fn has_room(&self, octets: &[u8]) -> bool {
        self.framer.kept_octets() + octets.len() <= usize::from(MAX_MESSAGE_OCTETS)
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
        self.timers.stop(Timer::CollisionWait);
        self.timers.set(Timer::Hold, now + OPEN_HOLD);
    }

    /// The peer's OPEN is good. Our KEEPALIVE is withheld until [`accept_open`](Self::accept_open).
    pub(super) fn enter_open_confirm(&mut self, now: Instant, negotiated: Negotiated) {
        let answer = Answer::Withheld { peers_came: false };
        self.phase = Phase::OpenConfirm { negotiated, answer };
        self.restart_hold(now);
    }

    /// Our KEEPALIVE goes out. Whether the peer's has come before.
    pub(super) fn accept_open(&mut self, now: Instant, rng: &mut Rng) -> bool {
        let Phase::OpenConfirm { answer, .. } = &mut self.phase else {
            return false;
        };
        let before = std::mem::replace(answer, Answer::Sent);
        self.timers.stop(Timer::CollisionWait);
        self.restart_keepalive(now, rng);
        before == Answer::Withheld { peers_came: true }
    }

    /// The peer's KEEPALIVE has come. Whether ours has been sent.
    pub(super) fn note_acceptance(&mut self, now: Instant) -> bool {
        self.restart_hold(now);
        match &mut self.phase {
            Phase::OpenConfirm {
                answer: Answer::Withheld { peers_came },
                ..
            } => {
                *peers_came = true;
                false
            }
            _ => true,
        }
    }

    /// Both KEEPALIVEs accept the OPENs. `None`: there was no OPEN to accept.
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
        if let Some(time) = self.negotiated().and_then(|agreed| agreed.keepalive_time)
            && !self.is_waiting()
        {
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
