//! The connections of a session: at most two.

use super::ConnId;
use super::State;
use super::collision::Origin;
use super::connection::Connection;

/// One that we dialled and one that the peer did; more are never needed to agree on one.
const MAX: usize = 2;

/// Connections that have not ended, the oldest first, each under an id that no other has had.
#[derive(Debug, Default)]
pub(super) struct Connections {
    live: Vec<Connection>,
    next_id: u64,
}

impl Connections {
    pub(super) fn add(&mut self, origin: Origin) -> ConnId {
        let id = ConnId(self.next_id);
        self.next_id += 1;
        self.live.push(Connection::new(id, origin));
        id
    }

    pub(super) fn remove(&mut self, id: ConnId) -> Option<Connection> {
        let position = self.live.iter().position(|one| one.id == id)?;
        Some(self.live.remove(position))
    }

    pub(super) fn find(&self, id: ConnId) -> Option<&Connection> {
        self.live.iter().find(|one| one.id == id)
    }

    pub(super) fn find_mut(&mut self, id: ConnId) -> Option<&mut Connection> {
        self.live.iter_mut().find(|one| one.id == id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Connection> {
        self.live.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Connection> {
        self.live.iter_mut()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.live.len() >= MAX
    }

    /// The one that we dialled.
    pub(super) fn dialled(&self) -> Option<&Connection> {
        self.iter().find(|one| one.origin == Origin::Us)
    }

    /// The one on which UPDATEs may flow.
    pub(super) fn established(&self) -> Option<&Connection> {
        self.iter().find(|one| one.state() == State::Established)
    }

    /// The oldest that the peer opened and said nothing on.
    pub(super) fn silent(&self) -> Option<&Connection> {
        self.iter()
            .find(|one| one.origin == Origin::Peer && one.state() <= State::OpenSent)
    }

    /// One on which our OPEN has not been sent.
    pub(super) fn unopened(&self) -> Option<&Connection> {
        self.iter().find(|one| one.state() < State::OpenSent)
    }

    /// One by `origin` on which the peer's OPEN may come at any moment.
    pub(super) fn awaited(&self, origin: Origin) -> Option<&Connection> {
        self.iter()
            .find(|one| one.origin == origin && one.state() == State::OpenSent)
    }

    /// The one on which our KEEPALIVE is withheld.
    pub(super) fn waiting(&self) -> Option<&Connection> {
        self.iter().find(|one| one.is_waiting())
    }

    /// The one that waits for its turn before our OPEN is sent.
    pub(super) fn parked(&self) -> Option<&Connection> {
        self.iter().find(|one| one.is_parked())
    }

    /// The one on which we have accepted the peer's OPEN.
    pub(super) fn accepted(&self) -> Option<&Connection> {
        self.iter()
            .find(|one| one.state() >= State::OpenConfirm && !one.is_waiting())
    }

    /// Another one than `id` on which the peer's OPEN has come.
    pub(super) fn rival(&self, id: ConnId) -> Option<&Connection> {
        self.iter()
            .find(|one| one.id != id && one.state() >= State::OpenConfirm)
    }

    /// Where the one is that got furthest.
    pub(super) fn furthest(&self) -> Option<State> {
        self.iter().map(Connection::state).max()
    }

    /// Whether the peer's OPEN has come on one of them.
    pub(super) fn has_peers_open(&self) -> bool {
        self.furthest() >= Some(State::OpenConfirm)
    }
}
