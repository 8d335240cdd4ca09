//! Path attributes (RFC 4271 section 4.3): one table says what each looks like, and what happens
//! when it does not.
//!
//! Where the RFCs leave a choice, or more is judged elsewhere:
//! - Attributes of RFCs that this speaker does not implement are opaque. Nothing in them can do
//!   harm, and nothing learned is passed on, so that the Partial flag is never needed.
//! - A multiprotocol attribute that cannot be read ends the session; RFC 7606 section 2 would also
//!   allow to ignore its family from then on, which nobody could see.
//! - AS_SET is treated as withdrawn (RFC 9774), as if no operator had asked for a transition.
//! - The first AS of a path need not be the peer's: route servers leave theirs out (RFC 7947).
//! - A next hop that is ours, or on another link, is no fault: nothing is forwarded by it.

mod aggregate;
mod as_path;
mod community;
pub mod encode;
mod fault;
pub(super) mod multiprotocol;
mod next_hop;
mod origin;
mod preference;
mod reflection;
mod scan;
#[cfg(test)]
mod tests;

use std::net::Ipv4Addr;

use bytes::{BufMut, BytesMut};

pub use aggregate::Aggregator;
pub use as_path::AsPath;
pub use community::{Communities, ExtendedCommunities, Ipv6ExtendedCommunities, LargeCommunities};
pub use fault::{Action, AttributeFault, Defect};
pub use multiprotocol::{MpNextHop, MpReach, MpUnreach};
pub use origin::Origin;
pub use reflection::ClusterList;
pub(super) use scan::Scan;
pub use scan::read;

use super::{DecodeContext, parse};
use crate::iana::AttributeCode;

/// A path attribute that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the registry documents the names: AttributeCode"
)]
pub enum Attribute<'a> {
    Origin(Origin),
    AsPath(AsPath<'a>),
    NextHop(Ipv4Addr),
    MultiExitDisc(u32),
    LocalPref(u32),
    AtomicAggregate,
    Aggregator(Aggregator),
    Communities(Communities<'a>),
    OriginatorId(Ipv4Addr),
    ClusterList(ClusterList<'a>),
    MpReach(MpReach<'a>),
    MpUnreach(MpUnreach<'a>),
    ExtendedCommunities(ExtendedCommunities<'a>),
    As4Path(AsPath<'a>),
    As4Aggregator(Aggregator),
    Ipv6ExtendedCommunities(Ipv6ExtendedCommunities<'a>),
    LargeCommunities(LargeCommunities<'a>),
    /// Optional, and not in the table.
    Unknown {
        flags: u8,
        code: AttributeCode,
        value: &'a [u8],
    },
}

/// What the two highest flags of an attribute must be (RFC 4271 section 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Not optional, and then always transitive.
    WellKnown,
    /// Optional and transitive.
    Transitive,
    /// Optional, and not transitive.
    Optional,
}

impl Class {
    /// The flags "optional" and "transitive".
    const MASK: u8 = 0xc0;
    /// The flag "optional".
    const OPTIONAL: u8 = 0x80;

    const fn flags(self) -> u8 {
        match self {
            Self::WellKnown => 0x40,
            Self::Transitive => 0xc0,
            Self::Optional => 0x80,
        }
    }
}

/// How many octets a value can have; none only where the table says so (RFC 7606 section 4).
#[derive(Clone, Copy, Debug)]
enum Length {
    /// So many.
    Exactly(usize),
    /// A multiple of so many, and not 0.
    Multiple(usize),
    /// So many where ASes have two octets, and so many where they have four.
    ByAs(usize, usize),
    /// What the decoder says.
    Any,
}

impl Length {
    fn allows(self, octets: usize, context: &DecodeContext) -> bool {
        match self {
            Self::Exactly(length) => octets == length,
            Self::Multiple(unit) => octets > 0 && octets.is_multiple_of(unit),
            Self::ByAs(two, four) => octets == if context.four_octet_as { four } else { two },
            Self::Any => true,
        }
    }
}

/// Whose attribute counts; from others it is discarded unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Anyone,
    /// Only a peer of our AS.
    Internal,
    /// Only a peer that speaks ASes of two octets (an "OLD speaker", RFC 6793 section 3).
    Old,
}

impl Source {
    const fn includes(self, context: &DecodeContext) -> bool {
        match self {
            Self::Anyone => true,
            Self::Internal => !context.ebgp,
            Self::Old => !context.four_octet_as,
        }
    }
}

/// A row of the table.
struct Rule {
    code: AttributeCode,
    class: Class,
    octets: Length,
    from: Source,
    /// What happens to an UPDATE of an external peer in which it is malformed.
    ebgp: Action,
    /// The same of an internal peer.
    ibgp: Action,
    /// Reads a value of a length that is allowed.
    read: Read,
}

type Read = for<'a> fn(&'a [u8], &DecodeContext) -> Result<Attribute<'a>, Defect>;

/// The attributes that are known: RFC 7606 section 7, and what the RFC of each says of errors.
#[rustfmt::skip] // Read it by its columns.
const RULES: [Rule; 17] = {
    use AttributeCode::{
        Aggregator, As4Aggregator, As4Path, AsPath, AtomicAggregate, ClusterList, Communities,
        ExtendedCommunities, Ipv6ExtendedCommunities, LargeCommunities, LocalPref, MpReachNlri,
        MpUnreachNlri, MultiExitDisc, NextHop, Origin, OriginatorId,
    };
    use Class::{Optional, Transitive, WellKnown};
    use Source::{Anyone, Internal, Old};
    use Length::{Any, ByAs, Exactly, Multiple};
    use Action::{AttributeDiscard as Discard, SessionReset as Reset, TreatAsWithdraw as Withdraw};
    [
        //  attribute                flags       octets        from      eBGP      iBGP      value
        row(Origin,                  WellKnown,  Exactly(1),   Anyone,   Withdraw, Withdraw, origin::read),
        row(AsPath,                  WellKnown,  Any,          Anyone,   Withdraw, Withdraw, as_path::read),
        row(NextHop,                 WellKnown,  Exactly(4),   Anyone,   Withdraw, Withdraw, next_hop::read),
        row(MultiExitDisc,           Optional,   Exactly(4),   Anyone,   Withdraw, Withdraw, preference::read_med),
        row(LocalPref,               WellKnown,  Exactly(4),   Internal, Discard,  Withdraw, preference::read_local_pref),
        row(AtomicAggregate,         WellKnown,  Exactly(0),   Anyone,   Discard,  Discard,  aggregate::read_atomic),
        row(Aggregator,              Transitive, ByAs(6, 8),   Anyone,   Discard,  Discard,  aggregate::read),
        row(Communities,             Transitive, Multiple(4),  Anyone,   Withdraw, Withdraw, community::read),
        row(OriginatorId,            Optional,   Exactly(4),   Internal, Discard,  Withdraw, reflection::read_originator),
        row(ClusterList,             Optional,   Multiple(4),  Internal, Discard,  Withdraw, reflection::read_clusters),
        row(MpReachNlri,             Optional,   Any,          Anyone,   Reset,    Reset,    multiprotocol::read_reach),
        row(MpUnreachNlri,           Optional,   Any,          Anyone,   Reset,    Reset,    multiprotocol::read_unreach),
        row(ExtendedCommunities,     Transitive, Multiple(8),  Anyone,   Withdraw, Withdraw, community::read_extended),
        row(As4Path,                 Transitive, Multiple(2),  Old,      Discard,  Discard,  as_path::read_as4),
        row(As4Aggregator,           Transitive, Exactly(8),   Old,      Discard,  Discard,  aggregate::read_as4),
        row(Ipv6ExtendedCommunities, Transitive, Multiple(20), Anyone,   Withdraw, Withdraw, community::read_ipv6),
        row(LargeCommunities,        Transitive, Multiple(12), Anyone,   Withdraw, Withdraw, community::read_large),
    ]
};

const fn row(
    code: AttributeCode,
    class: Class,
    octets: Length,
    from: Source,
    ebgp: Action,
    ibgp: Action,
    read: Read,
) -> Rule {
    Rule {
        code,
        class,
        octets,
        from,
        ebgp,
        ibgp,
        read,
    }
}

impl Rule {
    fn of(code: AttributeCode) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.code == code)
    }

    const fn action(&self, context: &DecodeContext) -> Action {
        if context.ebgp { self.ebgp } else { self.ibgp }
    }
}

/// A value that is one number.
fn one<'a, T>(
    shape: impl Fn(&'a [u8]) -> parse::Parsed<'a, T>,
    value: &'a [u8],
) -> Result<T, Defect> {
    parse::exactly(shape, value).map_err(|_| Defect::Length {
        octets: value.len(),
    })
}

/// Appends flags, code and length of an attribute. The length has two octets only where one does
/// not do.
fn put_head(out: &mut BytesMut, class: Class, code: AttributeCode, octets: usize) {
    match u8::try_from(octets) {
        Ok(length) => {
            out.put_u8(class.flags());
            out.put_u8(code.value());
            out.put_u8(length);
        }
        Err(_) => {
            out.put_u8(class.flags() | parse::EXTENDED_LENGTH);
            out.put_u8(code.value());
            out.put_u16(u16::try_from(octets).unwrap_or(u16::MAX));
        }
    }
}
