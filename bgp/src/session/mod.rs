//! The state machine of one peer (RFC 4271 section 8), without sockets or clocks.
//!
//! A driver mutates it with one call (`accept` or `handle`), then takes outputs from `poll` until there is none, then
//! waits until `deadline` or the next event of the transport. `handle` cannot fail: what the peer does wrong becomes a
//! NOTIFICATION, a Close and a Down event.

mod config;
mod event;

pub use config::PeerConfig;
pub use event::{ConnId, DownReason, Event, Input, MessageCounts, Negotiated, Output, State, StopReason};

use crate::time::Instant;

/// One peer.
#[derive(Debug)]
pub struct Session {}

impl Session {
    /// A session in Idle. `seed` is all the randomness there is (jitter of timers).
    #[must_use]
    pub fn new(_config: PeerConfig, _seed: u64) -> Self {
        todo!()
    }

    /// The peer has connected to us. `None`: refuse, close it without a word.
    pub fn accept(&mut self, _now: Instant) -> Option<ConnId> {
        todo!()
    }

    /// Something happened.
    pub fn handle(&mut self, _now: Instant, _input: Input<'_>) {
        todo!()
    }

    /// What to do about it; until `None`.
    pub fn poll(&mut self) -> Option<Output> {
        todo!()
    }

    /// When to call `handle(now, Input::Timeout)` at the latest.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        todo!()
    }

    /// Where the state machine is: the furthest of its connections.
    #[must_use]
    pub fn state(&self) -> State {
        todo!()
    }

    /// Messages sent and received since the session was made.
    #[must_use]
    pub fn counts(&self) -> (MessageCounts, MessageCounts) {
        todo!()
    }
}
