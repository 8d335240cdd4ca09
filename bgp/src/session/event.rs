use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use super::{DownReason, StopReason};
use crate::iana::MessageType;
use crate::net::{Asn, Family, FamilySet, HoldTime, RouterId};
use crate::wire::ReceivedUpdate;

/// A transport connection of a session. Never used twice, so that late news of a dead one is
/// recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub(crate) u64);

/// What happens to a session.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// Begin, or begin again (ManualStart).
    Start,
    /// End (ManualStop): NOTIFICATION where there is a connection, then Idle until `Start`.
    Stop(StopReason),
    /// Connect in another way from now on, as the fields of that name in
    /// [`PeerConfig`](super::PeerConfig) say. Ends nothing but an unanswered dial that is not wanted
    /// any more.
    Reconfigure {
        /// Never connect; wait for the peer.
        passive: bool,
        /// Time between tries to connect.
        connect_retry_time: Duration,
    },
    /// The connection that [`Output::Connect`] asked for is there.
    Connected(ConnId),
    /// Octets came in.
    Received(ConnId, &'a [u8]),
    /// The transport has accepted octets for sending (feeds the send hold timer, RFC 9687).
    Sent(ConnId),
    /// The driver wrote this many UPDATEs of the egress to the transport: they are counted, and the
    /// peer needs no KEEPALIVE for a while.
    UpdatesSent(ConnId, u64),
    /// The connection ended, or could not be made, with the reason in the system's words.
    Closed(ConnId, String),
    /// `deadline()` has come.
    Timeout,
}

/// What a session wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Open a transport connection; answer with `Connected` or `Closed`.
    Connect(ConnId),
    /// Send these octets, in order.
    Send(ConnId, Bytes),
    /// Close the connection after what was to be sent, or cancel the dial. No input with this id is
    /// needed any more.
    ///
    /// The peer may have stopped reading (it is then that NOTIFICATION 8/0 is sent): what it does
    /// not take within a few seconds is dropped.
    Close(ConnId),
    /// Something to know.
    Event(Event),
}

/// What a session tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The state machine moved.
    StateChanged {
        /// From here
        from: State,
        /// to here.
        to: State,
    },
    /// UPDATEs may flow on this connection.
    Established(ConnId, Negotiated),
    /// A session, or a try for one, ended. After an `Established` it is the end of that session. A
    /// connection that ends while the peer's OPEN is there on another one, or that loses a
    /// collision, is not told.
    Down(DownReason),
    /// The peer wants all routes of a family again (RFC 2918).
    RefreshRequested(Family),
    /// The peer told of routes. They are never used (RFC 8212 in spirit); count, filter or store
    /// them.
    Update(ReceivedUpdate),
}

/// The states of RFC 4271 section 8.2.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Refuses all connections.
    Idle,
    /// Waits for its dial to complete.
    Connect,
    /// Waits for the peer to connect, or for the retry timer.
    Active,
    /// Sent its OPEN, waits for the peer's.
    OpenSent,
    /// Has the peer's OPEN, waits for the KEEPALIVE that accepts its own.
    OpenConfirm,
    /// UPDATEs may flow.
    Established,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "Idle",
            Self::Connect => "Connect",
            Self::Active => "Active",
            Self::OpenSent => "OpenSent",
            Self::OpenConfirm => "OpenConfirm",
            Self::Established => "Established",
        })
    }
}

/// What two OPENs agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// Our AS.
    pub local_asn: Asn,
    /// The peer's AS.
    pub peer_asn: Asn,
    /// The peer.
    pub peer_router_id: RouterId,
    /// The smaller of both.
    pub hold_time: HoldTime,
    /// Time between our keepalives; `None`: none are sent.
    pub keepalive_time: Option<Duration>,
    /// Families both offered.
    pub families: FamilySet,
    /// Both offered 4-octet AS numbers.
    pub four_octet_as: bool,
    /// Both offered route refresh.
    pub route_refresh: bool,
}

impl Negotiated {
    /// Whether the peer is in another AS.
    #[must_use]
    pub fn is_ebgp(&self) -> bool {
        self.local_asn != self.peer_asn
    }
}

/// How many messages of each type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessageCounts {
    /// OPEN.
    pub open: u64,
    /// UPDATE.
    pub update: u64,
    /// NOTIFICATION.
    pub notification: u64,
    /// KEEPALIVE.
    pub keepalive: u64,
    /// ROUTE-REFRESH.
    pub route_refresh: u64,
}

impl MessageCounts {
    /// Counts `messages` of a type. Types that have no name are not counted.
    pub(super) fn add(&mut self, message: MessageType, messages: u64) {
        let count = match message {
            MessageType::Open => &mut self.open,
            MessageType::Update => &mut self.update,
            MessageType::Notification => &mut self.notification,
            MessageType::Keepalive => &mut self.keepalive,
            MessageType::RouteRefresh => &mut self.route_refresh,
            MessageType::Unknown(_) => return,
        };
        *count = count.saturating_add(messages);
    }
}
