use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes};

/// What is to be written to one connection, in the order in which it is: the rest of what was begun, then the session's own
/// messages, then UPDATEs. So a KEEPALIVE waits for one chunk of UPDATEs at most, and no message is torn.
///
/// Bounded: UPDATEs come only when nothing else is left, one pull at a time, and the session's own messages are few.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    begun: Bytes,
    control: VecDeque<Bytes>,
    updates: VecDeque<Bytes>,
    /// How many UPDATEs those of the last pull are.
    update_count: u64,
}

/// The session's own messages pile up: the peer has not read for as many keepalive times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

impl Outgoing {
    /// A peer that reads nothing is let go by the send hold timer (RFC 9687) long before.
    const CONTROL_LIMIT: usize = 256;

    /// How much is offered to the kernel at once; it takes 1024 pieces at most.
    const SLICES: usize = 64;

    /// Queues a message of the session.
    pub(super) fn push_control(&mut self, message: Bytes) -> Result<(), Full> {
        if self.control.len() >= Self::CONTROL_LIMIT {
            return Err(Full);
        }
        self.control.push_back(message);
        Ok(())
    }

    /// Queues UPDATEs, `count` of them.
    pub(super) fn push_updates(&mut self, chunks: Vec<Bytes>, count: u64) {
        self.updates.extend(chunks);
        self.update_count += count;
    }

    /// Forgets UPDATEs that were not begun: the session ends.
    pub(super) fn drop_updates(&mut self) {
        self.updates.clear();
        self.update_count = 0;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.begun.is_empty() && self.control.is_empty() && self.updates.is_empty()
    }

    /// What to write next.
    pub(super) fn slices(&self) -> Vec<IoSlice<'_>> {
        std::iter::once(&self.begun)
            .chain(&self.control)
            .chain(&self.updates)
            .filter(|piece| !piece.is_empty())
            .take(Self::SLICES)
            .map(|piece| IoSlice::new(piece))
            .collect()
    }

    /// Notes that the first `written` octets of it were written.
    pub(super) fn advance(&mut self, mut written: usize) {
        while written > 0 {
            if self.begun.is_empty() {
                let next = self
                    .control
                    .pop_front()
                    .or_else(|| self.updates.pop_front());
                let Some(next) = next else {
                    return;
                };
                self.begun = next;
            }
            let step = written.min(self.begun.len());
            self.begun.advance(step);
            written -= step;
        }
    }

    /// How many UPDATEs were written since the last call, told when the last of a pull was.
    pub(super) fn take_updates_written(&mut self) -> u64 {
        if self.begun.is_empty() && self.updates.is_empty() {
            std::mem::take(&mut self.update_count)
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    fn next(outgoing: &Outgoing) -> String {
        let slices = outgoing.slices();
        let octets = slices.iter().flat_map(|slice| slice.iter().copied());
        String::from_utf8(octets.collect()).unwrap()
    }

    #[test]
    fn a_keepalive_goes_ahead_of_updates_but_not_into_one() {
        let mut outgoing = Outgoing::default();
        outgoing.push_updates(vec![chunk("first "), chunk("second ")], 2);
        outgoing.advance(3);
        outgoing.push_control(chunk("keepalive ")).unwrap();
        assert_eq!(next(&outgoing), "st keepalive second ");
    }

    #[test]
    fn a_write_may_end_anywhere() {
        for cut in 0..=18 {
            let mut outgoing = Outgoing::default();
            outgoing.push_control(chunk("open ")).unwrap();
            outgoing.push_updates(vec![chunk("first "), chunk("second ")], 2);
            outgoing.advance(cut);
            assert_eq!(next(&outgoing), &"open first second "[cut..]);
            assert_eq!(outgoing.is_empty(), cut == 18);
        }
    }

    #[test]
    fn updates_count_when_the_last_of_a_pull_is_written() {
        let mut outgoing = Outgoing::default();
        outgoing.push_updates(vec![chunk("first "), chunk("second ")], 2);
        outgoing.advance(12);
        assert_eq!(outgoing.take_updates_written(), 0);
        outgoing.advance(1);
        assert_eq!(outgoing.take_updates_written(), 2);
        assert_eq!(outgoing.take_updates_written(), 0);
    }

    #[test]
    fn the_last_message_of_a_session_does_not_wait_for_updates() {
        let mut outgoing = Outgoing::default();
        outgoing.push_updates(vec![chunk("first "), chunk("second ")], 2);
        outgoing.advance(1);
        outgoing.push_control(chunk("notification")).unwrap();
        outgoing.drop_updates();
        assert_eq!(next(&outgoing), "irst notification");
    }

    #[test]
    fn messages_that_pile_up_are_refused() {
        let mut outgoing = Outgoing::default();
        for _ in 0..Outgoing::CONTROL_LIMIT {
            outgoing.push_control(chunk("keepalive ")).unwrap();
        }
        assert_eq!(outgoing.push_control(chunk("keepalive ")), Err(Full));
    }
}
