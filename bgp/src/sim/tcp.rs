//! The simulated TCP: what the hosts' systems do with links and parcels.

use bytes::Bytes;

use super::host::Side;
use super::link::{End, Link, LinkId, Parcel};
use super::world::{Happening, World};
use crate::session::{ConnId, Input};

impl World {
    /// A parcel has come to `to`'s end of a link.
    pub(super) fn arrive(&mut self, link: LinkId, to: Side, parcel: Parcel) {
        let Some(end) = self.link(link).map(|link| link.end(to)) else {
            return;
        };
        match (end, parcel) {
            (End::Unborn, Parcel::Syn) => self.arrive_syn(link, to),
            (End::Dialling(id), Parcel::SynAck) => {
                self.set_end(link, to, End::Up(id));
                self.handle(to, Input::Connected(id));
            }
            (End::Dialling(id), Parcel::Refusal) => {
                self.set_end(link, to, End::Dead);
                self.handle(to, Input::Closed(id, "connection refused".to_owned()));
            }
            (End::Up(id), Parcel::Octets(octets)) => self.arrive_octets(to, id, &octets),
            (End::Up(id) | End::Dialling(id), Parcel::Fin) => {
                self.set_end(link, to, End::Dead);
                self.handle(to, Input::Closed(id, "closed by the peer".to_owned()));
            }
            (End::Up(id) | End::Dialling(id), Parcel::Reset) => {
                self.set_end(link, to, End::Dead);
                self.handle(to, Input::Closed(id, "connection reset".to_owned()));
            }
            // "If the connection does not exist (CLOSED), then a reset is sent in response to any
            // incoming segment except another reset." (RFC 9293 section 3.5.2)
            (End::Dead, Parcel::SynAck | Parcel::Octets(_)) => {
                self.send(link, to, Parcel::Reset);
            }
            _ => {}
        }
    }

    fn arrive_syn(&mut self, link: LinkId, to: Side) {
        let now = self.now;
        if now < self.host(to).refuses_until {
            return self.send(link, to, Parcel::Refusal);
        }
        let accepted = self.host(to).session.accept(now);
        self.send(link, to, Parcel::SynAck);
        match accepted {
            Some(id) => {
                self.set_end(link, to, End::Up(id));
                self.host(to).contract.accepted(id);
                self.note(format!("{to}: accepts {id:?}"));
            }
            None => {
                self.set_end(link, to, End::Dead);
                self.send(link, to, Parcel::Fin);
            }
        }
        self.drain(to);
    }

    /// Hands octets over in one or two portions.
    fn arrive_octets(&mut self, to: Side, id: ConnId, octets: &Bytes) {
        let cut = self.rng.below(octets.len() as u64 + 1);
        let (first, second) = octets.split_at(usize::try_from(cut).unwrap_or_default());
        for portion in [first, second] {
            if !portion.is_empty() {
                self.handle(to, Input::Received(id, portion));
            }
        }
    }

    /// The side closes a connection, or cancels its dial.
    pub(super) fn close(&mut self, side: Side, id: ConnId) {
        let Some(link) = self.find(side, id) else {
            return;
        };
        if self.link(link).map(|link| link.end(side)) == Some(End::Up(id)) {
            self.send(link, side, Parcel::Fin);
        }
        self.set_end(link, side, End::Dead);
    }

    /// Every connection of the side ends there, and its peer is not told.
    pub(super) fn end_connections(&mut self, side: Side, why: &str) {
        let ids: Vec<ConnId> = self
            .links
            .iter()
            .filter_map(|link| link.end(side).id())
            .collect();
        for id in ids {
            if let Some(link) = self.find(side, id) {
                self.set_end(link, side, End::Dead);
                self.handle(side, Input::Closed(id, why.to_owned()));
            }
        }
    }

    /// Sends a parcel away from `from`'s end of a link.
    pub(super) fn send(&mut self, id: LinkId, from: Side, parcel: Parcel) {
        let now = self.now;
        let leaves = now.max(self.host(from).stalled_until);
        if matches!(parcel, Parcel::Octets(_)) {
            self.schedule(leaves, Happening::Taken(id, from));
        }
        let (shortest, longest) = self.delay;
        let travels = self.rng.between(shortest, longest);
        let to = from.other();
        if let Some(link) = self.links.get_mut(id.0) {
            let arrival = link.queue_behind(to, leaves + travels);
            self.schedule(arrival, Happening::Arrival(id, to, parcel));
        }
    }

    /// The link whose end on `side` is this connection.
    pub(super) fn find(&self, side: Side, id: ConnId) -> Option<LinkId> {
        let is_it = |link: &Link| link.end(side).id() == Some(id);
        self.links.iter().position(is_it).map(LinkId)
    }

    pub(super) fn link(&self, id: LinkId) -> Option<&Link> {
        self.links.get(id.0)
    }

    fn set_end(&mut self, id: LinkId, side: Side, end: End) {
        if let Some(link) = self.links.get_mut(id.0) {
            link.set_end(side, end);
        }
    }
}
