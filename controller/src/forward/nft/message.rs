//! Our objects as messages of a transaction.

use netlink_packet_core::{NLM_F_APPEND, NLM_F_CREATE};

use super::attribute::Writer;
use super::batch::Batch;
use super::code::{COMMENT, LIST_ELEMENT, Message, chain, element, rule, set, table};
use super::expression::{write_drop, write_goto, write_list};
use crate::forward::contents::{Family, Holds, SetName, Value, Verdict};
use crate::forward::error::{Deed, Object, Step};
use crate::forward::key::{Key, datatype, padded_len};
use crate::forward::layout::{Chain, Rule};

/// A list of elements ends before the 64 KiB that an attribute's length can say.
const LIST_LIMIT: usize = 60_000;

/// One table of one family.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    pub(crate) family: Family,
    pub(crate) name: &'a str,
}

impl Table<'_> {
    /// Makes the table; one that is there already with the same flags, but without an owner, is
    /// adopted.
    pub(crate) fn add(self, batch: &mut Batch, flags: u32, comment: &str) {
        let step = self.step(Deed::Add, Object::Table);
        batch.push(Message::NewTable, NLM_F_CREATE, step, |w| {
            w.text(table::NAME, self.name);
            w.u32(table::FLAGS, flags);
            write_comment(w, table::USERDATA, comment);
        });
    }

    /// Deletes the table and all in it.
    pub(crate) fn delete(self, batch: &mut Batch) {
        let step = self.step(Deed::Delete, Object::Table);
        batch.push(Message::DeleteTable, 0, step, |w| {
            w.text(table::NAME, self.name)
        });
    }

    /// Makes a set or map.
    pub(crate) fn add_set(self, batch: &mut Batch, name: SetName) {
        let step = self.step(Deed::Add, Object::Set(name));
        let shape = SetShape::of(self.family, name);
        batch.push(Message::NewSet, NLM_F_CREATE, step, |w| {
            w.text(set::TABLE, self.name);
            w.text(set::NAME, name.name());
            w.u32(set::FLAGS, shape.flags);
            w.u32(set::KEY_TYPE, shape.key_type);
            w.u32(set::KEY_LEN, shape.key_len);
            if let Some((data_type, data_len)) = shape.data {
                w.u32(set::DATA_TYPE, data_type);
                w.u32(set::DATA_LEN, data_len);
            }
            // Demanded; it would tell sets of the same name apart.
            w.u32(set::ID, name as u32 + 1);
        });
    }

    /// Makes a chain and its rules.
    pub(crate) fn add_chain(self, batch: &mut Batch, new: &Chain) {
        let step = self.step(Deed::Add, Object::Chain(new.name.clone()));
        batch.push(Message::NewChain, NLM_F_CREATE, step, |w| {
            w.text(chain::TABLE, self.name);
            w.text(chain::NAME, &new.name);
            if let Some(base) = new.base {
                w.nest(chain::HOOK, |w| {
                    w.u32(chain::HOOK_NUMBER, base.hook);
                    w.bytes(chain::HOOK_PRIORITY, &base.priority.to_be_bytes());
                });
                w.text(chain::TYPE, base.kind);
            }
        });
        for rule in &new.rules {
            self.add_rule(batch, &new.name, rule);
        }
    }

    /// Appends a rule to a chain.
    pub(crate) fn add_rule(self, batch: &mut Batch, chain: &str, new: &Rule) {
        let step = self.step(Deed::Add, Object::Rule(chain.to_owned()));
        batch.push(Message::NewRule, NLM_F_CREATE | NLM_F_APPEND, step, |w| {
            w.text(rule::TABLE, self.name);
            w.text(rule::CHAIN, chain);
            w.nest(rule::EXPRESSIONS, |w| write_list(w, &new.expressions));
            if !new.comment.is_empty() {
                write_comment(w, rule::USERDATA, new.comment);
            }
        });
    }

    /// Adds or deletes elements, in as many messages as they need.
    pub(crate) fn elements(
        self,
        batch: &mut Batch,
        deed: Deed,
        name: SetName,
        elements: &[(Key, Value)],
    ) {
        let mut rest = elements.iter().peekable();
        while rest.peek().is_some() {
            let (message, flags) = match deed {
                Deed::Delete => (Message::DeleteElement, 0),
                Deed::Add | Deed::Commit => (Message::NewElement, NLM_F_CREATE),
            };
            let step = self.step(deed, Object::Elements(name));
            batch.push(message, flags, step, |w| {
                w.text(element::TABLE, self.name);
                w.text(element::SET, name.name());
                w.nest(element::ELEMENTS, |w| {
                    let start = w.position();
                    while w.position() - start < LIST_LIMIT {
                        let Some((key, value)) = rest.next() else {
                            break;
                        };
                        write_element(w, key, value);
                    }
                });
            });
        }
    }

    fn step(self, deed: Deed, object: Object) -> Step {
        Step {
            deed,
            object,
            family: self.family,
        }
    }
}

/// The types, lengths and flags of a set, as the kernel keeps them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SetShape {
    pub(crate) flags: u32,
    pub(crate) key_type: u32,
    pub(crate) key_len: u32,
    pub(crate) data: Option<(u32, u32)>,
}

impl SetShape {
    pub(crate) fn of(family: Family, name: SetName) -> SetShape {
        let len = |fields| padded_len(family, fields) as u32;
        let (flags, data) = match name.holds() {
            Holds::Keys => (0, None),
            Holds::Ranges => (set::FLAG_RANGES, None),
            Holds::Data(fields) => (set::FLAG_MAP, Some((datatype(family, fields), len(fields)))),
            Holds::Verdicts => (set::FLAG_MAP, Some((set::DATA_VERDICT, 0))),
        };
        SetShape {
            flags,
            key_type: datatype(family, name.key()),
            key_len: len(name.key()),
            data,
        }
    }
}

/// A range is two elements: its first key, and the first key behind it.
fn write_element(w: &mut Writer<'_>, key: &Key, value: &Value) {
    w.nest(LIST_ELEMENT, |w| {
        write_value(w, element::KEY, key);
        match value {
            Value::Present | Value::Until(_) => {}
            Value::Data(data) => write_value(w, element::DATA, data),
            Value::Verdict(Verdict::Drop) => w.nest(element::DATA, write_drop),
            Value::Verdict(Verdict::Pick(picker)) => {
                w.nest(element::DATA, |w| write_goto(w, &picker.to_string()));
            }
        }
    });
    if let Value::Until(Some(end)) = value {
        w.nest(LIST_ELEMENT, |w| {
            w.u32(element::FLAGS, element::FLAG_RANGE_END);
            write_value(w, element::KEY, end);
        });
    }
}

fn write_value(w: &mut Writer<'_>, kind: u16, key: &Key) {
    w.nest(kind, |w| w.bytes(element::VALUE, key.as_bytes()));
}

/// A comment as libnftnl keeps it: type, length, text, zero byte. At most 255 bytes.
fn write_comment(w: &mut Writer<'_>, kind: u16, comment: &str) {
    if let Ok(len) = u8::try_from(comment.len() + 1) {
        w.bytes(kind, &[&[COMMENT, len], comment.as_bytes(), &[0]].concat());
    }
}

/// The comment in user data.
pub(crate) fn read_comment(userdata: &[u8]) -> Option<&str> {
    let (&[COMMENT, len], rest) = userdata.split_first_chunk()? else {
        return None;
    };
    let text = rest.get(..usize::from(len).checked_sub(1)?)?;
    std::str::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forward::nft::attribute::Attributes;

    fn lists(batch: &mut Batch) -> Vec<usize> {
        let mut rest = batch.finish();
        let mut lens = Vec::new();
        while let Some(len) = rest.first_chunk() {
            let len = u32::from_ne_bytes(*len) as usize;
            if let Some(list) = Attributes::new(&rest[20..len]).nested(element::ELEMENTS) {
                lens.push(list.iter().count());
            }
            rest = &rest[len..];
        }
        lens
    }

    #[test]
    fn long_lists_of_elements_are_split_below_64_kib() {
        let elements: Vec<_> = (0u32..10_000)
            .map(|n| {
                (
                    Key::address(std::net::Ipv4Addr::from(n).into()),
                    Value::Present,
                )
            })
            .collect();
        let mut batch = Batch::new(None);
        let table = Table {
            family: Family::V4,
            name: "t",
        };
        table.elements(&mut batch, Deed::Add, SetName::Guarded, &elements);
        let lens = lists(&mut batch);
        assert!(lens.len() > 1);
        assert_eq!(lens.iter().sum::<usize>(), elements.len());
    }

    #[test]
    fn a_comment_reads_back() {
        let mut buffer = Vec::new();
        write_comment(&mut Writer::new(&mut buffer), 7, "not served");
        let userdata = Attributes::new(&buffer).bytes(7).unwrap();
        assert_eq!(read_comment(userdata), Some("not served"));
    }
}
