//! What the tests of the session share.

use std::time::Duration;

use super::PeerConfig;
use crate::ingest::Intake;
use crate::net::{Asn, FamilySet, HoldTime, RouterId};

pub(crate) fn asn(number: u32) -> Asn {
    Asn::new(number).unwrap()
}

pub(crate) fn router_id(text: &str) -> RouterId {
    text.parse().unwrap()
}

/// AS 65001, 10.0.0.1, towards AS 65002.
pub(crate) fn config() -> PeerConfig {
    PeerConfig {
        local_asn: asn(65_001),
        peer_asn: asn(65_002),
        router_id: router_id("10.0.0.1"),
        passive: false,
        hold_time: HoldTime::DEFAULT,
        connect_retry_time: Duration::from_secs(5),
        families: FamilySet::ALL,
        intake: Intake::default(),
    }
}

/// The other side of `config()`: AS 65002, 10.0.0.2.
pub(crate) fn peer_config() -> PeerConfig {
    PeerConfig {
        local_asn: asn(65_002),
        peer_asn: asn(65_001),
        router_id: router_id("10.0.0.2"),
        ..config()
    }
}
