use std::collections::BTreeMap;

use super::*;

/// A peer that does what RFC 4271 asks for and no more, as BIRD 2 does: it accepts an OPEN at once
/// with a KEEPALIVE, and judges a collision when an OPEN comes.
pub(super) struct PlainPeer {
    /// The state of each connection and whether the peer dialled it. A connection that has ended is
    /// not there.
    links: BTreeMap<usize, (State, bool)>,
    /// The peer's identifier is above ours.
    higher: bool,
    judges: Judges,
    /// Connections that were Established, and ended.
    pub(super) lost: usize,
}

/// With which connections the peer compares the one on which an OPEN comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judges {
    /// With one in OpenConfirm or Established, as BIRD does.
    OpenConfirm,
    /// Also with one in OpenSent, as FRR does.
    OpenSent,
}

/// What the peer does.
pub(super) enum Deed {
    Send(usize, Bytes),
    Close(usize),
}

impl PlainPeer {
    pub(super) fn new(higher: bool, judges: Judges) -> Self {
        Self {
            links: BTreeMap::new(),
            higher,
            judges,
            lost: 0,
        }
    }

    pub(super) fn dial(&mut self, link: usize) {
        self.links.insert(link, (State::Connect, true));
    }

    pub(super) fn accept(&mut self, link: usize) -> Vec<Deed> {
        self.links.insert(link, (State::OpenSent, false));
        vec![Deed::Send(link, self.open())]
    }

    pub(super) fn connected(&mut self, link: usize) -> Vec<Deed> {
        match self.links.get_mut(&link) {
            Some((state, _)) => *state = State::OpenSent,
            None => return Vec::new(),
        }
        vec![Deed::Send(link, self.open())]
    }

    pub(super) fn receive(&mut self, link: usize, message: &Message) -> Vec<Deed> {
        let Some((state, _)) = self.links.get_mut(&link) else {
            return Vec::new();
        };
        match (*state, message) {
            (State::OpenSent, Message::Open(_)) => self.judge(link),
            (State::OpenConfirm, Message::Keepalive) => {
                *state = State::Established;
                Vec::new()
            }
            (State::Established, Message::Keepalive) => Vec::new(),
            (_, Message::Notification(_)) => {
                self.end(link);
                vec![Deed::Close(link)]
            }
            (state, message) => panic!("the peer is in {state} and gets {message:?}"),
        }
    }

    /// The connection is no more.
    pub(super) fn end(&mut self, link: usize) {
        if let Some((State::Established, _)) = self.links.remove(&link) {
            self.lost += 1;
        }
    }

    pub(super) fn established(&self) -> Option<usize> {
        let mut established = self
            .links
            .iter()
            .filter(|(_, (state, _))| *state == State::Established);
        established.next().map(|(link, _)| *link)
    }

    /// An OPEN has come on `link`.
    fn judge(&mut self, link: usize) -> Vec<Deed> {
        let ours = self.links[&link].1;
        let rival = self.links.iter().find(|(other, _)| **other != link);
        let rival = rival.map(|(other, (state, _))| (*other, *state));
        let mut deeds = Vec::new();
        let loser = match rival {
            Some((_, State::Established)) => Some(link),
            Some((other, State::OpenConfirm)) => Some(self.by_identifier(link, ours, other)),
            Some((other, State::OpenSent)) if self.judges == Judges::OpenSent => {
                Some(self.by_identifier(link, ours, other))
            }
            Some((dial, State::Connect)) => {
                self.end(dial);
                deeds.push(Deed::Close(dial));
                None
            }
            _ => None,
        };
        if let Some(loser) = loser {
            self.end(loser);
            deeds.push(Deed::Send(loser, notification(ErrorCode::Cease, 7)));
            deeds.push(Deed::Close(loser));
        }
        if let Some((state, _)) = self.links.get_mut(&link) {
            *state = State::OpenConfirm;
            deeds.push(Deed::Send(link, keepalive()));
        }
        deeds
    }

    /// The loser of the connection on which the OPEN came and another one.
    fn by_identifier(&self, link: usize, ours: bool, other: usize) -> usize {
        if ours == self.higher { other } else { link }
    }

    fn open(&self) -> Bytes {
        let router_id = if self.higher { "10.0.0.2" } else { "9.0.0.2" };
        let config = PeerConfig {
            router_id: router_id.parse().unwrap(),
            ..peer_config()
        };
        our_open(&config).encode()
    }
}
