//! Reads a table from the kernel and tells whether it is of this version's making.

use std::collections::BTreeMap;

use super::contents::{Contents, Family, Picker, SetName};
use super::error::KernelError;
use super::layout::{self, Chain, Rule};
use super::nft::code::table::FLAG_OWNER;
use super::nft::dump::{ChainSeen, RuleSeen, Seen};
use super::nft::message::{SetShape, Table};
use super::nft::socket::Socket;

/// The table's name, in both families.
pub(crate) const TABLE: &str = "bellwether";

/// What was found under our name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing.
    Absent,
    /// A table that this version would build, and what it holds.
    Ours(Contents),
    /// Another table: of another version, or changed by somebody.
    Other,
}

/// The comment of a table: for the reader of a listing, and to tell versions apart.
pub(crate) fn comment(family: Family) -> String {
    format!(
        "Service addresses, kept by bellwether-controller; layout {:016x}",
        layout::fingerprint(family)
    )
}

/// Reads the table of a family. None if the rule set changed meanwhile.
pub(crate) fn observe(socket: &mut Socket, family: Family, flags: u32) -> Seen<Found> {
    let table = Table {
        family,
        name: TABLE,
    };
    let Some(seen) = table.see(socket)? else {
        return Ok(None);
    };
    let Some(seen) = seen else {
        return Ok(Some(Found::Absent));
    };
    if let Some(port) = seen.owner.filter(|port| *port != socket.port()) {
        return Err(KernelError::Owned { family, port });
    }
    // The kernel takes the flag away when the owner is gone.
    let kind = |flags: u32| flags & !FLAG_OWNER;
    if kind(seen.flags) != kind(flags) || seen.comment != comment(family) {
        return Ok(Some(Found::Other));
    }
    let Some(sets) = table.see_sets(socket)? else {
        return Ok(None);
    };
    let Some(chains) = table.see_chains(socket)? else {
        return Ok(None);
    };
    let pickers = chains
        .keys()
        .filter_map(|name| Picker::from_chain(name))
        .collect();
    let mut contents = Contents {
        sets: BTreeMap::new(),
        pickers,
    };
    if sets != expected_sets(family) || chains != expected_chains(family, &contents) {
        return Ok(Some(Found::Other));
    }
    for set in SetName::ALL {
        let Some(elements) = table.see_elements(socket, set)? else {
            return Ok(None);
        };
        let Some(elements) = elements else {
            return Ok(Some(Found::Other));
        };
        contents.sets.insert(set, elements);
    }
    Ok(Some(Found::Ours(contents)))
}

fn expected_sets(family: Family) -> BTreeMap<String, SetShape> {
    let shape = |set: SetName| (set.name().to_owned(), SetShape::of(family, set));
    SetName::ALL.into_iter().map(shape).collect()
}

fn expected_chains(family: Family, contents: &Contents) -> BTreeMap<String, ChainSeen> {
    let pickers = contents
        .pickers
        .iter()
        .map(|picker| layout::picker_chain(family, *picker));
    layout::chains(family)
        .into_iter()
        .chain(pickers)
        .map(expected_chain)
        .collect()
}

fn expected_chain(chain: Chain) -> (String, ChainSeen) {
    let base = chain
        .base
        .map(|base| (base.kind.to_owned(), base.hook, base.priority));
    let rules = chain.rules.iter().map(expected_rule).collect();
    (chain.name, ChainSeen { base, rules })
}

fn expected_rule(rule: &Rule) -> RuleSeen {
    let kinds = rule
        .expressions
        .iter()
        .map(|expression| expression.kind().to_owned());
    RuleSeen {
        kinds: kinds.collect(),
        comment: rule.comment.to_owned(),
    }
}
