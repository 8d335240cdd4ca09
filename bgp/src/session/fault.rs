//! What ends a session from our side: the NOTIFICATION for the peer, and the words for our
//! operator.

use std::time::Duration;

use super::State;
use crate::iana::{CeaseSubcode, ErrorCode, MessageType, OpenSubcode, StateSubcode};
use crate::ingest::Excess;
use crate::net::{Asn, Family, FamilySet, RouterId};
use crate::wire::{Notification, WireError};

/// Why we end a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) notification: Notification,
    /// With the offending values.
    pub(super) words: String,
}

impl Fault {
    /// What the peer sent cannot be read.
    pub(super) fn wire(error: &WireError) -> Self {
        Self {
            notification: error.notification(),
            words: error.to_string(),
        }
    }

    /// RFC 4271 section 6.5.
    pub(super) fn hold_timer_expired(hold: Duration) -> Self {
        Self {
            notification: Notification::new(ErrorCode::HoldTimerExpired, 0),
            words: format!("nothing heard for {} s", hold.as_secs()),
        }
    }

    /// RFC 9687 section 3.
    pub(super) fn send_hold_timer_expired(hold: Duration) -> Self {
        Self {
            notification: Notification::new(ErrorCode::SendHoldTimerExpired, 0),
            words: format!("the peer has taken nothing for {} s", hold.as_secs()),
        }
    }

    /// RFC 6608 section 4: "The Data field is a 1-octet, unsigned integer that indicates the type
    /// of the unexpected message."
    pub(super) fn unexpected(state: State, message: MessageType) -> Self {
        let subcode = match state {
            State::OpenSent => StateSubcode::UnexpectedInOpenSent.value(),
            State::OpenConfirm => StateSubcode::UnexpectedInOpenConfirm.value(),
            State::Established => StateSubcode::UnexpectedInEstablished.value(),
            State::Idle | State::Connect | State::Active => 0,
        };
        Self {
            notification: with_data(ErrorCode::FiniteStateMachine, subcode, &[message.value()]),
            words: format!("{message} received in {state}"),
        }
    }

    /// RFC 4271 section 6.8.
    pub(super) fn collision() -> Self {
        Self {
            notification: Notification::cease(CeaseSubcode::ConnectionCollisionResolution),
            words: "another connection with this peer is kept".to_owned(),
        }
    }

    /// RFC 4486 section 4: "The message MAY optionally include the Address Family information ... and
    /// the upper bound in the 'Data' field": AFI, SAFI, and four octets.
    pub(super) fn too_many_routes(excess: Excess) -> Self {
        let Excess {
            family,
            routes,
            limit,
        } = excess;
        let mut data = family.afi().to_be_bytes().to_vec();
        data.push(family.safi());
        data.extend(limit.to_be_bytes());
        Self {
            notification: Notification {
                data: data.into(),
                ..Notification::cease(CeaseSubcode::MaximumPrefixesReached)
            },
            words: format!("{routes} routes of {family} received, more than the {limit} allowed"),
        }
    }

    /// RFC 4271 section 6.2.
    pub(super) fn bad_peer_as(expected: Asn, found: Asn) -> Self {
        Self {
            notification: open(OpenSubcode::BadPeerAs, &[]),
            words: format!("the peer is in AS {found}, not in AS {expected}"),
        }
    }

    /// RFC 6286 section 2.2.
    pub(super) fn own_identifier(router_id: RouterId) -> Self {
        Self {
            notification: open(OpenSubcode::BadBgpIdentifier, &[]),
            words: format!("the peer has our own BGP identifier {router_id}"),
        }
    }

    /// RFC 5492 section 5: "The Data field in the NOTIFICATION message MUST list the set of
    /// capabilities that causes the speaker to send the message."
    pub(super) fn no_common_family(ours: FamilySet) -> Self {
        let capabilities: Vec<u8> = ours.iter().flat_map(multiprotocol).collect();
        let names: Vec<String> = ours.iter().map(|family| family.to_string()).collect();
        Self {
            notification: open(OpenSubcode::UnsupportedCapability, &capabilities),
            words: format!("the peer offers none of {}", names.join(", ")),
        }
    }
}

/// The multiprotocol capability as RFC 4760 section 8 encodes it: code, length, AFI, a reserved
/// octet, SAFI.
fn multiprotocol(family: Family) -> [u8; 6] {
    let [high, low] = family.afi().to_be_bytes();
    [1, 4, high, low, 0, family.safi()]
}

fn open(subcode: OpenSubcode, data: &[u8]) -> Notification {
    with_data(ErrorCode::OpenMessage, subcode.value(), data)
}

fn with_data(code: ErrorCode, subcode: u8, data: &[u8]) -> Notification {
    Notification {
        data: data.to_vec().into(),
        ..Notification::new(code, subcode)
    }
}
