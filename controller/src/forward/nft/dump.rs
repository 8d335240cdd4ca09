//! What the kernel has: one table, its chains, rules, sets and elements.

use std::collections::BTreeMap;

use super::attribute::{Attributes, Writer};
use super::code::{LIST_ELEMENT, Message, chain, element, rule, set, table};
use super::message::{SetShape, Table, read_comment};
use super::socket::{Dump, Socket};
use crate::forward::contents::{Elements, Holds, Picker, SetName, Value, Verdict};
use crate::forward::error::KernelError;
use crate::forward::key::Key;

/// A table as listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TableSeen {
    pub(crate) flags: u32,
    /// The netlink port of the socket that owns it; none if that is closed, or never was.
    pub(crate) owner: Option<u32>,
    pub(crate) comment: String,
}

/// A chain as listed: `(type, hook, priority)` of a base chain, and its rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ChainSeen {
    pub(crate) base: Option<(String, u32, i32)>,
    pub(crate) rules: Vec<RuleSeen>,
}

/// A rule as listed: the kinds of its expressions, and its comment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RuleSeen {
    pub(crate) kinds: Vec<String>,
    pub(crate) comment: String,
}

/// Whether a listing is of one moment; else it is to be taken again.
pub(crate) type Seen<T> = Result<Option<T>, KernelError>;

impl Table<'_> {
    /// The table, if it is there.
    pub(crate) fn see(self, socket: &mut Socket) -> Seen<Option<TableSeen>> {
        let mut seen = None;
        let dump = socket.dump(
            Message::GetTable,
            self.family,
            |_| {},
            |told| {
                if told.text(table::NAME) == Some(self.name) {
                    let comment = told.bytes(table::USERDATA).and_then(read_comment);
                    seen = Some(TableSeen {
                        flags: told.u32(table::FLAGS).unwrap_or(0),
                        owner: told.u32(table::OWNER).filter(|port| *port != 0),
                        comment: comment.unwrap_or_default().to_owned(),
                    });
                }
            },
        )?;
        Ok(settled(dump, seen))
    }

    /// Its chains with their rules, by name.
    pub(crate) fn see_chains(self, socket: &mut Socket) -> Seen<BTreeMap<String, ChainSeen>> {
        let mut chains: BTreeMap<String, ChainSeen> = BTreeMap::new();
        let dump = socket.dump(
            Message::GetChain,
            self.family,
            |_| {},
            |told| {
                if let (Some(table), Some(name)) = (told.text(chain::TABLE), told.text(chain::NAME))
                    && table == self.name
                {
                    chains.entry(name.to_owned()).or_default().base = read_base(told);
                }
            },
        )?;
        if matches!(dump, Dump::Interrupted) {
            return Ok(None);
        }
        let ours = |w: &mut Writer<'_>| w.text(rule::TABLE, self.name);
        let dump = socket.dump(Message::GetRule, self.family, ours, |told| {
            if let (Some(table), Some(chain)) = (told.text(rule::TABLE), told.text(rule::CHAIN))
                && table == self.name
            {
                let rules = &mut chains.entry(chain.to_owned()).or_default().rules;
                rules.push(read_rule(told));
            }
        })?;
        Ok(settled(dump, chains))
    }

    /// The shapes of its sets, by name.
    pub(crate) fn see_sets(self, socket: &mut Socket) -> Seen<BTreeMap<String, SetShape>> {
        let mut sets = BTreeMap::new();
        let ours = |w: &mut Writer<'_>| w.text(set::TABLE, self.name);
        let dump = socket.dump(Message::GetSet, self.family, ours, |told| {
            if let (Some(table), Some(name)) = (told.text(set::TABLE), told.text(set::NAME))
                && table == self.name
            {
                sets.insert(name.to_owned(), read_shape(told));
            }
        })?;
        Ok(settled(dump, sets))
    }

    /// The elements of a set; none within if there is one that we never make.
    pub(crate) fn see_elements(self, socket: &mut Socket, name: SetName) -> Seen<Option<Elements>> {
        let mut elements = Vec::new();
        let mut understood = true;
        let ours = |w: &mut Writer<'_>| {
            w.text(element::TABLE, self.name);
            w.text(element::SET, name.name());
        };
        let dump = socket.dump(Message::GetElement, self.family, ours, |told| {
            let Some(list) = told.nested(element::ELEMENTS) else {
                return;
            };
            for (_, value) in list.iter().filter(|(kind, _)| *kind == LIST_ELEMENT) {
                match read_element(Attributes::new(value), name.holds()) {
                    Some(element) => elements.push(element),
                    None => understood = false,
                }
            }
        })?;
        Ok(settled(
            dump,
            understood.then(|| pair_ranges(elements)).flatten(),
        ))
    }
}

fn settled<T>(dump: Dump, seen: T) -> Option<T> {
    match dump {
        Dump::Complete => Some(seen),
        Dump::Interrupted => None,
    }
}

fn read_base(told: Attributes<'_>) -> Option<(String, u32, i32)> {
    let hook = told.nested(chain::HOOK)?;
    let priority = i32::from_be_bytes(hook.bytes(chain::HOOK_PRIORITY)?.try_into().ok()?);
    Some((
        told.text(chain::TYPE)?.to_owned(),
        hook.u32(chain::HOOK_NUMBER)?,
        priority,
    ))
}

fn read_rule(told: Attributes<'_>) -> RuleSeen {
    let expressions = told
        .nested(rule::EXPRESSIONS)
        .into_iter()
        .flat_map(Attributes::iter);
    let kind = |(_, expression)| Attributes::new(expression).text(rule::EXPRESSION_KIND);
    let comment = told.bytes(rule::USERDATA).and_then(read_comment);
    RuleSeen {
        kinds: expressions.filter_map(kind).map(str::to_owned).collect(),
        comment: comment.unwrap_or_default().to_owned(),
    }
}

/// A missing number is a zero.
fn read_shape(told: Attributes<'_>) -> SetShape {
    let number = |kind| told.u32(kind).unwrap_or(0);
    SetShape {
        flags: number(set::FLAGS),
        key_type: number(set::KEY_TYPE),
        key_len: number(set::KEY_LEN),
        data: told.u32(set::DATA_TYPE).map(|data_type| match data_type {
            set::DATA_VERDICT => (data_type, 0),
            _ => (data_type, number(set::DATA_LEN)),
        }),
    }
}

/// An element, or the end of a range.
enum Read {
    Element(Key, Value),
    RangeEnd(Key),
}

fn read_element(told: Attributes<'_>, holds: Holds) -> Option<Read> {
    let key = Key::from_bytes(told.nested(element::KEY)?.bytes(element::VALUE)?);
    if told.u32(element::FLAGS).unwrap_or(0) & element::FLAG_RANGE_END != 0 {
        return Some(Read::RangeEnd(key));
    }
    let value = match told.nested(element::DATA) {
        // Until its end is read.
        None if holds == Holds::Ranges => Value::Until(None),
        None => Value::Present,
        Some(data) => match data.bytes(element::VALUE) {
            Some(data) => Value::Data(Key::from_bytes(data)),
            None => Value::Verdict(read_verdict(data.nested(element::VERDICT)?)?),
        },
    };
    Some(Read::Element(key, value))
}

fn read_verdict(told: Attributes<'_>) -> Option<Verdict> {
    match told.text(element::VERDICT_CHAIN) {
        Some(chain) => Picker::from_chain(chain).map(Verdict::Pick),
        None => (told.u32(element::VERDICT_CODE)? == element::DROP).then_some(Verdict::Drop),
    }
}

/// A set of ranges lists each range's first key and the first key behind it.
fn pair_ranges(read: Vec<Read>) -> Option<Elements> {
    let mut elements = Elements::new();
    let mut ends = Vec::new();
    for read in read {
        match read {
            Read::Element(key, value) => drop(elements.insert(key, value)),
            Read::RangeEnd(key) => ends.push(key),
        }
    }
    // An end without a beginning: `nft` makes one below the first range, we do not.
    for end in ends {
        let (_, value) = elements.range_mut(..&end).next_back()?;
        *value = Value::Until(Some(end));
    }
    Some(elements)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(octet: u8) -> Key {
        Key::address(std::net::Ipv4Addr::new(10, octet, 0, 0).into())
    }

    #[test]
    fn ranges_are_paired_with_their_ends_in_whatever_order_they_are_listed() {
        let read = vec![
            Read::RangeEnd(key(9)),
            Read::Element(key(8), Value::Until(None)),
            Read::RangeEnd(key(3)),
            Read::Element(key(2), Value::Until(None)),
            Read::Element(key(99), Value::Until(None)),
        ];
        let ranges = pair_ranges(read).unwrap();
        let until = |octet| Value::Until(Some(key(octet)));
        assert_eq!(
            ranges,
            Elements::from([
                (key(2), until(3)),
                (key(8), until(9)),
                (key(99), Value::Until(None)),
            ])
        );
    }

    #[test]
    fn the_end_of_no_range_is_not_understood() {
        assert_eq!(pair_ranges(vec![Read::RangeEnd(key(9))]), None);
    }
}
