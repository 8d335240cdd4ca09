//! The expressions that our rules are made of. Each names the kernel's attributes in order:
//! `NFTA_PAYLOAD_*`, `NFTA_META_*` and so on of `linux/netfilter/nf_tables.h`.

use super::attribute::Writer;
use super::code::{self, LIST_ELEMENT, element, rule};
use crate::forward::contents::{Family, SetName};

/// A 32-bit register, counted from 0 to 15. Longer values fill the registers behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Register(pub(crate) u32);

impl Register {
    /// Where keys begin, and where lookups put what they find.
    pub(crate) const FIRST: Register = Register(0);

    fn number(self) -> u32 {
        FIRST + self.0
    }
}

/// Where a payload offset counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Header {
    /// The IP header.
    Network,
    /// The header behind it.
    Transport,
}

/// What is known of a packet's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conntrack {
    /// The state, as a bit mask.
    State,
    /// The status, as a bit mask.
    Status,
    /// The destination address of the connection's first packet, before any translation.
    OriginalDestination(Family),
    /// The destination port of the connection's first packet, before any translation.
    OriginalPort,
}

/// How a packet is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A TCP reset.
    Reset,
    /// An ICMP port unreachable of this family.
    PortUnreachable(Family),
}

/// One step of a rule; a step that does not match ends the rule. Keys begin at the first register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expression {
    /// Loads bytes of the packet.
    Payload {
        from: Header,
        offset: u32,
        len: u32,
        to: Register,
    },
    /// Loads the transport protocol's number.
    Protocol { to: Register },
    /// Loads what is known of the connection.
    Conntrack { key: Conntrack, to: Register },
    /// Keeps only these bits of the first register.
    Mask(u32),
    /// Matches if the first register begins with these bytes.
    Equal(Vec<u8>),
    /// Matches if the first register does not begin with these bytes.
    NotEqual(Vec<u8>),
    /// Matches if a set has the key.
    InSet(SetName),
    /// Matches if a set does not have the key.
    NotInSet(SetName),
    /// Matches if a map has the key, and loads the data over it.
    Map(SetName),
    /// Matches if a map has the key, and carries out the verdict.
    VerdictMap(SetName),
    /// Loads a random number below a bound.
    Random { below: u32, to: Register },
    /// Sends the connection to the address that begins at the first register, and to the port
    /// in another one, if given.
    Dnat {
        family: Family,
        port: Option<Register>,
    },
    /// Hides the connection's source behind the address of the outgoing interface, on a port
    /// chosen at random: clashes of ports would lose first packets.
    Masquerade,
    /// Answers that nobody is there, and drops.
    Reject(Refusal),
    /// Counts packets and bytes.
    Counter,
    /// Drops without an answer.
    Drop,
    /// Goes on in another chain, and does not come back.
    Goto(&'static str),
}

/// Writes expressions as a list.
pub(crate) fn write_list(writer: &mut Writer<'_>, expressions: &[Expression]) {
    for expression in expressions {
        writer.nest(LIST_ELEMENT, |writer| {
            writer.text(rule::EXPRESSION_KIND, expression.kind());
            writer.nest(rule::EXPRESSION_DATA, |writer| expression.write(writer));
        });
    }
}

impl Expression {
    /// The kernel's name for it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Expression::Payload { .. } => "payload",
            Expression::Protocol { .. } => "meta",
            Expression::Conntrack { .. } => "ct",
            Expression::Mask(_) => "bitwise",
            Expression::Equal(_) | Expression::NotEqual(_) => "cmp",
            Expression::InSet(_)
            | Expression::NotInSet(_)
            | Expression::Map(_)
            | Expression::VerdictMap(_) => "lookup",
            Expression::Random { .. } => "numgen",
            Expression::Dnat { .. } => "nat",
            Expression::Masquerade => "masq",
            Expression::Reject(_) => "reject",
            Expression::Counter => "counter",
            Expression::Drop | Expression::Goto(_) => "immediate",
        }
    }

    fn write(&self, w: &mut Writer<'_>) {
        match self {
            Expression::Payload {
                from,
                offset,
                len,
                to,
            } => {
                write_payload(w, *from, *offset, *len, *to);
            }
            Expression::Protocol { to } => {
                w.u32(1, to.number());
                w.u32(2, L4PROTO);
            }
            Expression::Conntrack { key, to } => write_conntrack(w, *key, *to),
            Expression::Mask(bits) => write_mask(w, *bits),
            Expression::Equal(value) => write_comparison(w, 0, value),
            Expression::NotEqual(value) => write_comparison(w, 1, value),
            Expression::InSet(set) => write_lookup(w, *set, None, false),
            Expression::NotInSet(set) => write_lookup(w, *set, None, true),
            Expression::Map(map) => write_lookup(w, *map, Some(FIRST), false),
            Expression::VerdictMap(map) => write_lookup(w, *map, Some(VERDICT), false),
            Expression::Random { below, to } => write_random(w, *below, *to),
            Expression::Dnat { family, port } => write_dnat(w, *family, *port),
            Expression::Masquerade => w.u32(1, FULLY_RANDOM),
            Expression::Reject(refusal) => write_reject(w, *refusal),
            Expression::Counter => {}
            Expression::Drop => {
                w.u32(1, VERDICT);
                w.nest(2, write_drop);
            }
            Expression::Goto(chain) => {
                w.u32(1, VERDICT);
                w.nest(2, |w| write_goto(w, chain));
            }
        }
    }
}

/// `NFT_REG_VERDICT`.
const VERDICT: u32 = 0;
/// `NFT_REG32_00`.
const FIRST: u32 = 8;
/// `NFT_META_L4PROTO`.
const L4PROTO: u32 = 16;
/// `NF_NAT_RANGE_PROTO_RANDOM_FULLY`.
const FULLY_RANDOM: u32 = 0x10;
/// `NFT_GOTO`.
const GOTO: i32 = -4;

/// The verdict to drop, as data.
pub(crate) fn write_drop(w: &mut Writer<'_>) {
    w.nest(element::VERDICT, |w| {
        w.u32(element::VERDICT_CODE, element::DROP)
    });
}

/// The verdict to go on in `chain`, as data.
pub(crate) fn write_goto(w: &mut Writer<'_>, chain: &str) {
    w.nest(element::VERDICT, |w| {
        w.bytes(element::VERDICT_CODE, &GOTO.to_be_bytes());
        w.text(element::VERDICT_CHAIN, chain);
    });
}

fn write_payload(w: &mut Writer<'_>, from: Header, offset: u32, len: u32, to: Register) {
    let base = match from {
        Header::Network => 1,
        Header::Transport => 2,
    };
    w.u32(1, to.number());
    w.u32(2, base);
    w.u32(3, offset);
    w.u32(4, len);
}

fn write_conntrack(w: &mut Writer<'_>, key: Conntrack, to: Register) {
    let (number, original) = match key {
        Conntrack::State => (0, false),
        Conntrack::Status => (2, false),
        Conntrack::OriginalDestination(Family::V4) => (20, true),
        Conntrack::OriginalDestination(Family::V6) => (22, true),
        Conntrack::OriginalPort => (12, true),
    };
    w.u32(1, to.number());
    w.u32(2, number);
    if original {
        // IP_CT_DIR_ORIGINAL.
        w.bytes(3, &[0]);
    }
}

/// `first = (first & bits) ^ 0`, in the host's byte order.
fn write_mask(w: &mut Writer<'_>, bits: u32) {
    w.u32(1, FIRST);
    w.u32(2, FIRST);
    w.u32(3, 4);
    w.nest(4, |w| w.bytes(element::VALUE, &bits.to_ne_bytes()));
    w.nest(5, |w| w.bytes(element::VALUE, &[0; 4]));
}

fn write_comparison(w: &mut Writer<'_>, operator: u32, value: &[u8]) {
    w.u32(1, FIRST);
    w.u32(2, operator);
    w.nest(3, |w| w.bytes(element::VALUE, value));
}

fn write_lookup(w: &mut Writer<'_>, set: SetName, to: Option<u32>, invert: bool) {
    w.text(1, set.name());
    w.u32(2, FIRST);
    if let Some(to) = to {
        w.u32(3, to);
    }
    if invert {
        // NFT_LOOKUP_F_INV.
        w.u32(5, 1);
    }
}

fn write_random(w: &mut Writer<'_>, below: u32, to: Register) {
    w.u32(1, to.number());
    w.u32(2, below);
    // NFT_NG_RANDOM.
    w.u32(3, 1);
    w.u32(4, 0);
}

fn write_dnat(w: &mut Writer<'_>, family: Family, port: Option<Register>) {
    // NFT_NAT_DNAT.
    w.u32(1, 1);
    w.u32(2, u32::from(code::protocol_family(family)));
    w.u32(3, FIRST);
    if let Some(port) = port {
        w.u32(5, port.number());
    }
}

fn write_reject(w: &mut Writer<'_>, refusal: Refusal) {
    let (kind, icmp_code) = match refusal {
        Refusal::PortUnreachable(Family::V4) => (0, 3),
        Refusal::PortUnreachable(Family::V6) => (0, 4),
        Refusal::Reset => (1, 0),
    };
    w.u32(1, kind);
    w.bytes(2, &[icmp_code]);
}
