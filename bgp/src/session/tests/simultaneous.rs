use std::collections::BTreeMap;

use super::plain_peer::{Deed, Judges, PlainPeer};
use super::*;
use crate::session::Rng;

const LONGEST_DELAY: Duration = Duration::from_millis(50);

/// What travels on a connection.
#[derive(Debug)]
enum Parcel {
    Syn,
    SynAck,
    ToPeer(Message),
    ToUs(Bytes),
    Fin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Us,
    Peer,
}

/// A session and a plain peer. Each parcel takes a time of its own, and none overtakes another that
/// goes the same way on the same connection.
struct Network {
    probe: Probe,
    peer: PlainPeer,
    rng: Rng,
    /// Our name of each connection.
    links: Vec<Option<ConnId>>,
    agenda: BTreeMap<(Instant, usize), (usize, Side, Parcel)>,
    latest: BTreeMap<(usize, Side), Instant>,
    parcels: usize,
}

impl Network {
    /// Both dial within a delay of each other.
    fn started(peer: PlainPeer, seed: u64) -> Self {
        let mut network = Self {
            probe: Probe::new(config()),
            peer,
            rng: Rng::new(seed),
            links: vec![None],
            agenda: BTreeMap::new(),
            latest: BTreeMap::new(),
            parcels: 0,
        };
        network.peer.dial(0);
        network.send(0, Side::Us, Parcel::Syn);
        network.probe.handle(Input::Start);
        network.carry_ours();
        network
    }

    fn run_until(&mut self, end: Instant) {
        loop {
            let next = self.agenda.keys().next().map(|(at, _)| *at);
            let deadline = self.probe.session.deadline();
            match (next, deadline) {
                (Some(at), _) if at <= end && deadline.is_none_or(|due| at <= due) => {
                    let (_, (link, to, parcel)) = self.agenda.pop_first().unwrap();
                    self.probe.now = at;
                    match to {
                        Side::Us => self.arrive_here(link, parcel),
                        Side::Peer => self.arrive_there(link, parcel),
                    }
                }
                (_, Some(due)) if due <= end => {
                    self.probe.now = due;
                    self.probe.handle(Input::Timeout);
                }
                _ => return,
            }
            self.carry_ours();
        }
    }

    /// Whether both sides are Established on the same connection, neither has lost one that was, and
    /// we were never without any.
    fn is_calm(&self) -> bool {
        let ours = self.probe.session.established_connection();
        let theirs = self.peer.established().and_then(|link| self.links[link]);
        let mut events = self.probe.events.iter();
        let rested = events.any(|event| {
            matches!(
                event,
                Event::StateChanged {
                    to: State::Idle,
                    ..
                }
            )
        });
        let events = self.probe.events.iter();
        let sessions = events.filter(|event| matches!(event, Event::Established(..)));
        let one = sessions.count() == 1 && ours.is_some() && ours == theirs;
        one && self.peer.lost == 0 && !rested
    }

    fn arrive_here(&mut self, link: usize, parcel: Parcel) {
        match (self.links[link], parcel) {
            (None, Parcel::Syn) => {
                self.links[link] = self.probe.accept();
                self.send(link, Side::Peer, Parcel::SynAck);
                if self.links[link].is_none() {
                    self.send(link, Side::Peer, Parcel::Fin);
                }
            }
            (Some(id), Parcel::SynAck) => self.probe.handle(Input::Connected(id)),
            (Some(id), Parcel::ToUs(octets)) => self.probe.receive(id, &octets),
            (Some(id), Parcel::Fin) => {
                let why = "closed by the peer".to_owned();
                self.probe.handle(Input::Closed(id, why));
            }
            _ => {}
        }
    }

    fn arrive_there(&mut self, link: usize, parcel: Parcel) {
        let deeds = match parcel {
            Parcel::Syn => {
                self.send(link, Side::Us, Parcel::SynAck);
                self.peer.accept(link)
            }
            Parcel::SynAck => self.peer.connected(link),
            Parcel::ToPeer(message) => self.peer.receive(link, &message),
            Parcel::ToUs(_) => Vec::new(),
            Parcel::Fin => {
                self.peer.end(link);
                Vec::new()
            }
        };
        for deed in deeds {
            match deed {
                Deed::Send(link, octets) => self.send(link, Side::Us, Parcel::ToUs(octets)),
                Deed::Close(link) => self.send(link, Side::Us, Parcel::Fin),
            }
        }
    }

    /// Carries what the session has done since.
    fn carry_ours(&mut self) {
        for id in std::mem::take(&mut self.probe.dialled) {
            self.links.push(Some(id));
            self.send(self.links.len() - 1, Side::Peer, Parcel::Syn);
        }
        for (id, message) in std::mem::take(&mut self.probe.sent) {
            self.send(self.link(id), Side::Peer, Parcel::ToPeer(message));
        }
        for id in std::mem::take(&mut self.probe.closed) {
            self.send(self.link(id), Side::Peer, Parcel::Fin);
        }
    }

    fn link(&self, id: ConnId) -> usize {
        let known = self.links.iter().position(|one| *one == Some(id));
        known.unwrap()
    }

    fn send(&mut self, link: usize, to: Side, parcel: Parcel) {
        let travels = self.rng.between(Duration::ZERO, LONGEST_DELAY);
        let latest = self.latest.entry((link, to)).or_default();
        *latest = (*latest).max(self.probe.now + travels);
        self.agenda
            .insert((*latest, self.parcels), (link, to, parcel));
        self.parcels += 1;
    }
}

/// How many of `seeds` simultaneous starts do not lead straight to one session.
fn flaps(higher: bool, judges: Judges, seeds: u64) -> usize {
    let flaps = |seed: &u64| {
        let mut network = Network::started(PlainPeer::new(higher, judges), *seed);
        network.run_until(Instant::from_origin(seconds(5)));
        !network.is_calm()
    };
    (0..seeds).filter(flaps).count()
}

#[test]
fn a_simultaneous_open_with_a_plain_peer_never_ends_both_connections() {
    for judges in [Judges::OpenConfirm, Judges::OpenSent] {
        for higher in [true, false] {
            let flaps = flaps(higher, judges, 5_000);
            assert_eq!(flaps, 0, "of 5000, the peer higher: {higher}, {judges:?}");
        }
    }
}
