//! The state machine of one peer (RFC 4271 section 8), without sockets or clocks.
//!
//! # Contract with the run loop
//!
//! The driver mutates a [`Session`] with one call, [`accept`](Session::accept) or
//! [`handle`](Session::handle), takes outputs from [`poll`](Session::poll) until there is none, and
//! waits for the transport or for [`deadline`](Session::deadline), whichever is first. If octets
//! and the deadline are there at once, octets go first: they may be the sign of life that the
//! deadline waits for.
//!
//! `handle` cannot fail. What the peer does wrong becomes a NOTIFICATION, a [`Output::Close`] and
//! an [`Event::Down`]. There are at most two connections at a time. Their ids are never used twice,
//! so that news of one that has ended needs no care: it is ignored.
//!
//! UPDATEs are not the session's matter. The driver writes them to the connection that
//! [`Event::Established`] names until [`Event::Down`], between the messages of
//! [`Output::Send`], and says so with [`Input::UpdatesSent`].
//!
//! ```
//! use std::time::Duration;
//!
//! use bellwether_bgp::ingest::Intake;
//! use bellwether_bgp::net::{Asn, FamilySet, HoldTime, RouterId};
//! use bellwether_bgp::session::{ConnId, Event, Input, Output, PeerConfig, Session, State};
//! use bellwether_bgp::time::Instant;
//!
//! /// What a driver has to be able to do.
//! trait World {
//!     fn dial(&mut self, id: ConnId);
//!     fn write(&mut self, id: ConnId, octets: &[u8]);
//!     fn close(&mut self, id: ConnId);
//!     fn tell(&mut self, event: Event);
//! }
//!
//! /// A turn of the run loop: one input, then all outputs, then the time at which to come back.
//! fn turn(
//!     session: &mut Session,
//!     now: Instant,
//!     input: Input<'_>,
//!     world: &mut impl World,
//! ) -> Option<Instant> {
//!     session.handle(now, input);
//!     while let Some(output) = session.poll() {
//!         match output {
//!             Output::Connect(id) => world.dial(id),
//!             Output::Send(id, octets) => world.write(id, &octets),
//!             Output::Close(id) => world.close(id),
//!             Output::Event(event) => world.tell(event),
//!         }
//!     }
//!     session.deadline()
//! }
//!
//! # #[derive(Default)]
//! # struct Log { dialled: Vec<ConnId>, written: Vec<u8>, closed: usize }
//! # impl World for Log {
//! #     fn dial(&mut self, id: ConnId) { self.dialled.push(id); }
//! #     fn write(&mut self, _: ConnId, octets: &[u8]) { self.written.extend(octets); }
//! #     fn close(&mut self, _: ConnId) { self.closed += 1; }
//! #     fn tell(&mut self, _: Event) {}
//! # }
//! # let mut world = Log::default();
//! # let at = |seconds| Instant::from_origin(Duration::from_secs(seconds));
//! let config = PeerConfig {
//!     local_asn: Asn::new(64512)?,
//!     peer_asn: Asn::new(64513)?,
//!     router_id: "10.0.0.1".parse()?,
//!     passive: false,
//!     hold_time: HoldTime::DEFAULT,
//!     connect_retry_time: Duration::from_secs(5),
//!     families: FamilySet::ALL,
//!     intake: Intake::default(),
//! };
//! let mut session = Session::new(config, 1);
//! let retry = turn(&mut session, at(0), Input::Start, &mut world);
//! assert!(retry <= Some(at(5)));
//! let id = world.dialled[0];
//!
//! // The dial is answered: the OPEN goes out, and the peer has four minutes for its own.
//! let give_up = turn(&mut session, at(1), Input::Connected(id), &mut world);
//! assert_eq!(world.written[18], 1);
//! assert_eq!(session.state(), State::OpenSent);
//! assert_eq!(give_up, Some(at(241)));
//!
//! turn(&mut session, at(241), Input::Timeout, &mut world);
//! assert_eq!((session.state(), world.closed), (State::Idle, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where it deviates from RFC 4271
//!
//! - A dial that fails leads from Connect to Active, not to Idle: nothing has gone wrong that a
//!   pause would mend, and the peer may connect at any moment.
//! - A NOTIFICATION is never answered with a NOTIFICATION, not even in OpenSent (section 8.2.2 has
//!   an FSM error there, section 6.4 forbids it).
//! - Sessions start again by themselves after a failure (AutomaticStart), after a rest in Idle of 1
//!   s that doubles up to 8 s and is forgotten once a session has lasted 30 s
//!   (DampPeerOscillations). A load balancer has to be back within seconds after its router is.
//! - A timer that expires in a state in which it does not run is ignored, and no FSM error: the
//!   table of timers makes it impossible.
//! - DelayOpen is not there. TrackTcpState is the driver's matter.
//! - While a connection that the peer opened is in OpenSent, ConnectRetry goes on to dial, because
//!   the peer may have lost power since. Collision resolution ends one of the two.
//! - When two connections are there and the peer opens a third one, the older of those that the
//!   peer opened is given up if the peer has said nothing on it; otherwise the new one is refused.
//! - Of two connections that the peer opened, the newer is kept, unless the older is Established.
//!   RFC 4271 section 6.8 judges only between one of ours and one of the peer's.

mod backoff;
mod collision;
mod config;
mod connection;
mod connections;
mod event;
mod fault;
mod machine;
mod negotiate;
mod reason;
mod rng;
mod state;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod timers;

pub use config::PeerConfig;
pub use event::{ConnId, Event, Input, MessageCounts, Negotiated, Output, State};
pub use reason::{DownReason, StopReason};
pub(crate) use rng::Rng;

use std::collections::VecDeque;

use self::backoff::Backoff;
use self::collision::Origin;
use self::connection::Connection;
use self::connections::Connections;
use self::machine::Activity;
use self::state::Trigger;
use self::timers::Timers;
use crate::iana::MessageType;
use crate::ingest::Ingest;
use crate::net::Family;
use crate::time::Instant;

/// One peer.
#[derive(Debug)]
pub struct Session {
    config: PeerConfig,
    rng: Rng,
    activity: Activity,
    backoff: Backoff,
    /// ConnectRetry and IdleHold; each connection has its own.
    timers: Timers,
    connections: Connections,
    /// Bounded by what one call causes: a few, and one for each message received in it.
    outputs: VecDeque<Output>,
    reported: State,
    sent: MessageCounts,
    received: MessageCounts,
    ingest: Ingest,
}

impl Session {
    /// A session in Idle. `seed` is all the randomness there is (jitter of timers).
    #[must_use]
    pub fn new(config: PeerConfig, seed: u64) -> Self {
        Self {
            ingest: Ingest::new(config.intake),
            config,
            rng: Rng::new(seed),
            activity: Activity::Stopped,
            backoff: Backoff::default(),
            timers: Timers::default(),
            connections: Connections::default(),
            outputs: VecDeque::new(),
            reported: State::Idle,
            sent: MessageCounts::default(),
            received: MessageCounts::default(),
        }
    }

    /// The peer has connected to us. `None`: refuse, close it without a word.
    ///
    /// Idle refuses all, before `Start`, after `Stop` and for the seconds after a failure.
    pub fn accept(&mut self, now: Instant) -> Option<ConnId> {
        if self.activity != Activity::Trying || !self.make_room(now) {
            return None;
        }
        let id = self.connections.add(Origin::Peer);
        self.on_connection(now, id, Trigger::TransportUp);
        self.report_state();
        Some(id)
    }

    /// Something happened.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Start => self.on_dialler(now, Trigger::Start),
            Input::Stop(why) => self.stop(now, why),
            Input::Connected(id) => self.on_connection(now, id, Trigger::TransportUp),
            Input::Received(id, octets) => self.receive(now, id, octets),
            Input::Sent(id) => {
                if let Some(connection) = self.connections.find_mut(id) {
                    connection.restart_send_hold(now);
                }
            }
            Input::UpdatesSent(id, updates) => {
                self.sent.add(MessageType::Update, updates);
                self.restart_keepalive(now, id);
            }
            Input::Closed(id, why) => self.on_connection(now, id, Trigger::TransportDown(why)),
            Input::Timeout => self.expire(now),
        }
        self.report_state();
    }

    /// What to do about it; until `None`.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call `handle(now, Input::Timeout)` at the latest; `None`: nothing is waited for.
    /// Earlier calls do nothing.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let of_connections = self.connections.iter().map(|one| one.timers.deadline());
        of_connections
            .chain([self.timers.deadline()])
            .flatten()
            .min()
    }

    /// Where the state machine is: the furthest of its connections.
    #[must_use]
    pub fn state(&self) -> State {
        self.connections.furthest().unwrap_or(match self.activity {
            Activity::Stopped | Activity::Resting => State::Idle,
            Activity::Trying => State::Active,
        })
    }

    /// What this session was made with.
    #[must_use]
    pub fn config(&self) -> &PeerConfig {
        &self.config
    }

    /// The connection on which UPDATEs may flow.
    #[must_use]
    pub fn established_connection(&self) -> Option<ConnId> {
        self.connections.established().map(|one| one.id)
    }

    /// What the OPENs of the Established session agreed on.
    #[must_use]
    pub fn negotiated(&self) -> Option<&Negotiated> {
        self.connections
            .established()
            .and_then(Connection::negotiated)
    }

    /// Messages sent and received since the session was made.
    #[must_use]
    pub fn counts(&self) -> (MessageCounts, MessageCounts) {
        (self.sent, self.received)
    }

    /// How many routes of a family the peer has announced and not withdrawn in the Established session, as its
    /// [`Intake`](crate::ingest::Intake) counts them.
    #[must_use]
    pub fn received_routes(&self, family: Family) -> u64 {
        self.ingest.routes(family)
    }
}
