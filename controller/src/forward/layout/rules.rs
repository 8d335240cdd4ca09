//! The rules, one function each.

use super::Rule;
use super::load::{any_bit, destination, frontend, register_of, second_address, source};
use crate::forward::contents::{Candidates, Family, Picker, SetName};
use crate::forward::key::Field;
use crate::forward::nft::expression::{Conntrack, Expression, Header, Refusal, Register};

/// The chain that refuses.
pub(super) const REFUSE: &str = "refuse";

/// `IPS_DST_NAT`.
const STATUS_DNAT: u32 = 0x20;
const STATE_INVALID: u32 = 1;
/// Invalid, new, untracked.
const STATE_UNSERVED: u32 = STATE_INVALID | 8 | 64;

/// Sends a frontend's connection to one of its candidates.
pub(super) fn pick(family: Family, picker: Picker) -> Rule {
    let map = match picker.from {
        Candidates::External => SetName::Endpoints,
        Candidates::Internal => SetName::InternalEndpoints,
    };
    let slot = register_of(family, map.key(), Field::Slot);
    let port = register_of(family, &[Field::Address, Field::Port], Field::Port);
    let mut expressions = frontend(family);
    expressions.extend([
        Expression::Random {
            below: picker.count,
            to: slot,
        },
        Expression::Map(map),
        Expression::Dnat {
            family,
            port: Some(port),
        },
    ]);
    Rule::new("", expressions)
}

pub(super) fn from_pods(family: Family) -> Rule {
    let mut expressions = vec![
        source(family, Register::FIRST),
        Expression::InSet(SetName::PodNetworks),
    ];
    expressions.extend(frontend(family));
    expressions.push(Expression::VerdictMap(SetName::InternalFrontends));
    Rule::new("pods reach every endpoint", expressions)
}

pub(super) fn from_this_node(family: Family) -> Rule {
    let mut expressions = frontend(family);
    expressions.push(Expression::VerdictMap(SetName::InternalFrontends));
    Rule::new("this node reaches every endpoint", expressions)
}

pub(super) fn from_anywhere(family: Family) -> Rule {
    let mut expressions = frontend(family);
    expressions.push(Expression::VerdictMap(SetName::Frontends));
    Rule::new("", expressions)
}

/// ICMP echo request is type 8 (RFC 792), for IPv6 type 128 (RFC 4443, 4.1).
pub(super) fn echo(family: Family) -> Rule {
    let (protocol, echo_request) = match family {
        Family::V4 => (1, 8),
        Family::V6 => (58, 128),
    };
    let expressions = vec![
        Expression::Protocol {
            to: Register::FIRST,
        },
        Expression::Equal(vec![protocol]),
        Expression::Payload {
            from: Header::Transport,
            offset: 0,
            len: 1,
            to: Register::FIRST,
        },
        Expression::Equal(vec![echo_request]),
        destination(family, Register::FIRST),
        Expression::Map(SetName::Echo),
        Expression::Dnat { family, port: None },
    ];
    Rule::new("the node answers pings", expressions)
}

pub(super) fn unserved(family: Family) -> Rule {
    let mut expressions = vec![
        destination(family, Register::FIRST),
        Expression::InSet(SetName::Guarded),
    ];
    expressions.extend(any_bit(Conntrack::State, STATE_UNSERVED));
    expressions.push(Expression::Goto(REFUSE));
    Rule::new("not served: never routed on", expressions)
}

pub(super) fn refuse(family: Family) -> Vec<Rule> {
    // Conntrack calls a packet invalid that is out of its connection's window, too: a reset would
    // end that connection.
    let mut invalid = any_bit(Conntrack::State, STATE_INVALID);
    invalid.extend([Expression::Counter, Expression::Drop]);
    let reset = vec![
        Expression::Protocol {
            to: Register::FIRST,
        },
        Expression::Equal(vec![6]),
        Expression::Counter,
        Expression::Reject(Refusal::Reset),
    ];
    let unreachable = vec![
        Expression::Counter,
        Expression::Reject(Refusal::PortUnreachable(family)),
    ];
    [invalid, reset, unreachable]
        .map(|expressions| Rule::new("", expressions))
        .into()
}

pub(super) fn to_other_node(family: Family) -> Rule {
    let key = SetName::ClusterWide.key();
    let mut expressions = any_bit(Conntrack::Status, STATUS_DNAT);
    expressions.extend([
        Expression::Conntrack {
            key: Conntrack::OriginalDestination(family),
            to: Register::FIRST,
        },
        Expression::Protocol {
            to: register_of(family, key, Field::Protocol),
        },
        Expression::Conntrack {
            key: Conntrack::OriginalPort,
            to: register_of(family, key, Field::Port),
        },
        Expression::InSet(SetName::ClusterWide),
        destination(family, Register::FIRST),
        Expression::NotInSet(SetName::LocalEndpoints),
        Expression::Counter,
        Expression::Masquerade,
    ]);
    Rule::new(
        "on another node: the reply must come back here",
        expressions,
    )
}

pub(super) fn hairpin(family: Family) -> Rule {
    let mut expressions = any_bit(Conntrack::Status, STATUS_DNAT);
    expressions.extend([
        source(family, Register::FIRST),
        destination(family, second_address(family)),
        Expression::InSet(SetName::Hairpin),
        Expression::Counter,
        Expression::Masquerade,
    ]);
    Rule::new(
        "a pod that reaches itself: the reply must come back here",
        expressions,
    )
}
