use std::collections::VecDeque;

use bytes::Bytes;

use super::Version;
use super::route_set::RouteId;

/// Whole messages, encoded once for all who read the log.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) octets: Bytes,
    pub(super) updates: u64,
    /// Routes announced here that its readers do not have before.
    pub(super) added: Box<[RouteId]>,
    /// Routes changed or withdrawn here that its readers do have before.
    pub(super) held: Box<[RouteId]>,
    /// Says that the initial routes are complete.
    pub(super) end_of_rib: bool,
    /// The state of the table that its readers have behind it.
    pub(super) covered: Version,
    /// How many routes they have then.
    pub(super) advertised: u64,
}

/// Encoded messages, from the oldest that is still kept. A position is the number of chunks before
/// it, from the beginning on.
#[derive(Debug, Default)]
pub(super) struct Log {
    start: u64,
    chunks: VecDeque<Chunk>,
    octets: usize,
}

impl Log {
    /// The position of the oldest chunk.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// The position behind the newest chunk.
    pub(super) fn head(&self) -> u64 {
        self.start + self.chunks.len() as u64
    }

    pub(super) fn octets(&self) -> usize {
        self.octets
    }

    pub(super) fn push(&mut self, chunk: Chunk) {
        self.octets += chunk.octets.len();
        self.chunks.push_back(chunk);
    }

    pub(super) fn drop_oldest(&mut self) {
        if let Some(chunk) = self.chunks.pop_front() {
            self.octets -= chunk.octets.len();
            self.start += 1;
        }
    }

    pub(super) fn at(&self, position: u64) -> Option<&Chunk> {
        self.chunks.get(self.offset(position)?)
    }

    /// What a reader at this position has not read, the oldest first.
    pub(super) fn unread(&self, position: u64) -> impl DoubleEndedIterator<Item = &Chunk> {
        let read = self.offset(position).unwrap_or(0).min(self.chunks.len());
        self.chunks.range(read..)
    }

    pub(super) fn chunks(&self) -> impl Iterator<Item = &Chunk> {
        self.chunks.iter()
    }

    fn offset(&self, position: u64) -> Option<usize> {
        usize::try_from(position.checked_sub(self.start)?).ok()
    }
}
