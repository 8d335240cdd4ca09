//! A transaction: messages between a begin and an end, all in force or none.

use netlink_packet_core::{NLM_F_ACK, NLM_F_REQUEST};

use super::attribute::{Attributes, Writer};
use super::code::{self, BATCH_GENERATION, LIST_ELEMENT, Message, SUBSYSTEM, element};
use crate::forward::contents::Family;
use crate::forward::error::{Deed, Object, Step};
use crate::forward::key::{Key, render};

/// `NFNL_MSG_BATCH_BEGIN`, `NFNL_MSG_BATCH_END`.
const BEGIN: u16 = 0x10;
const END: u16 = 0x11;
/// `struct nlmsghdr`.
pub(crate) const NETLINK_HEADER_LEN: usize = 16;
/// `struct nfgenmsg`, behind it: family, version, resource.
pub(crate) const NETFILTER_HEADER_LEN: usize = 4;

/// Messages of one transaction. A message's sequence number is its place.
pub(crate) struct Batch {
    buffer: Vec<u8>,
    messages: Vec<Sent>,
}

/// What a message says, and where it begins in the buffer.
struct Sent {
    step: Step,
    start: usize,
}

impl Batch {
    /// An empty transaction. With a generation, the kernel refuses it (`ERESTART`) if anything
    /// in the rule set changed since.
    pub(crate) fn new(generation: Option<u32>) -> Batch {
        let mut batch = Batch {
            buffer: Vec::new(),
            messages: Vec::new(),
        };
        batch.write(BEGIN, 0, 0, u16::from(SUBSYSTEM), |w| {
            if let Some(generation) = generation {
                w.u32(BATCH_GENERATION, generation);
            }
        });
        batch.sent(Deed::Commit, Object::Transaction, Family::V4, 0);
        batch
    }

    /// Whether it says nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.messages.len() <= 1
    }

    /// Adds a message.
    pub(crate) fn push(
        &mut self,
        message: Message,
        flags: u16,
        step: Step,
        write: impl FnOnce(&mut Writer<'_>),
    ) {
        let start = self.buffer.len();
        let family = code::protocol_family(step.family);
        self.write(message.number(), flags, family, 0, write);
        self.messages.push(Sent { step, start });
    }

    /// The bytes to send; the last message asks for an answer, so that silence is noticed.
    pub(crate) fn finish(&mut self) -> &[u8] {
        let flags = self.messages.last().map_or(0, |sent| sent.start) + 6;
        if let Some([low, high]) = self.buffer.get_mut(flags..flags + 2) {
            let value = u16::from_ne_bytes([*low, *high]) | NLM_F_ACK;
            [*low, *high] = value.to_ne_bytes();
        }
        self.write(END, 0, 0, u16::from(SUBSYSTEM), |_| {});
        &self.buffer
    }

    /// The sequence number of the last message.
    pub(crate) fn last(&self) -> u32 {
        u32::try_from(self.messages.len())
            .unwrap_or(u32::MAX)
            .saturating_sub(1)
    }

    /// The message of a sequence number.
    pub(crate) fn step(&self, sequence: u32) -> Option<&Step> {
        Some(&self.messages.get(usize::try_from(sequence).ok()?)?.step)
    }

    /// The element that an answer points at, as the distance of its attribute from the message's
    /// beginning.
    pub(crate) fn element(&self, sequence: u32, offset: u32) -> Option<String> {
        let sent = self.messages.get(usize::try_from(sequence).ok()?)?;
        let Object::Elements(set) = sent.step.object else {
            return None;
        };
        let start = sent.start.checked_add(usize::try_from(offset).ok()?)?;
        let (kind, value) = Attributes::new(self.buffer.get(start..)?).iter().next()?;
        let key = (kind == LIST_ELEMENT).then(|| Attributes::new(value).nested(element::KEY))??;
        let key = Key::from_bytes(key.bytes(element::VALUE)?);
        Some(render(sent.step.family, set.key(), &key))
    }

    fn sent(&mut self, deed: Deed, object: Object, family: Family, start: usize) {
        self.messages.push(Sent {
            step: Step {
                deed,
                object,
                family,
            },
            start,
        });
    }

    fn write(
        &mut self,
        kind: u16,
        flags: u16,
        family: u8,
        resource: u16,
        write: impl FnOnce(&mut Writer<'_>),
    ) {
        let sequence = u32::try_from(self.messages.len()).unwrap_or(u32::MAX);
        write_message(
            &mut self.buffer,
            kind,
            flags,
            sequence,
            family,
            resource,
            write,
        );
    }
}

/// One message: netlink header, netfilter header, attributes.
pub(crate) fn write_message(
    buffer: &mut Vec<u8>,
    kind: u16,
    flags: u16,
    sequence: u32,
    family: u8,
    resource: u16,
    write: impl FnOnce(&mut Writer<'_>),
) {
    let start = buffer.len();
    buffer.extend_from_slice(&[0; 4]);
    buffer.extend_from_slice(&kind.to_ne_bytes());
    buffer.extend_from_slice(&(NLM_F_REQUEST | flags).to_ne_bytes());
    buffer.extend_from_slice(&sequence.to_ne_bytes());
    // The kernel fills in the sender's port.
    buffer.extend_from_slice(&[0; 4]);
    buffer.extend_from_slice(&[family, 0]);
    buffer.extend_from_slice(&resource.to_be_bytes());
    write(&mut Writer::new(buffer));
    let len = u32::try_from(buffer.len() - start).unwrap_or(u32::MAX);
    if let Some(field) = buffer.get_mut(start..start + 4) {
        field.copy_from_slice(&len.to_ne_bytes());
    }
}
