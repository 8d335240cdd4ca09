use bytes::Bytes;

use super::Capability;
use crate::net::{Asn, FamilySet, HoldTime, RouterId};

/// An OPEN (RFC 4271 section 4.2) whose fields were checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The sender's AS: the 4-octet AS capability's where there is one, the My Autonomous System field's otherwise.
    pub asn: Asn,
    /// What the sender proposes.
    pub hold_time: HoldTime,
    /// The sender.
    pub router_id: RouterId,
    /// In the order sent. [`Open::encode`] adds the 4-octet AS capability only if it is listed here.
    pub capabilities: Vec<Capability>,
}

impl Open {
    /// Families offered by multiprotocol capabilities; IPv4 unicast where there is none of them (RFC 4760 section 8, [K]).
    #[must_use]
    pub fn families(&self) -> FamilySet {
        todo!()
    }

    /// Whether the 4-octet AS capability is there.
    #[must_use]
    pub fn four_octet_as(&self) -> bool {
        todo!()
    }

    /// Whether the route refresh capability is there.
    #[must_use]
    pub fn route_refresh(&self) -> bool {
        todo!()
    }

    /// The whole message.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        todo!()
    }
}
