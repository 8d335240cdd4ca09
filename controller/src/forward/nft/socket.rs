//! A netlink socket to the kernel's netfilter: transactions and questions.

use std::io;

use netlink_packet_core::{
    NLM_F_ACK_TLVS, NLM_F_DUMP, NLM_F_DUMP_INTR, NLMSG_DONE, NLMSG_ERROR, NetlinkBuffer, parse_i32,
};
use netlink_sys::{Socket as RawSocket, SocketAddr, protocols::NETLINK_NETFILTER};
use nix::errno::Errno;
use nix::libc::MSG_DONTWAIT;
use nix::sys::socket::{setsockopt, sockopt};

use super::attribute::{Attributes, Writer};
use super::batch::{Batch, NETFILTER_HEADER_LEN, NETLINK_HEADER_LEN, write_message};
use super::code::{self, GENERATION, Message, answer};
use crate::forward::contents::Family;
use crate::forward::error::{KernelError, Refused};

/// A transaction is one datagram: 256 MiB are some million elements. It is a limit, not a
/// reservation.
const BUFFER_LIMIT: usize = 256 << 20;
/// Larger than any datagram of a dump (32 KiB).
const RECEIVE_LEN: usize = 1 << 17;

/// The socket that owns our tables: they become anybody's once it closes.
pub(crate) struct Socket {
    raw: RawSocket,
    port: u32,
    /// Counts up, so that an answer is known by its question.
    questions: u32,
}

/// How a listing ended.
pub(crate) enum Dump {
    /// Everything was told.
    Complete,
    /// The rule set changed meanwhile: it is to be taken again.
    Interrupted,
}

impl Socket {
    /// Opens a socket in the network namespace of the calling thread.
    pub(crate) fn open() -> Result<Socket, KernelError> {
        let configure = || -> io::Result<Socket> {
            let mut raw = RawSocket::new(NETLINK_NETFILTER)?;
            let port = raw.bind_auto()?.port_number();
            setsockopt(&raw, sockopt::SndBufForce, &BUFFER_LIMIT)?;
            setsockopt(&raw, sockopt::RcvBufForce, &BUFFER_LIMIT)?;
            raw.set_ext_ack(true)?;
            raw.set_cap_ack(true)?;
            Ok(Socket {
                raw,
                port,
                questions: 0,
            })
        };
        configure().map_err(failed("open a netlink socket"))
    }

    /// The netlink port, by which the kernel names a table's owner.
    pub(crate) fn port(&self) -> u32 {
        self.port
    }

    /// Sends a transaction and waits for the kernel's answer.
    pub(crate) fn commit(&mut self, batch: &mut Batch) -> Result<(), KernelError> {
        let mut refusals = self.refusals(batch)?.into_iter();
        match refusals.next() {
            None => Ok(()),
            Some(first) => Err(KernelError::Refused(Refused {
                others: refusals.len(),
                ..first
            })),
        }
    }

    /// Sends a transaction; all that the kernel has against it, in the order of the messages.
    /// With one refusal, nothing of the transaction is in force.
    pub(crate) fn refusals(&mut self, batch: &mut Batch) -> Result<Vec<Refused>, KernelError> {
        let last = batch.last();
        self.send(batch.finish())?;
        let mut refusals = Vec::new();
        let mut answered = false;
        // The kernel works while it is sent to: all answers are there.
        while let Some(datagram) = self.receive(MSG_DONTWAIT)? {
            for message in messages(&datagram) {
                let sequence = message.sequence_number();
                let Some(answer) = Answer::read(&message) else {
                    continue;
                };
                match answer.refused(batch, sequence) {
                    Some(refused) => refusals.push((sequence, refused)),
                    None => answered |= sequence == last,
                }
            }
        }
        if refusals.is_empty() && !answered {
            return Err(KernelError::Answer {
                question: "a transaction",
            });
        }
        refusals.sort_by_key(|(sequence, _)| *sequence);
        Ok(refusals.into_iter().map(|(_, refused)| refused).collect())
    }

    /// The generation of the whole rule set; it changes with each transaction of anybody.
    pub(crate) fn generation(&mut self) -> Result<u32, KernelError> {
        let mut generation = None;
        self.ask(
            Message::GetGeneration,
            0,
            Family::V4,
            |_| {},
            |_, told| {
                generation = told.u32(GENERATION);
            },
        )?;
        generation.ok_or(KernelError::Answer {
            question: "the generation",
        })
    }

    /// Lists objects of a family: calls `told` with the attributes of each.
    pub(crate) fn dump(
        &mut self,
        message: Message,
        family: Family,
        write: impl FnOnce(&mut Writer<'_>),
        mut told: impl FnMut(Attributes<'_>),
    ) -> Result<Dump, KernelError> {
        self.ask(
            message,
            NLM_F_DUMP,
            family,
            write,
            |family_told, attributes| {
                if family_told == code::protocol_family(family) {
                    told(attributes);
                }
            },
        )
    }

    fn ask(
        &mut self,
        message: Message,
        flags: u16,
        family: Family,
        write: impl FnOnce(&mut Writer<'_>),
        mut told: impl FnMut(u8, Attributes<'_>),
    ) -> Result<Dump, KernelError> {
        self.questions = self.questions.wrapping_add(1);
        let sequence = self.questions;
        let mut request = Vec::new();
        let number = code::protocol_family(family);
        write_message(
            &mut request,
            message.number(),
            flags,
            sequence,
            number,
            0,
            write,
        );
        self.send(&request)?;
        let mut dump = Dump::Complete;
        while let Some(datagram) = self.receive(0)? {
            let answers = messages(&datagram).filter(|told| told.sequence_number() == sequence);
            for message in answers {
                if message.flags() & NLM_F_DUMP_INTR != 0 {
                    dump = Dump::Interrupted;
                }
                match message.message_type() {
                    NLMSG_DONE => return Ok(dump),
                    NLMSG_ERROR => return refused_question(&message).map(|()| dump),
                    _ => told_object(&message, &mut told),
                }
                if flags & NLM_F_DUMP == 0 {
                    return Ok(dump);
                }
            }
        }
        Ok(dump)
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), KernelError> {
        let sent = self.raw.send_to(bytes, &SocketAddr::new(0, 0), 0);
        sent.map(drop).map_err(failed("send to the kernel"))
    }

    /// One datagram; none if none is there and the call does not wait.
    fn receive(&mut self, flags: i32) -> Result<Option<Vec<u8>>, KernelError> {
        let mut buffer = Vec::with_capacity(RECEIVE_LEN);
        match self.raw.recv(&mut buffer, flags) {
            Ok(_) => Ok(Some(buffer)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(failed("receive from the kernel")(error)),
        }
    }
}

fn failed(deed: &'static str) -> impl Fn(io::Error) -> KernelError {
    move |source| KernelError::Netlink { deed, source }
}

fn refused_question(message: &NetlinkBuffer<&[u8]>) -> Result<(), KernelError> {
    match Answer::read(message).and_then(|answer| answer.errno) {
        Some(errno) => Err(failed("list the rule set")(errno.into())),
        None => Ok(()),
    }
}

/// Tells the family and the attributes of an object.
fn told_object(message: &NetlinkBuffer<&[u8]>, told: &mut impl FnMut(u8, Attributes<'_>)) {
    let payload = message.payload();
    if let Some((header, attributes)) = payload.split_at_checked(NETFILTER_HEADER_LEN) {
        let family = header.first().copied().unwrap_or_default();
        told(family, Attributes::new(attributes));
    }
}

/// What the kernel says of a message.
struct Answer {
    /// None if it was carried out.
    errno: Option<Errno>,
    text: Option<String>,
    /// Where in the message the attribute at fault stands.
    offset: Option<u32>,
}

impl Answer {
    fn read(message: &NetlinkBuffer<&[u8]>) -> Option<Answer> {
        if message.message_type() != NLMSG_ERROR {
            return None;
        }
        let (code, rest) = message.payload().split_at_checked(4)?;
        let code = parse_i32(code).ok()?;
        let errno = (code != 0).then(|| Errno::from_raw(code.saturating_neg()));
        let mut answer = Answer {
            errno,
            text: None,
            offset: None,
        };
        if message.flags() & NLM_F_ACK_TLVS != 0 {
            // Behind the header of the message that is answered.
            let attributes = Attributes::new(rest.get(NETLINK_HEADER_LEN..)?);
            answer.text = attributes.text(answer::TEXT).map(str::to_owned);
            answer.offset = attributes.bytes(answer::OFFSET).and_then(native_u32);
        }
        Some(answer)
    }

    /// None if the message was carried out.
    fn refused(self, batch: &Batch, sequence: u32) -> Option<Refused> {
        Some(Refused {
            step: batch.step(sequence)?.clone(),
            element: self
                .offset
                .and_then(|offset| batch.element(sequence, offset)),
            errno: self.errno?,
            text: self.text,
            others: 0,
        })
    }
}

/// Attributes of netlink itself are in the host's byte order.
fn native_u32(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.try_into().ok()?))
}

/// The messages of a datagram; what is cut off is left out.
fn messages(datagram: &[u8]) -> impl Iterator<Item = NetlinkBuffer<&[u8]>> {
    let mut rest = datagram;
    std::iter::from_fn(move || {
        let message = NetlinkBuffer::new_checked(rest).ok()?;
        let len = usize::try_from(message.length()).ok()?.next_multiple_of(4);
        rest = rest.get(len..).unwrap_or_default();
        Some(message)
    })
}

#[cfg(test)]
mod tests {
    use nix::sched::{CloneFlags, unshare};

    use super::*;
    use crate::forward::contents::{SetName, Value};
    use crate::forward::error::Deed;
    use crate::forward::key::Key;
    use crate::forward::nft::message::Table;

    const TABLE: Table<'_> = Table {
        family: Family::V6,
        name: "test",
    };

    /// Runs in a thread with a network namespace of its own.
    fn alone<T: Send + 'static>(test: impl FnOnce(&mut Socket) -> T + Send + 'static) -> T {
        let run = || {
            unshare(CloneFlags::CLONE_NEWNET).expect("the test needs root");
            test(&mut Socket::open().unwrap())
        };
        std::thread::spawn(run).join().unwrap()
    }

    #[test]
    fn a_refusal_names_the_element() {
        let refused = alone(|socket| {
            let vip = |n: u16| Key::address([0x2001, 0xdb8, 0, 0, 0, 0, 0, n].into());
            let mut batch = Batch::new(None);
            TABLE.add(&mut batch, 0, "");
            TABLE.add_set(&mut batch, SetName::Guarded);
            TABLE.elements(
                &mut batch,
                Deed::Add,
                SetName::Guarded,
                &[(vip(1), Value::Present)],
            );
            socket.commit(&mut batch).unwrap();
            let mut batch = Batch::new(None);
            let both = [(vip(1), Value::Present), (vip(2), Value::Present)];
            TABLE.elements(&mut batch, Deed::Delete, SetName::Guarded, &both);
            socket.commit(&mut batch).unwrap_err()
        });
        assert_eq!(
            refused.to_string(),
            "the kernel refuses to delete elements of set guarded of ip6 bellwether \
             (2001:db8::2): No such file or directory"
        );
    }

    #[test]
    fn a_transaction_of_an_old_generation_is_refused() {
        let refused = alone(|socket| {
            let generation = socket.generation().unwrap();
            let mut batch = Batch::new(Some(generation));
            TABLE.add(&mut batch, 0, "");
            socket.commit(&mut batch).unwrap();
            let mut batch = Batch::new(Some(generation));
            TABLE.delete(&mut batch);
            socket.commit(&mut batch).unwrap_err()
        });
        assert!(matches!(refused, KernelError::Refused(r) if r.errno == Errno::ERESTART));
    }
}
