use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use bellwether_bgp::egress::PeerKey;
use bellwether_bgp::session::{MessageCounts, Negotiated, State};
use bellwether_bgp::wire::attr::Action;

/// What a peer's task shows of itself.
#[derive(Clone, Debug)]
pub(crate) struct PeerStatus {
    pub(crate) state: State,
    /// Since when it is in this state; `None`: no task has run yet.
    pub(crate) since: Option<SystemTime>,
    /// How often a session was Established.
    pub(crate) established_count: u64,
    /// Why the last session, or the last try for one, ended.
    pub(crate) last_error: Option<(String, SystemTime)>,
    /// The two ends of the connection, while there is one.
    pub(crate) endpoints: Option<Endpoints>,
    /// While Established.
    pub(crate) negotiated: Option<Negotiated>,
    /// Under which number the table knows the session, while Established.
    pub(crate) key: Option<PeerKey>,
    /// Families that are not advertised, and why.
    pub(crate) unadvertised: Vec<String>,
    /// Announced to us and not withdrawn since, as far as counting tells.
    pub(crate) received_routes: u64,
    pub(crate) sent: MessageCounts,
    pub(crate) received: MessageCounts,
    pub(crate) traffic: Traffic,
}

/// What went over the connections of a peer, over all of its sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) octets_sent: u64,
    pub(crate) octets_received: u64,
    /// The least time that was left on the hold timer when the neighbor gave a sign of life, in the session that is
    /// Established.
    pub(crate) hold_slack: Option<Duration>,
    /// Faults in UPDATEs by what was done about them (RFC 7606).
    pub(crate) faults: FaultCounts,
}

/// What was done about faults in UPDATEs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FaultCounts {
    pub(crate) attribute_discard: u64,
    pub(crate) treat_as_withdraw: u64,
    pub(crate) session_reset: u64,
}

impl FaultCounts {
    pub(super) fn count(&mut self, action: Action) {
        let count = match action {
            Action::AttributeDiscard => &mut self.attribute_discard,
            Action::TreatAsWithdraw => &mut self.treat_as_withdraw,
            Action::SessionReset => &mut self.session_reset,
        };
        *count += 1;
    }
}

/// The two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Endpoints {
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
}

impl PeerStatus {
    /// Idle.
    pub(crate) fn idle(since: Option<SystemTime>) -> Self {
        Self {
            state: State::Idle,
            since,
            established_count: 0,
            last_error: None,
            endpoints: None,
            negotiated: None,
            key: None,
            unadvertised: Vec::new(),
            received_routes: 0,
            sent: MessageCounts::default(),
            received: MessageCounts::default(),
            traffic: Traffic::default(),
        }
    }
}
