//! Path attributes (RFC 4271 section 4.3): one table says what each looks like, and what happens when it does not.
//!
//! Attributes of RFCs that this speaker does not implement are opaque: nothing in them can do harm.

mod aggregator;
mod as_path;
mod community;
pub mod encode;
mod fault;
pub(super) mod multiprotocol;
mod next_hop;
mod origin;
mod preference;
mod scan;

use std::net::Ipv4Addr;

use bytes::{BufMut, BytesMut};

pub use aggregator::Aggregator;
pub use as_path::AsPath;
pub use community::{Communities, LargeCommunities};
pub use fault::{Action, AttributeFault, Defect};
pub use multiprotocol::{MpNextHop, MpReach, MpUnreach};
pub use origin::Origin;
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
    ClusterList(&'a [u8]),
    MpReach(MpReach<'a>),
    MpUnreach(MpUnreach<'a>),
    ExtendedCommunities(&'a [u8]),
    As4Path(AsPath<'a>),
    As4Aggregator(Aggregator),
    Ipv6ExtendedCommunities(&'a [u8]),
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
    /// Not optional, transitive.
    WellKnown,
    /// Optional, transitive.
    OptionalTransitive,
    /// Optional, not transitive.
    OptionalNonTransitive,
}

impl Class {
    /// The flags "optional" and "transitive".
    const MASK: u8 = 0xc0;
    /// The flag "optional".
    const OPTIONAL: u8 = 0x80;

    const fn flags(self) -> u8 {
        match self {
            Self::WellKnown => 0x40,
            Self::OptionalTransitive => 0xc0,
            Self::OptionalNonTransitive => 0x80,
        }
    }
}

/// The octets that a value can have. "... zero-length" is malformed but where it says so (RFC 7606 section 4).
#[derive(Clone, Copy, Debug)]
enum Length {
    /// So many.
    Exactly(usize),
    /// A multiple of so many, and not 0.
    MultipleOf(usize),
    /// So many by the size of an AS.
    ByAs {
        two_octets: usize,
        four_octets: usize,
    },
    /// What the decoder says.
    Any,
}

impl Length {
    fn allows(self, octets: usize, context: &DecodeContext) -> bool {
        match self {
            Self::Exactly(length) => octets == length,
            Self::MultipleOf(unit) => octets > 0 && octets.is_multiple_of(unit),
            Self::ByAs { four_octets, .. } if context.four_octet_as => octets == four_octets,
            Self::ByAs { two_octets, .. } => octets == two_octets,
            Self::Any => true,
        }
    }
}

/// Whose attribute counts; from others it is discarded unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sender {
    Anyone,
    /// Only a peer of our AS.
    Internal,
    /// Only a peer whose ASes have two octets (RFC 6793 section 3).
    TwoOctetAs,
}

impl Sender {
    const fn includes(self, context: &DecodeContext) -> bool {
        match self {
            Self::Anyone => true,
            Self::Internal => !context.ebgp,
            Self::TwoOctetAs => !context.four_octet_as,
        }
    }
}

/// A row of the table.
struct Rule {
    code: AttributeCode,
    class: Class,
    length: Length,
    from: Sender,
    /// What happens to an UPDATE of an external peer in which it is malformed.
    ebgp: Action,
    /// The same of an internal peer.
    ibgp: Action,
    /// Called only with a length that is allowed.
    decode: for<'a> fn(&'a [u8], &DecodeContext) -> Result<Attribute<'a>, Defect>,
}

const DISCARD: Action = Action::AttributeDiscard;
const WITHDRAW: Action = Action::TreatAsWithdraw;
const RESET: Action = Action::SessionReset;

/// The attributes that are known: RFC 7606 section 7, and what the RFC of each says of errors.
#[rustfmt::skip]
const RULES: [Rule; 17] = {
    use AttributeCode as Code;
    use Class::{OptionalNonTransitive, OptionalTransitive, WellKnown};
    use Sender::{Anyone, Internal, TwoOctetAs};
    use Length::{Any, ByAs, Exactly, MultipleOf};
    [
        Rule { code: Code::Origin, class: WellKnown, length: Exactly(1), from: Anyone, ebgp: WITHDRAW, ibgp: WITHDRAW,
            decode: |value, _| origin::decode(one(parse::octet, value)?).map(Attribute::Origin) },
        Rule { code: Code::AsPath, class: WellKnown, length: Any, from: Anyone, ebgp: WITHDRAW, ibgp: WITHDRAW,
            decode: |value, context| as_path::decode(value, context.four_octet_as).map(Attribute::AsPath) },
        Rule { code: Code::NextHop, class: WellKnown, length: Exactly(4), from: Anyone, ebgp: WITHDRAW, ibgp: WITHDRAW,
            decode: |value, _| next_hop::decode(one(parse::number, value)?).map(Attribute::NextHop) },
        Rule { code: Code::MultiExitDisc, class: OptionalNonTransitive, length: Exactly(4), from: Anyone, ebgp: WITHDRAW, ibgp: WITHDRAW,
            decode: |value, _| one(parse::number, value).map(Attribute::MultiExitDisc) },
        Rule { code: Code::LocalPref, class: WellKnown, length: Exactly(4), from: Internal, ebgp: DISCARD, ibgp: WITHDRAW,
            decode: |value, _| one(parse::number, value).map(Attribute::LocalPref) },
        Rule { code: Code::AtomicAggregate, class: WellKnown, length: Exactly(0), from: Anyone, ebgp: DISCARD, ibgp: DISCARD,
            decode: |_, _| Ok(Attribute::AtomicAggregate) },
        Rule { code: Code::Aggregator, class: OptionalTransitive, length: ByAs { two_octets: 6, four_octets: 8 }, from: Anyone, ebgp: DISCARD, ibgp: DISCARD,
            decode: |value, context| aggregator::decode(value, context.four_octet_as).map(Attribute::Aggregator) },
        Rule { code: Code::Communities, class: OptionalTransitive, length: MultipleOf(4), from: Anyone, ebgp: WITHDRAW, ibgp: WITHDRAW,
            decode: |value, _| Ok(Attribute::Communities(Communities(value))) },
        Rule { code: Code::OriginatorId, class: OptionalNonTransitive, length: Exactly(4), from: Internal, ebgp: DISCARD, ibgp: WITHDRAW,
            decode: |value, _| one(parse::number, value).map(|bits| Attribute::OriginatorId(Ipv4Addr::from_bits(bits))) },
        Rule { code: Code::ClusterList, class: OptionalNonTransitive, length: MultipleOf(4), from: Internal, ebgp: DISCARD, ibgp: WITHDRAW,
            decode: |value, _| Ok(Attribute::ClusterList(value)) },
        Rule { code: Code::MpReachNlri, class: OptionalNonTransitive, length: Any, from: Anyone, ebgp: RESET, ibgp: RESET,
            decode: |value, context| multiprotocol::decode_reach(value, context.families).map(Attribute::MpReach) },
        Rule { code: Code::MpUnreachNlri, class: OptionalNonTransitive, length: Any, from: Anyone, ebgp: RESET, ibgp: RESET,
            decode: |value, context| multiprotocol::decode_unreach(value, context.families).map(Attribute::MpUnreach) },
        Rule { code: Code::ExtendedCommunities, class: OptionalTransitive, length: MultipleOf(8), from: Anyone, ebgp: WITHDRAW, ibgp: WITHDRAW,
            decode: |value, _| Ok(Attribute::ExtendedCommunities(value)) },
        Rule { code: Code::As4Path, class: OptionalTransitive, length: MultipleOf(2), from: TwoOctetAs, ebgp: DISCARD, ibgp: DISCARD,
            decode: |value, _| as_path::decode(value, true).map(Attribute::As4Path) },
        Rule { code: Code::As4Aggregator, class: OptionalTransitive, length: Exactly(8), from: TwoOctetAs, ebgp: DISCARD, ibgp: DISCARD,
            decode: |value, _| aggregator::decode(value, true).map(Attribute::As4Aggregator) },
        Rule { code: Code::Ipv6ExtendedCommunities, class: OptionalTransitive, length: MultipleOf(20), from: Anyone, ebgp: WITHDRAW, ibgp: WITHDRAW,
            decode: |value, _| Ok(Attribute::Ipv6ExtendedCommunities(value)) },
        Rule { code: Code::LargeCommunities, class: OptionalTransitive, length: MultipleOf(12), from: Anyone, ebgp: WITHDRAW, ibgp: WITHDRAW,
            decode: |value, _| Ok(Attribute::LargeCommunities(LargeCommunities(value))) },
    ]
};

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

/// Appends flags, code and length of an attribute. The length has two octets only where one does not do.
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

/// The octets of flags, code and length.
const fn head_len(flags: u8) -> usize {
    if flags & parse::EXTENDED_LENGTH == 0 {
        3
    } else {
        4
    }
}
