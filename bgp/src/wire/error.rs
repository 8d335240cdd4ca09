use std::fmt;

use bytes::Bytes;
use thiserror::Error;

use super::Notification;
use super::attr::{AttributeFault, Defect};
use super::nlri::NlriError;
use crate::iana::{
    CapabilityCode, ErrorCode, HeaderSubcode, MessageType, OpenSubcode, OptionalParameter,
    RefreshSubcode, UpdateSubcode,
};
use crate::net::Asn;

/// What is wrong with received bytes, so badly that the session ends.
///
/// Offsets are octets from the start of the message, its header included.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WireError {
    /// The marker is not all ones.
    #[error("the marker is {} instead of all ones", Octets(.marker))]
    Marker {
        /// The 16 octets of the marker.
        marker: Bytes,
    },
    /// The length is out of range, or not one that the type can have.
    #[error("a length of {length} octets cannot be that of a message of type {kind}")]
    Length {
        /// The type of the message.
        kind: MessageType,
        /// Its length field.
        length: u16,
    },
    /// The type has no name.
    #[error("message type {kind} does not exist")]
    MessageType {
        /// The type field.
        kind: u8,
    },
    /// These octets were not cut by a [`super::Framer`].
    #[error("{octets} octets are not one whole message")]
    Frame {
        /// How many there are.
        octets: usize,
    },
    /// Another version than 4.
    #[error("BGP version {version} is not 4")]
    Version {
        /// The version field.
        version: u8,
    },
    /// AS 0 (RFC 7607), in the field or in the 4-octet AS capability.
    #[error("AS 0 at offset {offset}")]
    ZeroAs {
        /// Where.
        offset: usize,
    },
    /// 4-octet AS capabilities that contradict each other.
    #[error("the OPEN names two ASes, {first} and {second}")]
    TwoAses {
        /// Named first.
        first: Asn,
        /// Named later.
        second: Asn,
    },
    /// BGP identifier 0 (RFC 6286 section 2.1).
    #[error("the BGP identifier is 0.0.0.0")]
    ZeroRouterId,
    /// A hold time of 1 or 2 seconds.
    #[error("a hold time of {seconds} s is not allowed")]
    HoldTime {
        /// The hold time field.
        seconds: u16,
    },
    /// An optional parameter other than capabilities.
    #[error("optional parameter {kind} at offset {offset} is not supported")]
    OptionalParameter {
        /// Its type.
        kind: OptionalParameter,
        /// Where.
        offset: usize,
    },
    /// The optional parameters have another length than their length field says.
    #[error("the optional parameters have {octets} octets, their length field says {length}")]
    ParametersLength {
        /// The length field.
        length: u8,
        /// How many octets there are.
        octets: usize,
    },
    /// An optional parameter or a capability that goes beyond what holds it, or octets behind the
    /// last one.
    #[error("the OPEN's parameters do not fit into one another at offset {offset}")]
    OpenCut {
        /// Where.
        offset: usize,
    },
    /// A capability that we know, with a value that it cannot have.
    #[error("the value of capability {code} at offset {offset} is malformed: {}", Octets(.value))]
    Capability {
        /// Its code.
        code: CapabilityCode,
        /// Its value.
        value: Bytes,
        /// Where its value begins.
        offset: usize,
    },
    /// A ROUTE-REFRESH whose body has other than 4 octets.
    #[error("a ROUTE-REFRESH of {} octets", .message.len())]
    RefreshLength {
        /// The whole message.
        message: Bytes,
    },
    /// Withdrawn routes and attributes that go beyond the UPDATE.
    #[error("the lengths in the UPDATE go beyond it at offset {offset}")]
    UpdateCut {
        /// Where octets are missing.
        offset: usize,
    },
    /// Withdrawn routes or NLRI that cannot be read.
    #[error("{error} of the field that begins at offset {offset}")]
    Nlri {
        /// What is wrong, with its offset in the field.
        error: NlriError,
        /// Where the field begins.
        offset: usize,
    },
    /// An attribute that nothing less than the end of the session answers.
    #[error("{0}")]
    Attribute(AttributeFault),
    /// An attribute with a fault for which the routes would be withdrawn, but there are none: they
    /// may have been missed.
    #[error("{0}, and the UPDATE announces nothing")]
    NothingAnnounced(AttributeFault),
}

impl WireError {
    /// The NOTIFICATION that tells the peer (RFC 4271 section 6).
    #[must_use]
    pub fn notification(&self) -> Notification {
        match self {
            Self::Marker { .. } => header(HeaderSubcode::ConnectionNotSynchronized, &[]),
            // "The Data field MUST contain the erroneous Length field" (section 6.1).
            Self::Length { length, .. } => {
                header(HeaderSubcode::BadMessageLength, &length.to_be_bytes())
            }
            Self::Frame { octets } => {
                let octets = u16::try_from(*octets).unwrap_or(u16::MAX);
                header(HeaderSubcode::BadMessageLength, &octets.to_be_bytes())
            }
            // "The Data field MUST contain the erroneous Type field" (section 6.1).
            Self::MessageType { kind } => header(HeaderSubcode::BadMessageType, &[*kind]),
            // "... the largest, locally-supported version number less than the version the remote
            // BGP peer bid", and the smallest one otherwise (section 6.2): 4 in both cases.
            Self::Version { .. } => open(OpenSubcode::UnsupportedVersionNumber, &[0, 4]),
            Self::ZeroAs { .. } | Self::TwoAses { .. } => open(OpenSubcode::BadPeerAs, &[]),
            Self::ZeroRouterId => open(OpenSubcode::BadBgpIdentifier, &[]),
            Self::HoldTime { .. } => open(OpenSubcode::UnacceptableHoldTime, &[]),
            Self::OptionalParameter { .. } => open(OpenSubcode::UnsupportedOptionalParameter, &[]),
            // "If one of the Optional Parameters in the OPEN message is recognized, but is
            // malformed, then the Error Subcode MUST be set to 0 (Unspecific)" (section 6.2).
            Self::ParametersLength { .. } | Self::OpenCut { .. } | Self::Capability { .. } => {
                Notification::new(ErrorCode::OpenMessage, 0)
            }
            Self::UpdateCut { .. } => update(UpdateSubcode::MalformedAttributeList, &[]),
            Self::Nlri { .. } => update(UpdateSubcode::InvalidNetworkField, &[]),
            Self::Attribute(fault) | Self::NothingAnnounced(fault) => attribute(fault),
            // "The Data field ... MUST contain the complete ROUTE-REFRESH message" (RFC 7313
            // section 5).
            Self::RefreshLength { message } => Notification {
                data: message.clone(),
                ..Notification::new(
                    ErrorCode::RouteRefreshMessage,
                    RefreshSubcode::InvalidMessageLength.value(),
                )
            },
        }
    }
}

fn header(subcode: HeaderSubcode, data: &[u8]) -> Notification {
    Notification {
        data: Bytes::copy_from_slice(data),
        ..Notification::new(ErrorCode::MessageHeader, subcode.value())
    }
}

fn open(subcode: OpenSubcode, data: &[u8]) -> Notification {
    Notification {
        data: Bytes::copy_from_slice(data),
        ..Notification::new(ErrorCode::OpenMessage, subcode.value())
    }
}

fn update(subcode: UpdateSubcode, data: &[u8]) -> Notification {
    Notification {
        data: Bytes::copy_from_slice(data),
        ..Notification::new(ErrorCode::UpdateMessage, subcode.value())
    }
}

/// What section 6.3 says of an attribute. Most faults have the whole attribute as data.
fn attribute(fault: &AttributeFault) -> Notification {
    let octets = &fault.octets;
    match fault.defect {
        Defect::Overrun | Defect::Repeated => update(UpdateSubcode::MalformedAttributeList, &[]),
        Defect::Missing => update(
            UpdateSubcode::MissingWellKnownAttribute,
            &[fault.code.value()],
        ),
        Defect::UnrecognizedWellKnown => {
            update(UpdateSubcode::UnrecognizedWellKnownAttribute, octets)
        }
        Defect::Flags { .. } => update(UpdateSubcode::AttributeFlagsError, octets),
        Defect::Length { .. } => update(UpdateSubcode::AttributeLengthError, octets),
        Defect::Origin { .. } => update(UpdateSubcode::InvalidOriginAttribute, octets),
        Defect::NextHop { .. } => update(UpdateSubcode::InvalidNextHopAttribute, octets),
        Defect::SegmentType { .. }
        | Defect::SegmentEmpty { .. }
        | Defect::SegmentCut { .. }
        | Defect::ZeroAs => update(UpdateSubcode::MalformedAsPath, &[]),
        Defect::Unexpected
        | Defect::ZeroAggregatorAs
        | Defect::MpCut { .. }
        | Defect::MpNextHop { .. }
        | Defect::Nlri(_) => update(UpdateSubcode::OptionalAttributeError, octets),
    }
}

/// Prints octets in hexadecimal, the first 64 of them.
pub(super) struct Octets<'a>(pub(super) &'a [u8]);

impl fmt::Display for Octets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 64;
        for octet in self.0.iter().take(SHOWN) {
            write!(f, "{octet:02x}")?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "... and {more} octets"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iana::AttributeCode;
    use crate::wire::attr::Action;

    #[test]
    fn an_error_names_the_deed_and_the_values() {
        let octets = Bytes::from_static(&[0x40, 200, 1, 1]);
        let attribute = |defect| AttributeFault {
            code: AttributeCode::from_value(200),
            offset: 23,
            octets: octets.clone(),
            defect,
            action: Action::SessionReset,
        };
        for (error, text) in [
            (
                WireError::Length {
                    kind: MessageType::Update,
                    length: 22,
                },
                "a length of 22 octets cannot be that of a message of type UPDATE",
            ),
            (
                WireError::MessageType { kind: 6 },
                "message type 6 does not exist",
            ),
            (
                WireError::HoldTime { seconds: 2 },
                "a hold time of 2 s is not allowed",
            ),
            (
                WireError::OptionalParameter {
                    kind: OptionalParameter::Authentication,
                    offset: 29,
                },
                "optional parameter Authentication at offset 29 is not supported",
            ),
            (
                WireError::Nlri {
                    error: NlriError::Length {
                        length: 33,
                        offset: 5,
                    },
                    offset: 43,
                },
                "a prefix of 33 bits at offset 5 of the field that begins at offset 43",
            ),
            (
                WireError::Attribute(attribute(Defect::UnrecognizedWellKnown)),
                "unknown (200) at offset 23: well-known, but not to this speaker (octets 40c80101)",
            ),
            (
                WireError::NothingAnnounced(attribute(Defect::Flags { flags: 0x40 })),
                "unknown (200) at offset 23: flags 0x40 are not those of the attribute \
                 (octets 40c80101), and the UPDATE announces nothing",
            ),
        ] {
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn each_error_is_answered_as_section_6_wants() {
        let marker = Bytes::from_static(&[0; 16]);
        let capability = WireError::Capability {
            code: CapabilityCode::FourOctetAs,
            value: Bytes::new(),
            offset: 31,
        };
        let parameter = OptionalParameter::Authentication;
        let (first, second) = (Asn::TRANS, Asn::new(1).unwrap());
        let message = Bytes::from_static(&[1, 2, 3]);
        let nlri = NlriError::Length {
            length: 33,
            offset: 0,
        };
        for (error, code, subcode, data) in [
            (WireError::Marker { marker }, 1, 1, &[][..]),
            (
                WireError::Length {
                    kind: MessageType::Open,
                    length: 28,
                },
                1,
                2,
                &[0, 28],
            ),
            (WireError::Frame { octets: 7 }, 1, 2, &[0, 7]),
            (WireError::MessageType { kind: 9 }, 1, 3, &[9]),
            (WireError::OpenCut { offset: 30 }, 2, 0, &[]),
            (
                WireError::ParametersLength {
                    length: 1,
                    octets: 2,
                },
                2,
                0,
                &[],
            ),
            (capability, 2, 0, &[]),
            (WireError::Version { version: 3 }, 2, 1, &[0, 4]),
            (WireError::ZeroAs { offset: 20 }, 2, 2, &[]),
            (WireError::TwoAses { first, second }, 2, 2, &[]),
            (WireError::ZeroRouterId, 2, 3, &[]),
            (
                WireError::OptionalParameter {
                    kind: parameter,
                    offset: 29,
                },
                2,
                4,
                &[],
            ),
            (WireError::HoldTime { seconds: 1 }, 2, 6, &[]),
            (WireError::UpdateCut { offset: 21 }, 3, 1, &[]),
            (
                WireError::Nlri {
                    error: nlri,
                    offset: 23,
                },
                3,
                10,
                &[],
            ),
            (WireError::RefreshLength { message }, 7, 1, &[1, 2, 3]),
        ] {
            let answer = error.notification();
            let expected = (ErrorCode::from_value(code), subcode, data);
            assert_eq!(
                (answer.code, answer.subcode, &answer.data[..]),
                expected,
                "{error}"
            );
        }
    }

    #[test]
    fn each_defect_of_an_attribute_has_its_subcode() {
        let octets = &[0x40, 1, 1, 5][..];
        let address = std::net::Ipv4Addr::LOCALHOST;
        for (defect, subcode, data) in [
            (Defect::Overrun, 1, &[][..]),
            (Defect::Repeated, 1, &[]),
            (Defect::UnrecognizedWellKnown, 2, octets),
            (Defect::Missing, 3, &[1]),
            (Defect::Flags { flags: 0xc0 }, 4, octets),
            (Defect::Length { octets: 1 }, 5, octets),
            (Defect::Origin { value: 5 }, 6, octets),
            (Defect::NextHop { address }, 8, octets),
            (Defect::MpCut { offset: 0 }, 9, octets),
            (Defect::ZeroAs, 11, &[]),
        ] {
            let answer = WireError::NothingAnnounced(AttributeFault {
                code: AttributeCode::Origin,
                offset: 23,
                octets: Bytes::copy_from_slice(octets),
                defect,
                action: Action::TreatAsWithdraw,
            })
            .notification();
            let expected = (ErrorCode::UpdateMessage, subcode, data);
            assert_eq!(
                (answer.code, answer.subcode, &answer.data[..]),
                expected,
                "{defect}"
            );
        }
    }

    #[test]
    fn many_octets_are_printed_up_to_64() {
        let text = Octets(&[0xab; 70]).to_string();
        assert_eq!(text, format!("{}... and 6 octets", "ab".repeat(64)));
    }
}
