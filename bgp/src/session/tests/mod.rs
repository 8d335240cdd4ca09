//! A session alone, with the test as its driver and its peer.

mod any_input;
mod collisions;
mod established;
mod faults;
mod opening;
mod plain_peer;
mod reconfiguring;
mod restarting;
mod simultaneous;
mod stopping;
mod timing;

use std::time::Duration;

use bytes::Bytes;

use super::negotiate::our_open;
use super::testing::{config, peer_config};
use super::{ConnId, DownReason, Event, Input, Output, PeerConfig, Session, State};
use crate::iana::ErrorCode;
use crate::net::FamilySet;
use crate::sim::Contract;
use crate::time::Instant;
use crate::wire::{DecodeContext, Message, Notification, keepalive};

/// The UPDATE that says that nothing is left to say (RFC 4724 section 2), also the shortest one.
pub(super) fn empty_update() -> Bytes {
    let marker = [0xff; 16];
    [&marker[..], &[0, 23, 2, 0, 0, 0, 0]].concat().into()
}

/// A message with this type and body.
pub(super) fn message(kind: u8, body: &[u8]) -> Bytes {
    let length = u16::try_from(19 + body.len()).unwrap();
    let marker = [0xff; 16];
    [&marker[..], &length.to_be_bytes(), &[kind], body]
        .concat()
        .into()
}

/// A session, what it has done, and the time.
pub(super) struct Probe {
    pub(super) session: Session,
    pub(super) now: Instant,
    pub(super) dialled: Vec<ConnId>,
    pub(super) sent: Vec<(ConnId, Message)>,
    pub(super) closed: Vec<ConnId>,
    pub(super) events: Vec<Event>,
    contract: Contract,
}

impl Probe {
    /// Started, and dialling unless it is passive.
    pub(super) fn started(config: PeerConfig) -> Self {
        let mut probe = Self::new(config);
        probe.handle(Input::Start);
        probe
    }

    pub(super) fn new(config: PeerConfig) -> Self {
        Self {
            session: Session::new(config, 1),
            now: Instant::default(),
            dialled: Vec::new(),
            sent: Vec::new(),
            closed: Vec::new(),
            events: Vec::new(),
            contract: Contract::new(),
        }
    }

    /// With a dialled connection in OpenSent.
    pub(super) fn open_sent(config: PeerConfig) -> (Self, ConnId) {
        let mut probe = Self::started(config);
        let id = probe.dialled[0];
        probe.handle(Input::Connected(id));
        (probe, id)
    }

    /// With a dialled connection in OpenConfirm.
    pub(super) fn open_confirm(config: PeerConfig) -> (Self, ConnId) {
        let (mut probe, id) = Self::open_sent(config);
        probe.receive(id, &peer_open());
        (probe, id)
    }

    /// With a dialled connection that is Established.
    pub(super) fn established(config: PeerConfig) -> (Self, ConnId) {
        let (mut probe, id) = Self::open_confirm(config);
        probe.receive(id, &keepalive());
        assert_eq!(probe.session.state(), State::Established);
        (probe, id)
    }

    pub(super) fn handle(&mut self, input: Input<'_>) {
        let timeout = matches!(input, Input::Timeout);
        self.contract.input(&input);
        self.session.handle(self.now, input);
        self.drain();
        if timeout {
            self.contract.timed_out(&self.session, self.now);
        }
        self.check();
    }

    pub(super) fn receive(&mut self, id: ConnId, octets: &[u8]) {
        self.handle(Input::Received(id, octets));
    }

    pub(super) fn accept(&mut self) -> Option<ConnId> {
        let id = self.session.accept(self.now);
        if let Some(id) = id {
            self.contract.accepted(id);
        }
        self.drain();
        self.check();
        id
    }

    /// Lets time pass without a word from the peer, and fires what is due.
    pub(super) fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.session.deadline().filter(|at| *at <= end) {
            self.now = at;
            self.handle(Input::Timeout);
        }
        self.now = end;
    }

    /// The messages sent on a connection.
    pub(super) fn sent_on(&self, id: ConnId) -> Vec<&Message> {
        let on_it = self.sent.iter().filter(|(on, _)| *on == id);
        on_it.map(|(_, message)| message).collect()
    }

    /// The NOTIFICATION that ended a connection, which was closed after it.
    pub(super) fn last_words(&self, id: ConnId) -> (u8, u8) {
        assert!(self.closed.contains(&id), "{id:?} was not closed");
        match self.sent_on(id).last() {
            Some(Message::Notification(last)) => (last.code.value(), last.subcode),
            other => panic!("{id:?} ended with {other:?}"),
        }
    }

    /// Why the session went down, each time.
    pub(super) fn downs(&self) -> Vec<&DownReason> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::Down(reason) => Some(reason),
                _ => None,
            })
            .collect()
    }

    fn drain(&mut self) {
        while let Some(output) = self.session.poll() {
            self.contract.output(&output);
            match output {
                Output::Connect(id) => self.dialled.push(id),
                Output::Send(id, octets) => self.sent.push((id, decode(&octets))),
                Output::Close(id) => self.closed.push(id),
                Output::Event(event) => self.events.push(event),
            }
        }
    }

    fn check(&mut self) {
        self.contract.settled(&self.session);
        assert_eq!(self.contract.breaches(), [""; 0]);
    }
}

/// The OPEN of the peer that `config()` wants.
pub(super) fn peer_open() -> Bytes {
    our_open(&peer_config()).encode()
}

fn decode(octets: &Bytes) -> Message {
    let context = DecodeContext {
        four_octet_as: true,
        ebgp: true,
        families: FamilySet::ALL,
    };
    Message::decode(octets, &context).expect("what is sent can be read")
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn passive() -> PeerConfig {
    PeerConfig {
        passive: true,
        ..config()
    }
}

fn notification(code: ErrorCode, subcode: u8) -> Bytes {
    Notification::new(code, subcode).encode()
}
