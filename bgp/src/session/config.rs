use std::time::Duration;

use crate::ingest::Intake;
use crate::net::{Asn, FamilySet, HoldTime, RouterId};

/// What a session needs to know of itself and its peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerConfig {
    /// Our AS on this session.
    pub local_asn: Asn,
    /// The AS the peer must have.
    pub peer_asn: Asn,
    /// Our identifier.
    pub router_id: RouterId,
    /// Never connect; wait for the peer.
    pub passive: bool,
    /// Proposed hold time.
    pub hold_time: HoldTime,
    /// Time between tries to connect, 75 to 100 % of which is used (RFC 4271 section 10).
    pub connect_retry_time: Duration,
    /// Families to offer.
    pub families: FamilySet,
    /// What may be received, and how it is counted.
    pub intake: Intake,
}

impl PeerConfig {
    /// Whether the peer is in another AS.
    #[must_use]
    pub fn is_ebgp(&self) -> bool {
        self.local_asn != self.peer_asn
    }
}
