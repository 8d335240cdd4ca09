//! Carries out what the table of [`super::state`] says.

use std::time::Duration;

use bytes::Bytes;

use super::collision::{self, Identity, Loser, Older, Origin};
use super::connection::Connection;
use super::fault::Fault;
use super::negotiate::{negotiate, our_open};
use super::state::{Action, Trigger, react};
use super::timers::Timer;
use super::{ConnId, DownReason, Event, Output, Session, State, StopReason};
use crate::iana::{CeaseSubcode, MessageType};
use crate::ingest::Ingest;
use crate::net::Family;
use crate::time::Instant;
use crate::wire::{Notification, Open, RefreshSubtype, RouteRefresh, keepalive};

/// A retry time of zero would be a busy loop.
const CONNECT_RETRY_MIN: Duration = Duration::from_millis(100);
/// RFC 4271 section 4.4: "KEEPALIVE messages MUST NOT be sent more frequently than one per second."
const KEEPALIVE_INTERVAL_MIN: Duration = Duration::from_secs(1);

/// What the operator wants, and how it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activity {
    /// Idle until `Start`.
    Stopped,
    /// Idle until IdleHold expires.
    Resting,
    /// Dials, listens, or has a connection.
    Trying,
}

/// What comes after the last connection has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// To Idle for a while: the session failed.
    Rest,
    /// To Active: there never was one.
    Retry,
}

impl Session {
    /// Something happened to the machine that dials.
    pub(super) fn on_dialler(&mut self, now: Instant, trigger: Trigger) {
        match react(self.dialler(), trigger) {
            Action::Begin => self.begin(now),
            Action::Dial => self.dial_again(now),
            // All else is about a connection, and was told to the connection.
            _ => {}
        }
    }

    /// Something happened to a connection. Nothing, if it has ended already: ids are never used
    /// twice.
    pub(super) fn on_connection(&mut self, now: Instant, id: ConnId, trigger: Trigger) {
        let Some(connection) = self.connections.find(id) else {
            return;
        };
        match react(connection.state(), trigger) {
            Action::Ignore | Action::Begin | Action::Dial => {}
            Action::Cancel => self.close(now, id, None, Next::Retry),
            Action::SendOpen => self.send_open(now, id),
            Action::Retry(why) => {
                self.finish(now, id, Some(DownReason::Transport(why)), Next::Retry);
            }
            Action::Confirm(open) => self.confirm(now, id, &open),
            Action::Establish => self.establish(now, id),
            Action::SendKeepalive => self.send_keepalive(now, id),
            Action::RestartHold => self.restart_hold(now, id),
            Action::Deliver(update) => {
                self.restart_hold(now, id);
                match self.ingest.take(&update) {
                    Ok(()) => self.tell(Event::Update(update)),
                    Err(excess) => self.fail(now, id, Fault::too_many_routes(excess)),
                }
            }
            Action::Refresh(refresh) => self.refresh(id, refresh),
            Action::Cease(why) => {
                self.notify(id, &cease(&why));
                self.close(now, id, None, Next::Rest);
            }
            Action::YieldToOther => {
                self.notify(id, &Fault::collision().notification);
                self.close(now, id, None, Next::Retry);
            }
            Action::ExpireHold => {
                let silence = connection.hold().unwrap_or_default();
                self.fail(now, id, Fault::hold_timer_expired(silence));
            }
            Action::ExpireSendHold => {
                let stall = connection.send_hold().unwrap_or_default();
                self.fail(now, id, Fault::send_hold_timer_expired(stall));
            }
            Action::Fail(fault) => self.fail(now, id, fault),
            Action::Lose(why) => {
                self.finish(now, id, Some(DownReason::Transport(why)), Next::Rest);
            }
            Action::Leave(notification) => {
                let reason = self.reason_to_tell(id, notification);
                self.close(now, id, reason, Next::Rest);
            }
        }
    }

    /// Octets came in: each whole message is a trigger, until one of them ends the connection.
    pub(super) fn receive(&mut self, now: Instant, id: ConnId, octets: &[u8]) {
        match self.connections.find_mut(id) {
            Some(connection) if connection.state() >= State::OpenSent => connection.push(octets),
            _ => return,
        }
        while let Some(arrival) = self
            .connections
            .find_mut(id)
            .and_then(Connection::next_arrival)
        {
            if let Some(message) = arrival.message {
                self.received.add(message, 1);
            }
            self.on_connection(now, id, arrival.trigger);
        }
    }

    /// Serves every timer that is due.
    pub(super) fn expire(&mut self, now: Instant) {
        while let Some((owner, timer)) = self.take_expired(now) {
            let trigger = match timer {
                Timer::ConnectRetry => Trigger::ConnectRetryExpired,
                Timer::IdleHold => Trigger::IdleHoldExpired,
                Timer::Hold => Trigger::HoldExpired,
                Timer::SendHold => Trigger::SendHoldExpired,
                Timer::Keepalive => Trigger::KeepaliveExpired,
            };
            match owner {
                Some(id) => self.on_connection(now, id, trigger),
                None => self.on_dialler(now, trigger),
            }
        }
    }

    /// The operator ends it.
    pub(super) fn stop(&mut self, now: Instant, why: StopReason) {
        if self.activity == Activity::Stopped {
            return;
        }
        self.activity = Activity::Stopped;
        self.timers.stop(Timer::ConnectRetry);
        self.timers.stop(Timer::IdleHold);
        self.backoff.reset();
        let ids: Vec<ConnId> = self.connections.iter().map(|one| one.id).collect();
        for id in ids {
            self.on_connection(now, id, Trigger::Stop(why.clone()));
        }
        self.tell(Event::Down(DownReason::Stopped(why)));
    }

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

    /// Tells that the state has changed, if it has.
    pub(super) fn report_state(&mut self) {
        let (from, to) = (self.reported, self.state());
        if from != to {
            self.reported = to;
            self.tell(Event::StateChanged { from, to });
        }
    }

    /// Where the machine that dials is.
    fn dialler(&self) -> State {
        match self.activity {
            Activity::Stopped | Activity::Resting => State::Idle,
            Activity::Trying => self
                .connections
                .dialled()
                .map_or(State::Active, Connection::state),
        }
    }

    fn begin(&mut self, now: Instant) {
        self.activity = Activity::Trying;
        self.timers.stop(Timer::IdleHold);
        self.dial(now);
    }

    fn dial_again(&mut self, now: Instant) {
        if let Some(id) = self.connections.dialled().map(|dial| dial.id) {
            let why = "the dial was not answered in time".to_owned();
            self.close(now, id, Some(DownReason::Transport(why)), Next::Retry);
        }
        self.dial(now);
    }

    /// Dials, unless we wait for the peer or a connection is about to be Established.
    fn dial(&mut self, now: Instant) {
        if self.config.passive || self.connections.has_peers_open() {
            return;
        }
        self.restart_connect_retry(now);
        if self.make_room(now) {
            let id = self.connections.add(Origin::Us);
            self.outputs.push_back(Output::Connect(id));
        }
    }

    fn send_open(&mut self, now: Instant, id: ConnId) {
        let Some(connection) = self.connections.find_mut(id) else {
            return;
        };
        connection.enter_open_sent(now);
        if connection.origin == Origin::Us {
            self.timers.stop(Timer::ConnectRetry);
        }
        let open = our_open(&self.config).encode();
        self.send(id, MessageType::Open, open);
    }

    fn confirm(&mut self, now: Instant, id: ConnId, open: &Open) {
        let negotiated = match negotiate(&self.config, open) {
            Ok(negotiated) => negotiated,
            Err(fault) => return self.fail(now, id, fault),
        };
        self.resolve_collision(now, id, open);
        let Some(connection) = self.connections.find_mut(id) else {
            return;
        };
        connection.enter_open_confirm(now, negotiated, &mut self.rng);
        self.send(id, MessageType::Keepalive, keepalive());
        self.report_state();
    }

    /// The peer's OPEN came on `newer`. If it had come on another connection before, one of both
    /// ends.
    fn resolve_collision(&mut self, now: Instant, newer: ConnId, open: &Open) {
        let rival = self.connections.rival(newer);
        let (Some(other), Some(this)) = (rival, self.connections.find(newer)) else {
            return;
        };
        let local = Identity {
            router_id: self.config.router_id,
            asn: self.config.local_asn,
        };
        let peer = Identity {
            router_id: open.router_id,
            asn: open.asn,
        };
        let older = Older {
            origin: other.origin,
            established: other.state() == State::Established,
        };
        let (older_id, origin) = (other.id, this.origin);
        match collision::resolve(local, peer, older, origin) {
            Loser::Older => self.on_connection(now, older_id, Trigger::CollisionLost),
            Loser::Newer => {
                // The peer may have come back after a loss of power. If so, its system answers a
                // KEEPALIVE on the older connection with a reset, and nobody has to wait for the
                // hold timer.
                if let Some(older) = self.connections.find_mut(older_id) {
                    let soon = now + KEEPALIVE_INTERVAL_MIN;
                    older.timers.hasten(Timer::Keepalive, soon);
                }
                self.on_connection(now, newer, Trigger::CollisionLost);
            }
        }
    }

    fn establish(&mut self, now: Instant, id: ConnId) {
        let Some(negotiated) = self
            .connections
            .find_mut(id)
            .and_then(|connection| connection.enter_established(now))
        else {
            return;
        };
        self.ingest = Ingest::new(self.config.intake);
        // Another connection on which OPENs are under way ends when the peer's comes. A dial ends
        // now, lest it take the peer's time.
        self.timers.stop(Timer::ConnectRetry);
        let dial = self
            .connections
            .dialled()
            .filter(|dial| dial.state() == State::Connect);
        if let Some(dial) = dial.map(|dial| dial.id) {
            self.on_connection(now, dial, Trigger::CollisionLost);
        }
        self.report_state();
        self.tell(Event::Established(id, negotiated));
    }

    fn send_keepalive(&mut self, now: Instant, id: ConnId) {
        self.send(id, MessageType::Keepalive, keepalive());
        self.restart_keepalive(now, id);
    }

    pub(super) fn restart_keepalive(&mut self, now: Instant, id: ConnId) {
        if let Some(connection) = self.connections.find_mut(id) {
            connection.restart_keepalive(now, &mut self.rng);
        }
    }

    fn restart_hold(&mut self, now: Instant, id: ConnId) {
        if let Some(connection) = self.connections.find_mut(id) {
            connection.restart_hold(now);
        }
    }

    /// Ignores requests for families that were not negotiated (RFC 2918 section 4) and unknown
    /// subtypes (RFC 7313 section 5). What the peer says of its own routes (BoRR, EoRR) changes
    /// nothing, for they are not used.
    fn refresh(&mut self, id: ConnId, refresh: RouteRefresh) {
        let negotiated = self.connections.find(id).and_then(Connection::negotiated);
        let family = Family::from_identifiers(refresh.afi, refresh.safi)
            .filter(|family| negotiated.is_some_and(|agreed| agreed.families.contains(*family)));
        if let (RefreshSubtype::Request, Some(family)) = (refresh.subtype, family) {
            self.tell(Event::RefreshRequested(family));
        }
    }

    fn fail(&mut self, now: Instant, id: ConnId, fault: Fault) {
        self.notify(id, &fault.notification);
        let reason = DownReason::Sent(fault.notification, fault.words);
        self.close(now, id, Some(reason), Next::Rest);
    }

    /// Why `id` ends after the peer's NOTIFICATION; `None` if it is the one of two that the peer
    /// gives up.
    fn reason_to_tell(&self, id: ConnId, notification: Notification) -> Option<DownReason> {
        let collision = Notification::cease(CeaseSubcode::ConnectionCollisionResolution);
        let yields = notification.code == collision.code
            && notification.subcode == collision.subcode
            && self.connections.is_full()
            && self.established_connection() != Some(id);
        (!yields).then_some(DownReason::Received(notification))
    }

    fn close(&mut self, now: Instant, id: ConnId, reason: Option<DownReason>, next: Next) {
        self.outputs.push_back(Output::Close(id));
        self.finish(now, id, reason, next);
    }

    /// Forgets a connection that has ended, and goes on with what is left.
    fn finish(&mut self, now: Instant, id: ConnId, reason: Option<DownReason>, next: Next) {
        let Some(ended) = self.connections.remove(id) else {
            return;
        };
        // While a session is Established, nothing that another connection does is the end of it.
        if let Some(reason) = reason
            && self.established_connection().is_none()
        {
            self.ingest = Ingest::new(self.config.intake);
            self.tell(Event::Down(reason));
        }
        if self.activity != Activity::Trying {
            return;
        }
        if next == Next::Rest && self.connections.is_empty() {
            let rest = self.backoff.after_failure(ended.lived(now));
            let rest = self.rng.jitter(rest);
            self.activity = Activity::Resting;
            self.timers.stop(Timer::ConnectRetry);
            self.timers.set(Timer::IdleHold, now + rest);
        } else if self.connections.dialled().is_none() && !self.connections.has_peers_open() {
            self.start_connect_retry(now);
        }
    }

    fn start_connect_retry(&mut self, now: Instant) {
        if !self.timers.runs(Timer::ConnectRetry) && !self.config.passive {
            self.restart_connect_retry(now);
        }
    }

    fn restart_connect_retry(&mut self, now: Instant) {
        let time = self.config.connect_retry_time.max(CONNECT_RETRY_MIN);
        let time = self.rng.jitter(time);
        self.timers.set(Timer::ConnectRetry, now + time);
    }

    fn take_expired(&mut self, now: Instant) -> Option<(Option<ConnId>, Timer)> {
        for connection in self.connections.iter_mut() {
            if let Some(timer) = connection.timers.take_expired(now) {
                return Some((Some(connection.id), timer));
            }
        }
        self.timers.take_expired(now).map(|timer| (None, timer))
    }

    fn notify(&mut self, id: ConnId, notification: &Notification) {
        self.send(id, MessageType::Notification, notification.encode());
    }

    fn send(&mut self, id: ConnId, message: MessageType, octets: Bytes) {
        self.sent.add(message, 1);
        self.outputs.push_back(Output::Send(id, octets));
    }

    fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }
}

/// The Cease that tells the peer what its operator wants to know (RFC 4486, RFC 9003).
fn cease(why: &StopReason) -> Notification {
    match why {
        StopReason::AdministrativeShutdown(text) => Notification::administrative_shutdown(text),
        StopReason::AdministrativeReset(text) => Notification::administrative_reset(text),
        StopReason::Deconfigured => Notification::cease(CeaseSubcode::PeerDeconfigured),
    }
}
