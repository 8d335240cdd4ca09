//! The finite state machine as a table: what to do when something happens in a state.
//!
//! RFC 4271 section 8.2.1 wants one machine for the peer, which dials, and one for each connection
//! that the peer has opened. All of them follow this table. [`State::Idle`], [`State::Connect`] and
//! [`State::Active`] are the machine that dials; a connection that the peer opened begins in
//! Active. Both may wait before they send their OPEN: see [`super::collision`].
//!
//! ```text
//!            Start, IdleHold expired
//!   +------+ ----------------------> +---------+  transport fails  +--------+ --+ ConnectRetry
//!   | Idle |                         | Connect | ----------------> | Active |   | expired: dial
//!   +------+ <----- any failure      +---------+ <---------------- +--------+ <-+
//!       ^           from OpenSent         |      ConnectRetry           |
//!       |           on                    | transport up                | transport up
//!       |                                 v send OPEN                   v send OPEN
//!       |                            +----------+ <---------------------+
//!       +--------------------------- | OpenSent |
//!       |                            +----------+
//!       |                                 | OPEN received
//!       |                                 v send KEEPALIVE
//!       |                           +-------------+ --+ Keepalive expired:
//!       +-------------------------- | OpenConfirm |   | send KEEPALIVE
//!       |                           +-------------+ <-+
//!       |                                 | KEEPALIVE received
//!       |                                 v
//!       |                           +-------------+ --+ KEEPALIVE, UPDATE received: restart Hold
//!       +-------------------------- | Established |   | Keepalive expired: send KEEPALIVE
//!                                   +-------------+ <-+
//! ```

use super::fault::Fault;
use super::{State, StopReason};
use crate::iana::MessageType;
use crate::wire::{Message, Notification, Open, ReceivedUpdate, RouteRefresh, WireError};

/// What can happen to a machine. In parentheses the numbers of RFC 4271 section 8.1.
#[derive(Clone, Debug)]
pub(super) enum Trigger {
    /// The operator starts the session (1, 4).
    Start,
    /// The operator stops it (2).
    Stop(StopReason),
    /// (9)
    ConnectRetryExpired,
    /// (10)
    HoldExpired,
    /// (11)
    KeepaliveExpired,
    /// (13)
    IdleHoldExpired,
    /// (29, RFC 9687)
    SendHoldExpired,
    /// Not in the RFC: see [`super::timers::Timer::CollisionWait`].
    CollisionWaitExpired,
    /// The dial was answered, or a connection was accepted (16, 17).
    TransportUp,
    /// The dial failed, or the connection ended, with the reason in words (18).
    TransportDown(String),
    /// (19)
    Open(Open),
    /// (21) Also a message that has no type.
    HeaderFault(WireError),
    /// (22)
    OpenFault(WireError),
    /// Another connection is kept (23).
    CollisionLost,
    /// (24, 25)
    Notification(Notification),
    /// (26)
    Keepalive,
    /// (27)
    Update(ReceivedUpdate),
    /// (28)
    UpdateFault(WireError),
    /// RFC 2918.
    RouteRefresh(RouteRefresh),
    /// RFC 7313 section 5.
    RefreshFault(WireError),
}

impl From<Message> for Trigger {
    fn from(message: Message) -> Self {
        match message {
            Message::Open(open) => Self::Open(open),
            Message::Update(update) => Self::Update(update),
            Message::Notification(notification) => Self::Notification(notification),
            Message::Keepalive => Self::Keepalive,
            Message::RouteRefresh(refresh) => Self::RouteRefresh(refresh),
        }
    }
}

impl Trigger {
    /// A message of this type could not be read.
    pub(super) fn fault(message: MessageType, error: WireError) -> Self {
        match message {
            MessageType::Open => Self::OpenFault(error),
            MessageType::Update => Self::UpdateFault(error),
            MessageType::RouteRefresh => Self::RefreshFault(error),
            MessageType::Notification | MessageType::Keepalive | MessageType::Unknown(_) => {
                Self::HeaderFault(error)
            }
        }
    }
}

/// What to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Nothing: it does not concern this state, or it cannot happen there.
    Ignore,
    /// Leave Idle: dial, or wait for the peer if we are passive.
    Begin,
    /// Give up a dial that was not answered, and dial anew.
    Dial,
    /// Give up a dial, or a connection on which our OPEN was not sent.
    Cancel,
    /// Send our OPEN.
    SendOpen,
    /// Go back to Active; try again when ConnectRetry expires.
    Retry(String),
    /// Negotiate, resolve a collision, send a KEEPALIVE.
    Confirm(Open),
    /// Give up the connection that was expected to win a collision.
    WaitNoLonger,
    /// UPDATEs may flow, as soon as our KEEPALIVE has accepted the peer's OPEN, too.
    Establish,
    /// Send a KEEPALIVE.
    SendKeepalive,
    /// The peer lives.
    RestartHold,
    /// The peer lives, and tells of routes.
    Deliver(ReceivedUpdate),
    /// The peer wants routes again.
    Refresh(RouteRefresh),
    /// NOTIFICATION Cease and close; the operator wants it.
    Cease(StopReason),
    /// NOTIFICATION 6/7 and close; another connection is kept.
    YieldToOther,
    /// NOTIFICATION 4/0 and close.
    ExpireHold,
    /// NOTIFICATION 8/0 and close.
    ExpireSendHold,
    /// This NOTIFICATION and close.
    Fail(Fault),
    /// The connection has ended by itself.
    Lose(String),
    /// Close without a word: the peer has ended the session.
    Leave(Notification),
}

/// The table.
pub(super) fn react(state: State, trigger: Trigger) -> Action {
    use Action as A;
    use MessageType as M;
    use State::{Active, Connect, Established, Idle, OpenConfirm, OpenSent};
    use Trigger as T;

    let unexpected = |message| A::Fail(Fault::unexpected(state, message));
    let answer = |error: &WireError| A::Fail(Fault::wire(error));

    match (state, trigger) {
        // Section 8.2.2, Idle: "In this state, BGP FSM refuses all incoming BGP connections for
        // this peer."
        (Idle, T::Start | T::IdleHoldExpired) => A::Begin,
        (Idle, _) => A::Ignore,

        // "The start events (Events 1, 3-7) are ignored" in every other state. The machine that
        // dials and those of connections share this table, so that timers of the one find the
        // others in states where they do not run.
        (
            Connect | Active | OpenSent | OpenConfirm | Established,
            T::Start | T::IdleHoldExpired,
        ) => A::Ignore,

        (Connect | Active, T::ConnectRetryExpired) => A::Dial,
        (Connect | Active, T::TransportUp | T::CollisionWaitExpired) => A::SendOpen,
        (Connect | Active, T::TransportDown(why)) => A::Retry(why),
        (Connect | Active, T::Stop(_) | T::CollisionLost) => A::Cancel,
        (
            Connect | Active,
            T::HoldExpired
            | T::KeepaliveExpired
            | T::SendHoldExpired
            | T::Open(_)
            | T::HeaderFault(_)
            | T::OpenFault(_)
            | T::Notification(_)
            | T::Keepalive
            | T::Update(_)
            | T::UpdateFault(_)
            | T::RouteRefresh(_)
            | T::RefreshFault(_),
        ) => A::Ignore,

        (OpenSent | OpenConfirm | Established, T::ConnectRetryExpired | T::TransportUp) => {
            A::Ignore
        }
        (OpenSent | OpenConfirm | Established, T::Stop(why)) => A::Cease(why),
        (OpenSent | OpenConfirm | Established, T::CollisionLost) => A::YieldToOther,
        (OpenSent | OpenConfirm | Established, T::HoldExpired) => A::ExpireHold,
        (OpenSent | OpenConfirm | Established, T::HeaderFault(error)) => answer(&error),
        (OpenSent | OpenConfirm | Established, T::Notification(notification)) => {
            A::Leave(notification)
        }

        // OpenSent: "If a TcpConnectionFails event (Event 18) is received, the local system ...
        // restarts the ConnectRetryTimer, continues to listen ..., and changes its state to
        // Active."
        (OpenSent, T::TransportDown(why)) => A::Retry(why),
        (OpenSent, T::Open(open)) => A::Confirm(open),
        (OpenSent, T::OpenFault(error)) => answer(&error),
        (OpenSent, T::Keepalive) => unexpected(M::Keepalive),
        (OpenSent, T::KeepaliveExpired) => A::Ignore,
        (OpenSent | Established, T::CollisionWaitExpired) => A::Ignore,

        (OpenSent | OpenConfirm, T::SendHoldExpired) => A::Ignore,
        (OpenSent | OpenConfirm, T::Update(_) | T::UpdateFault(_)) => unexpected(M::Update),
        (OpenSent | OpenConfirm, T::RouteRefresh(_) | T::RefreshFault(_)) => {
            unexpected(M::RouteRefresh)
        }

        (OpenConfirm | Established, T::TransportDown(why)) => A::Lose(why),
        (OpenConfirm | Established, T::Open(_) | T::OpenFault(_)) => unexpected(M::Open),
        (OpenConfirm | Established, T::KeepaliveExpired) => A::SendKeepalive,
        (OpenConfirm, T::Keepalive) => A::Establish,
        (OpenConfirm, T::CollisionWaitExpired) => A::WaitNoLonger,

        (Established, T::Keepalive) => A::RestartHold,
        (Established, T::Update(update)) => A::Deliver(update),
        (Established, T::UpdateFault(error) | T::RefreshFault(error)) => answer(&error),
        (Established, T::RouteRefresh(refresh)) => A::Refresh(refresh),
        (Established, T::SendHoldExpired) => A::ExpireSendHold,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iana::ErrorCode;
    use crate::session::negotiate::our_open;
    use crate::session::testing::config;
    use crate::wire::RefreshSubtype;

    /// Rows are triggers, columns states in the order of [`STATES`].
    const TABLE: &str = "
        Start                begin   -       -       -          -           -
        Stop                 -       cancel  cancel  cease      cease       cease
        ConnectRetryExpired  -       dial    dial    -          -           -
        HoldExpired          -       -       -       4/0        4/0         4/0
        KeepaliveExpired     -       -       -       -          keepalive   keepalive
        IdleHoldExpired      begin   -       -       -          -           -
        SendHoldExpired      -       -       -       -          -           8/0
        CollisionWaitExpired -       open    open    -          wait-over   -
        TransportUp          -       open    open    -          -           -
        TransportDown        -       retry   retry   retry      lose        lose
        Open                 -       -       -       confirm    5/2         5/3
        HeaderFault          -       -       -       1/3        1/3         1/3
        OpenFault            -       -       -       1/3        5/2         5/3
        CollisionLost        -       cancel  cancel  6/7        6/7         6/7
        Notification         -       -       -       leave      leave       leave
        Keepalive            -       -       -       5/1        establish   hold
        Update               -       -       -       5/1        5/2         deliver
        UpdateFault          -       -       -       5/1        5/2         1/3
        RouteRefresh         -       -       -       5/1        5/2         refresh
        RefreshFault         -       -       -       5/1        5/2         1/3
    ";

    const STATES: [State; 6] = [
        State::Idle,
        State::Connect,
        State::Active,
        State::OpenSent,
        State::OpenConfirm,
        State::Established,
    ];

    /// A trigger with this name. Every fault is one that is answered with 1/3.
    fn trigger(name: &str) -> Trigger {
        let fault = WireError::MessageType { kind: 9 };
        let refresh = RouteRefresh {
            afi: 1,
            subtype: RefreshSubtype::Request,
            safi: 1,
        };
        match name {
            "Start" => Trigger::Start,
            "Stop" => Trigger::Stop(StopReason::Deconfigured),
            "ConnectRetryExpired" => Trigger::ConnectRetryExpired,
            "HoldExpired" => Trigger::HoldExpired,
            "KeepaliveExpired" => Trigger::KeepaliveExpired,
            "IdleHoldExpired" => Trigger::IdleHoldExpired,
            "SendHoldExpired" => Trigger::SendHoldExpired,
            "CollisionWaitExpired" => Trigger::CollisionWaitExpired,
            "TransportUp" => Trigger::TransportUp,
            "TransportDown" => Trigger::TransportDown("reset".to_owned()),
            "Open" => Trigger::Open(our_open(&config())),
            "HeaderFault" => Trigger::HeaderFault(fault),
            "OpenFault" => Trigger::OpenFault(fault),
            "CollisionLost" => Trigger::CollisionLost,
            "Notification" => {
                Trigger::Notification(Notification::new(ErrorCode::HoldTimerExpired, 0))
            }
            "Keepalive" => Trigger::Keepalive,
            "Update" => Trigger::Update(ReceivedUpdate::default()),
            "UpdateFault" => Trigger::UpdateFault(fault),
            "RouteRefresh" => Trigger::RouteRefresh(refresh),
            "RefreshFault" => Trigger::RefreshFault(fault),
            other => panic!("no trigger {other}"),
        }
    }

    fn name(action: &Action) -> String {
        let name = match action {
            Action::Ignore => "-",
            Action::Begin => "begin",
            Action::Dial => "dial",
            Action::Cancel => "cancel",
            Action::SendOpen => "open",
            Action::Retry(_) => "retry",
            Action::Confirm(_) => "confirm",
            Action::WaitNoLonger => "wait-over",
            Action::Establish => "establish",
            Action::SendKeepalive => "keepalive",
            Action::RestartHold => "hold",
            Action::Deliver(_) => "deliver",
            Action::Refresh(_) => "refresh",
            Action::Cease(_) => "cease",
            Action::YieldToOther => "6/7",
            Action::ExpireHold => "4/0",
            Action::ExpireSendHold => "8/0",
            Action::Lose(_) => "lose",
            Action::Leave(_) => "leave",
            Action::Fail(Fault { notification, .. }) => {
                return format!("{}/{}", notification.code.value(), notification.subcode);
            }
        };
        name.to_owned()
    }

    #[test]
    fn every_state_reacts_to_every_trigger_as_the_table_says() {
        let rows: Vec<&str> = TABLE.lines().filter(|row| !row.trim().is_empty()).collect();
        assert_eq!(rows.len(), 20, "a row for each trigger");
        for row in rows {
            let mut cells = row.split_whitespace();
            let row = cells.next().unwrap();
            let expected: Vec<&str> = cells.collect();
            let found = STATES.map(|state| name(&react(state, trigger(row))));
            assert_eq!(found.as_slice(), expected, "{row}");
        }
    }

    #[test]
    fn an_unexpected_message_is_named_in_the_data() {
        let Action::Fail(fault) = react(State::OpenSent, trigger("Update")) else {
            panic!("an UPDATE in OpenSent is a fault");
        };
        assert_eq!(
            fault.notification.data.as_ref(),
            [MessageType::Update.value()]
        );
        assert_eq!(fault.words, "UPDATE received in OpenSent");
    }
}
