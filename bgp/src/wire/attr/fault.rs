use std::net::Ipv4Addr;

use bytes::Bytes;
use thiserror::Error;

use crate::iana::AttributeCode;
use crate::net::Family;
use crate::wire::error::Octets;
use crate::wire::nlri::NlriError;

/// What happens to an UPDATE with a fault, from the weakest to the strongest (RFC 7606 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// "... the malformed attribute MUST be discarded and the UPDATE message continues to be
    /// processed."
    AttributeDiscard,
    /// "... the UPDATE message ... MUST be treated as though all contained routes had been
    /// withdrawn."
    TreatAsWithdraw,
    /// A NOTIFICATION, and the end of the session.
    SessionReset,
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::AttributeDiscard => "attribute discard",
            Self::TreatAsWithdraw => "treat-as-withdraw",
            Self::SessionReset => "session reset",
        })
    }
}

/// A path attribute with a fault.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{code} at offset {offset}: {defect}{}", Shown(.octets))]
pub struct AttributeFault {
    /// Which attribute.
    pub code: AttributeCode,
    /// Where it begins, in octets from the start of the message; the end of all attributes for one
    /// that is missing.
    pub offset: usize,
    /// The whole attribute as received; empty for one that is missing.
    pub octets: Bytes,
    /// What is wrong.
    pub defect: Defect,
    /// What that means for the UPDATE.
    pub action: Action,
}

/// What is wrong with a path attribute. Offsets are octets from the start of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Defect {
    /// It goes beyond the attributes of the UPDATE, or its head does.
    #[error("cut off by the end of the attributes")]
    Overrun,
    /// The attribute was there before.
    #[error("sent twice")]
    Repeated,
    /// A mandatory attribute is not there.
    #[error("missing")]
    Missing,
    /// Neither optional nor known.
    #[error("well-known, but not to this speaker")]
    UnrecognizedWellKnown,
    /// Not one that this peer may send.
    #[error("not to be sent by this peer")]
    Unexpected,
    /// The flags "optional" and "transitive" are not those of the attribute.
    #[error("flags {flags:#04x} are not those of the attribute")]
    Flags {
        /// All flags.
        flags: u8,
    },
    /// Not a length of the attribute.
    #[error("a length of {octets} octets")]
    Length {
        /// Of the value.
        octets: usize,
    },
    /// An ORIGIN without a meaning.
    #[error("value {value} is none of IGP (0), EGP (1) and INCOMPLETE (2)")]
    Origin {
        /// As received.
        value: u8,
    },
    /// A path segment that is not an AS_SEQUENCE.
    #[error("segment type {kind} at offset {offset} is not AS_SEQUENCE (2)")]
    SegmentType {
        /// As received.
        kind: u8,
        /// Of the segment.
        offset: usize,
    },
    /// A path segment without an AS.
    #[error("the segment at offset {offset} has no AS")]
    SegmentEmpty {
        /// Of the segment.
        offset: usize,
    },
    /// A path segment that goes beyond the attribute.
    #[error("a segment is cut at offset {offset}")]
    SegmentCut {
        /// Where octets are missing.
        offset: usize,
    },
    /// AS 0 in a path (RFC 7607).
    #[error("AS 0 in the path")]
    ZeroAs,
    /// AS 0 as the aggregator (RFC 7607).
    #[error("AS 0 as the aggregator")]
    ZeroAggregatorAs,
    /// A next hop that is not a host's address.
    #[error("{address} is not a host's address")]
    NextHop {
        /// As received.
        address: Ipv4Addr,
    },
    /// A multiprotocol attribute shorter than its fixed fields, or than its next hop.
    #[error("cut at offset {offset}")]
    MpCut {
        /// Where octets are missing.
        offset: usize,
    },
    /// A next hop of a length that the family does not have.
    #[error("a next hop of {octets} octets for {family}")]
    MpNextHop {
        /// The family announced.
        family: Family,
        /// Of the next hop.
        octets: usize,
    },
    /// Prefixes that cannot be read; the offset is from the start of the prefixes.
    #[error("{0}")]
    Nlri(NlriError),
}

/// Octets behind a message, if there are any.
struct Shown<'a>(&'a [u8]);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            [] => Ok(()),
            octets => write!(f, " (octets {})", Octets(octets)),
        }
    }
}
