//! Carries out what [`super::collision`] says of two connections with the same peer.

use std::time::Duration;

use super::collision::{self, Identity, Loser, Older};
use super::connection::Connection;
use super::state::Trigger;
use super::timers::Timer;
use super::{ConnId, Session, State};
use crate::iana::MessageType;
use crate::time::Instant;
use crate::wire::keepalive;

/// RFC 4271 section 4.4: "KEEPALIVE messages MUST NOT be sent more frequently than one per second."
const KEEPALIVE_INTERVAL_MIN: Duration = Duration::from_secs(1);

impl Session {
    /// Whether the peer may open a connection, made possible if need be by ending one that has come
    /// to nothing.
    ///
    /// A peer that lost power leaves a connection in OpenSent, on which nothing is ever sent that
    /// would show it to be dead. Were it kept for the 4 minutes of its hold timer, the peer could
    /// not come back until then.
    pub(super) fn make_room(&mut self, now: Instant) -> bool {
        if self.connections.is_full()
            && let Some(id) = self.connections.silent().map(|one| one.id)
        {
            self.on_connection(now, id, Trigger::CollisionLost);
        }
        !self.connections.is_full()
    }

    /// Goes on with a connection that is up: with our OPEN, unless we have accepted the peer's on
    /// another one.
    pub(super) fn open_or_wait(&mut self, now: Instant, id: ConnId) {
        let accepted = self.connections.accepted().map(|one| one.id);
        match (self.connections.find_mut(id), accepted) {
            (Some(late), Some(accepted)) if late.state() < State::OpenSent => {
                let end = now + collision::OPEN_WAIT;
                late.timers.set(Timer::CollisionWait, end);
                self.probe(now, accepted);
            }
            _ => self.on_connection(now, id, Trigger::TransportUp),
        }
    }

    /// Goes on with a connection on which the peer's OPEN has come: with our KEEPALIVE, unless
    /// another one is expected to win.
    pub(super) fn accept_or_wait(&mut self, now: Instant, id: ConnId, peer: Identity) {
        let winner = collision::winner(self.identity(), peer);
        let winner_awaited = self.connections.awaited(winner).is_some();
        match self.connections.find_mut(id) {
            Some(loser) if loser.origin != winner && winner_awaited => {
                let end = now + collision::KEEPALIVE_WAIT;
                loser.timers.set(Timer::CollisionWait, end);
            }
            _ => self.accept_open(now, id),
        }
    }

    /// The peer's KEEPALIVE has come.
    pub(super) fn establish_or_wait(&mut self, now: Instant, id: ConnId) {
        let sent_ours = |one: &mut Connection| one.note_acceptance(now);
        if self.connections.find_mut(id).is_some_and(sent_ours) {
            self.establish(now, id);
        }
    }

    /// The peer's OPEN came on `newer`. If it had come on another connection before, one of both
    /// ends.
    pub(super) fn resolve_collision(&mut self, now: Instant, newer: ConnId, peer: Identity) {
        let rival = self.connections.rival(newer);
        let (Some(other), Some(this)) = (rival, self.connections.find(newer)) else {
            return;
        };
        let older = Older {
            origin: other.origin,
            established: other.state() == State::Established,
        };
        let (older_id, origin) = (other.id, this.origin);
        match collision::resolve(self.identity(), peer, older, origin) {
            Loser::Older => self.on_connection(now, older_id, Trigger::CollisionLost),
            Loser::Newer => {
                self.probe(now, older_id);
                self.on_connection(now, newer, Trigger::CollisionLost);
            }
        }
    }

    /// Ends the connections on which our OPEN has not been sent: without it the peer cannot have
    /// chosen one of them.
    pub(super) fn cancel_unopened(&mut self, now: Instant) {
        while let Some(id) = self.connections.unopened().map(|one| one.id) {
            self.on_connection(now, id, Trigger::CollisionLost);
        }
    }

    /// Ends the connections by which another one is held up.
    pub(super) fn give_up_awaited(&mut self, now: Instant) {
        let Some(waiting) = self.connections.waiting() else {
            return;
        };
        let origin = waiting.origin.other();
        while let Some(id) = self.connections.awaited(origin).map(|one| one.id) {
            self.on_connection(now, id, Trigger::CollisionLost);
        }
    }

    /// Ends the wait for a connection that has just ended.
    pub(super) fn end_wait(&mut self, now: Instant) {
        let free = self.connections.waiting();
        let free = free.filter(|one| self.connections.awaited(one.origin.other()).is_none());
        if let Some(id) = free.map(|one| one.id) {
            return self.accept_open(now, id);
        }
        let parked = self.connections.parked();
        if let Some(id) = parked.map(|one| one.id)
            && self.connections.accepted().is_none()
        {
            self.on_connection(now, id, Trigger::TransportUp);
        }
    }

    /// Sends the KEEPALIVE that accepts the peer's OPEN.
    fn accept_open(&mut self, now: Instant, id: ConnId) {
        let Some(connection) = self.connections.find_mut(id) else {
            return;
        };
        let peers_came = connection.accept_open(now, &mut self.rng);
        self.send(id, MessageType::Keepalive, keepalive());
        if peers_came {
            self.establish(now, id);
        }
    }

    /// Makes sure soon that the peer knows this connection.
    ///
    /// The peer may have come back after a loss of power. If so, its system answers a KEEPALIVE
    /// with a reset, and nobody has to wait for the hold timer.
    fn probe(&mut self, now: Instant, id: ConnId) {
        if let Some(connection) = self.connections.find_mut(id) {
            let soon = now + KEEPALIVE_INTERVAL_MIN;
            connection.timers.hasten(Timer::Keepalive, soon);
        }
    }

    fn identity(&self) -> Identity {
        Identity {
            router_id: self.config.router_id,
            asn: self.config.local_asn,
        }
    }
}
