//! A connection of the simulated TCP.

use bytes::Bytes;

use super::Side;
use crate::session::ConnId;
use crate::time::Instant;

/// Names a [`Link`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LinkId(pub(super) usize);

/// What travels from one end of a link to the other.
#[derive(Clone, Debug)]
pub(super) enum Parcel {
    /// Asks for a connection.
    Syn,
    /// The connection is there.
    SynAck,
    /// Nobody listens.
    Refusal,
    /// Part of the stream.
    Octets(Bytes),
    /// The end of the stream.
    Fin,
    /// There is no such connection.
    Reset,
}

/// Where an end of a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing is known of the link here yet.
    Unborn,
    /// Dialled, not answered.
    Dialling(ConnId),
    /// Octets flow.
    Up(ConnId),
    /// Closed, or never heard of: answered with a reset.
    Dead,
}

impl End {
    /// The session's name for it, unless it has ended.
    pub(super) fn id(self) -> Option<ConnId> {
        match self {
            Self::Dialling(id) | Self::Up(id) => Some(id),
            Self::Unborn | Self::Dead => None,
        }
    }
}

/// One connection, from the dial until long after its end: late parcels of it may be under way.
#[derive(Clone, Debug)]
pub(super) struct Link {
    left: Direction,
    right: Direction,
}

/// What is at one end, and when the latest parcel will arrive there: none overtakes another.
#[derive(Clone, Copy, Debug)]
struct Direction {
    end: End,
    latest_arrival: Instant,
}

impl Link {
    /// `side` has dialled.
    pub(super) fn dialled_by(side: Side, id: ConnId) -> Self {
        let unborn = Direction {
            end: End::Unborn,
            latest_arrival: Instant::default(),
        };
        let mut link = Self {
            left: unborn,
            right: unborn,
        };
        link.set_end(side, End::Dialling(id));
        link
    }

    pub(super) fn end(&self, side: Side) -> End {
        match side {
            Side::Left => self.left.end,
            Side::Right => self.right.end,
        }
    }

    pub(super) fn set_end(&mut self, side: Side, end: End) {
        self.at(side).end = end;
    }

    /// When a parcel that would arrive at `side` at `arrival` does: not before those that were sent
    /// earlier.
    pub(super) fn queue_behind(&mut self, side: Side, arrival: Instant) -> Instant {
        let direction = self.at(side);
        direction.latest_arrival = direction.latest_arrival.max(arrival);
        direction.latest_arrival
    }

    fn at(&mut self, side: Side) -> &mut Direction {
        match side {
            Side::Left => &mut self.left,
            Side::Right => &mut self.right,
        }
    }
}
