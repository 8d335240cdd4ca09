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

mod load;
mod rules;

use super::contents::{Candidates, Family, Picker};
use super::nft::attribute::Writer;
use super::nft::expression::{Expression, write_list};

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

impl Rule {
    /// A rule; an empty comment is none.
    pub(crate) fn new(comment: &'static str, expressions: Vec<Expression>) -> Rule {
        Rule {
            comment,
            expressions,
        }
    }
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

/// The chains of a table, in the order in which they can be created: those that others name first.
pub(crate) fn chains(family: Family) -> Vec<Chain> {
    let guard = |name: &str, hook| Chain {
        name: name.to_owned(),
        base: Some(Base {
            kind: "filter",
            hook,
            priority: FILTER,
        }),
        rules: vec![rules::unserved(family)],
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
            name: rules::REFUSE.to_owned(),
            base: None,
            rules: rules::refuse(family),
        },
        nat(
            "nat-prerouting",
            PREROUTING,
            BEFORE_DNAT,
            vec![
                rules::from_pods(family),
                rules::from_anywhere(family),
                rules::echo(family),
            ],
        ),
        nat(
            "nat-output",
            OUTPUT,
            BEFORE_DNAT,
            vec![
                rules::from_this_node(family),
                rules::from_anywhere(family),
                rules::echo(family),
            ],
        ),
        nat(
            "nat-postrouting",
            POSTROUTING,
            SRCNAT,
            vec![rules::to_other_node(family), rules::hairpin(family)],
        ),
        guard("guard-input", INPUT),
        guard("guard-forward", FORWARD),
        guard("guard-output", OUTPUT),
    ]
}

/// The chain of a picker.
pub(crate) fn picker_chain(family: Family, picker: Picker) -> Chain {
    let rules = vec![rules::pick(family, picker)];
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
