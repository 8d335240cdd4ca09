//! The static part of a table: chains and rules that do not depend on any Service.
//!
//! A new connection takes this way. `frontend` stands for the destination's address, protocol
//! and port; every lookup is one step, whatever the number of Services.
//!
//! ```text
//! nat-prerouting  from a pod: internal-frontends -> pick-internal-N, or drop
//!                 frontends -> pick-N, or drop
//!                 ping: echo -> the node's address
//! nat-output      the same, every source being internal
//! pick-N          endpoints[frontend, random below N] -> destination
//! guard-*         still addressed to a guarded address, and of no connection: refuse
//! nat-postrouting was cluster-wide, and goes to another node: hide the client
//!                 comes from where it goes: hide the pod from itself
//! ```
//!
//! What a connection was translated from is read from its conntrack entry, not from a mark: marks
//! are few, and shared with kube-proxy and the CNI. No result of a map is the key of another one:
//! `nft` 1.0.6 cannot list that.

use super::contents::{Candidates, Family, Picker, SetName};
use super::key::{Field, padded_len};
use super::nft::attribute::Writer;
use super::nft::expression::{Conntrack, Expression, Header, Refusal, Register, write_list};

/// Where a base chain stands: `type`, hook and priority of `nft`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Base {
    /// `nat` or `filter`.
    pub(crate) kind: &'static str,
    /// `NF_INET_*`.
    pub(crate) hook: u32,
    /// Lower runs first.
    pub(crate) priority: i32,
}

/// A chain and its rules.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) name: String,
    /// None for a chain that others go to.
    pub(crate) base: Option<Base>,
    pub(crate) rules: Vec<Rule>,
}

/// A rule and the comment that listings print.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) comment: &'static str,
    pub(crate) expressions: Vec<Expression>,
}

pub(crate) const PREROUTING: u32 = 0;
pub(crate) const INPUT: u32 = 1;
const FORWARD: u32 = 2;
const OUTPUT: u32 = 3;
pub(crate) const POSTROUTING: u32 = 4;

/// Just before dstnat (-100): of two NAT chains at the same priority the last registered one wins,
/// and kube-proxy registers its own anew at times.
const BEFORE_DNAT: i32 = -105;
const SRCNAT: i32 = 100;
pub(crate) const FILTER: i32 = 0;

/// `IPS_DST_NAT`.
const STATUS_DNAT: u32 = 0x20;
const STATE_INVALID: u32 = 1;
/// Invalid, new, untracked.
const STATE_UNSERVED: u32 = STATE_INVALID | 8 | 64;

/// The chains of a table, in the order in which they can be created: those that others name first.
pub(crate) fn chains(family: Family) -> Vec<Chain> {
    let guard = |name: &str, hook| Chain {
        name: name.to_owned(),
        base: Some(Base {
            kind: "filter",
            hook,
            priority: FILTER,
        }),
        rules: vec![unserved(family)],
    };
    let nat = |name: &str, hook, priority, rules| Chain {
        name: name.to_owned(),
        base: Some(Base {
            kind: "nat",
            hook,
            priority,
        }),
        rules,
    };
    vec![
        Chain {
            name: REFUSE.to_owned(),
            base: None,
            rules: refuse(family),
        },
        nat(
            "nat-prerouting",
            PREROUTING,
            BEFORE_DNAT,
            vec![from_pods(family), from_anywhere(family), echo(family)],
        ),
        nat(
            "nat-output",
            OUTPUT,
            BEFORE_DNAT,
            vec![from_this_node(family), from_anywhere(family), echo(family)],
        ),
        nat(
            "nat-postrouting",
            POSTROUTING,
            SRCNAT,
            vec![to_other_node(family), hairpin(family)],
        ),
        guard("guard-input", INPUT),
        guard("guard-forward", FORWARD),
        guard("guard-output", OUTPUT),
    ]
}

/// The chain of a picker.
pub(crate) fn picker_chain(family: Family, picker: Picker) -> Chain {
    let (map, key) = match picker.from {
        Candidates::External => (SetName::Endpoints, SetName::Endpoints.key()),
        Candidates::Internal => (SetName::InternalEndpoints, SetName::InternalEndpoints.key()),
    };
    let mut expressions = frontend(family);
    expressions.extend([
        Expression::Random {
            below: picker.count,
            to: register_of(family, key, Field::Slot),
        },
        Expression::Map {
            map,
            key: FIRST,
            to: FIRST,
        },
        Expression::Dnat {
            family,
            address: FIRST,
            port: Some(register_of(
                family,
                &[Field::Address, Field::Port],
                Field::Port,
            )),
        },
    ]);
    let rules = vec![Rule {
        comment: "",
        expressions,
    }];
    Chain {
        name: picker.to_string(),
        base: None,
        rules,
    }
}

/// A number that changes with anything in the static part, so that a table of another version is
/// recognised (FNV-1a over the rules as sent).
pub(crate) fn fingerprint(family: Family) -> u64 {
    let mut bytes = Vec::new();
    let picker = |from| picker_chain(family, Picker { from, count: 1 });
    let pickers = [picker(Candidates::External), picker(Candidates::Internal)];
    for chain in chains(family).iter().chain(&pickers) {
        bytes.extend_from_slice(format!("{}{:?}", chain.name, chain.base).as_bytes());
        for rule in &chain.rules {
            bytes.extend_from_slice(rule.comment.as_bytes());
            write_list(&mut Writer::new(&mut bytes), &rule.expressions);
        }
    }
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

const REFUSE: &str = "refuse";
/// Keys are loaded from the first register on, and data over them.
const FIRST: Register = Register(0);

fn from_pods(family: Family) -> Rule {
    let mut expressions = vec![
        source(family, FIRST),
        Expression::InSet {
            set: SetName::PodNetworks,
            key: FIRST,
        },
    ];
    expressions.extend(frontend(family));
    expressions.push(Expression::VerdictMap {
        map: SetName::InternalFrontends,
        key: FIRST,
    });
    Rule {
        comment: "pods reach every endpoint",
        expressions,
    }
}

fn from_this_node(family: Family) -> Rule {
    let mut expressions = frontend(family);
    expressions.push(Expression::VerdictMap {
        map: SetName::InternalFrontends,
        key: FIRST,
    });
    Rule {
        comment: "this node reaches every endpoint",
        expressions,
    }
}

fn from_anywhere(family: Family) -> Rule {
    let mut expressions = frontend(family);
    expressions.push(Expression::VerdictMap {
        map: SetName::Frontends,
        key: FIRST,
    });
    Rule {
        comment: "",
        expressions,
    }
}

/// ICMP echo request is type 8 (RFC 792), for IPv6 type 128 (RFC 4443, 4.1).
fn echo(family: Family) -> Rule {
    let (protocol, echo_request) = match family {
        Family::V4 => (1, 8),
        Family::V6 => (58, 128),
    };
    let expressions = vec![
        Expression::Protocol { to: FIRST },
        Expression::Equal {
            register: FIRST,
            value: vec![protocol],
        },
        Expression::Payload {
            from: Header::Transport,
            offset: 0,
            len: 1,
            to: FIRST,
        },
        Expression::Equal {
            register: FIRST,
            value: vec![echo_request],
        },
        destination(family, FIRST),
        Expression::Map {
            map: SetName::Echo,
            key: FIRST,
            to: FIRST,
        },
        Expression::Dnat {
            family,
            address: FIRST,
            port: None,
        },
    ];
    Rule {
        comment: "the node answers pings",
        expressions,
    }
}

fn unserved(family: Family) -> Rule {
    let mut expressions = vec![
        destination(family, FIRST),
        Expression::InSet {
            set: SetName::Guarded,
            key: FIRST,
        },
    ];
    expressions.extend(any_bit(Conntrack::State, STATE_UNSERVED));
    expressions.push(Expression::Goto(REFUSE));
    Rule {
        comment: "not served: never routed on",
        expressions,
    }
}

fn refuse(family: Family) -> Vec<Rule> {
    // Conntrack calls a packet invalid that is out of its connection's window, too: a reset would
    // end that connection.
    let mut invalid = any_bit(Conntrack::State, STATE_INVALID);
    invalid.extend([Expression::Counter, Expression::Drop]);
    let reset = vec![
        Expression::Protocol { to: FIRST },
        Expression::Equal {
            register: FIRST,
            value: vec![6],
        },
        Expression::Counter,
        Expression::Reject(Refusal::Reset),
    ];
    let unreachable = vec![
        Expression::Counter,
        Expression::Reject(Refusal::PortUnreachable(family)),
    ];
    [invalid, reset, unreachable]
        .map(|expressions| Rule {
            comment: "",
            expressions,
        })
        .into()
}

fn to_other_node(family: Family) -> Rule {
    let key = SetName::ClusterWide.key();
    let mut expressions = any_bit(Conntrack::Status, STATUS_DNAT);
    expressions.extend([
        Expression::Conntrack {
            key: Conntrack::OriginalDestination(family),
            to: FIRST,
        },
        Expression::Protocol {
            to: register_of(family, key, Field::Protocol),
        },
        Expression::Conntrack {
            key: Conntrack::OriginalPort,
            to: register_of(family, key, Field::Port),
        },
        Expression::InSet {
            set: SetName::ClusterWide,
            key: FIRST,
        },
        destination(family, FIRST),
        Expression::NotInSet {
            set: SetName::LocalEndpoints,
            key: FIRST,
        },
        Expression::Counter,
        Expression::Masquerade,
    ]);
    Rule {
        comment: "on another node: the reply must come back here",
        expressions,
    }
}

fn hairpin(family: Family) -> Rule {
    let mut expressions = any_bit(Conntrack::Status, STATUS_DNAT);
    expressions.extend([
        source(family, FIRST),
        destination(family, second_address(family)),
        Expression::InSet {
            set: SetName::Hairpin,
            key: FIRST,
        },
        Expression::Counter,
        Expression::Masquerade,
    ]);
    Rule {
        comment: "a pod that reaches itself: the reply must come back here",
        expressions,
    }
}

/// Loads the destination's address, protocol and port.
fn frontend(family: Family) -> Vec<Expression> {
    let key = SetName::Frontends.key();
    vec![
        destination(family, FIRST),
        Expression::Protocol {
            to: register_of(family, key, Field::Protocol),
        },
        // TCP, UDP and SCTP begin with the source port and the destination port.
        Expression::Payload {
            from: Header::Transport,
            offset: 2,
            len: 2,
            to: register_of(family, key, Field::Port),
        },
    ]
}

fn source(family: Family, to: Register) -> Expression {
    let offset = match family {
        Family::V4 => 12,
        Family::V6 => 8,
    };
    address_at(family, offset, to)
}

fn destination(family: Family, to: Register) -> Expression {
    let offset = match family {
        Family::V4 => 16,
        Family::V6 => 24,
    };
    address_at(family, offset, to)
}

fn address_at(family: Family, offset: u32, to: Register) -> Expression {
    let len = registers(family, &[Field::Address]) * 4;
    Expression::Payload {
        from: Header::Network,
        offset,
        len,
        to,
    }
}

/// Matches if the connection has one of these bits.
fn any_bit(key: Conntrack, bits: u32) -> Vec<Expression> {
    vec![
        Expression::Conntrack { key, to: FIRST },
        Expression::Mask {
            register: FIRST,
            bits,
        },
        Expression::NotEqual {
            register: FIRST,
            value: vec![0; 4],
        },
    ]
}

fn second_address(family: Family) -> Register {
    Register(registers(family, &[Field::Address]))
}

/// The register of a field within a key or data loaded from the first register on.
fn register_of(family: Family, fields: &[Field], field: Field) -> Register {
    let before: Vec<Field> = fields
        .iter()
        .copied()
        .take_while(|other| *other != field)
        .collect();
    Register(registers(family, &before))
}

/// The registers that fields fill.
fn registers(family: Family, fields: &[Field]) -> u32 {
    (padded_len(family, fields) / 4) as u32
}
