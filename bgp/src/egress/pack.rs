//! Full messages: as many routes of one attribute set in each as it holds.

use bytes::{Bytes, BytesMut};

use super::per_family::PerFamily;
use super::sets::SetId;
use crate::net::{Family, Prefix};
use crate::wire::update::{self, Template};
use crate::wire::{MAX_MESSAGE_OCTETS, nlri};

/// Packs routes into messages, and messages into a chunk.
#[derive(Debug)]
pub(super) struct Packer {
    max_message_octets: u16,
    chunk_octets: usize,
    out: BytesMut,
    updates: u64,
    withdrawals: PerFamily<BytesMut>,
    announcement: Option<Announcement>,
}

/// What was packed.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) octets: Bytes,
    pub(super) updates: u64,
}

/// A message that is being filled.
#[derive(Debug)]
struct Announcement {
    set: SetId,
    family: Family,
    template: Template,
    routes: BytesMut,
    /// For routes, in octets.
    room: usize,
}

impl Packer {
    /// A chunk that ends with the message that reaches `chunk_octets`. Messages of less than [`MAX_MESSAGE_OCTETS`]
    /// are not made.
    pub(super) fn new(max_message_octets: u16, chunk_octets: usize) -> Self {
        Self {
            max_message_octets: max_message_octets.max(MAX_MESSAGE_OCTETS),
            chunk_octets,
            out: BytesMut::new(),
            updates: 0,
            withdrawals: PerFamily::default(),
            announcement: None,
        }
    }

    /// Whether there was room in the chunk. Not to be called after [`announce`](Self::announce).
    pub(super) fn withdraw(&mut self, prefix: Prefix) -> bool {
        let family = prefix.family();
        let room = update::withdrawal_room(family, self.max_message_octets);
        if !has_room(self.withdrawals.of(family), prefix, room) {
            self.end_withdrawals(family);
        }
        if self.withdrawals.of(family).is_empty() && self.is_full() {
            return false;
        }
        nlri::put(self.withdrawals.of_mut(family), prefix);
        true
    }

    /// Puts a route into the message that is being filled. `false`: it has other attributes, or no room.
    pub(super) fn add(&mut self, prefix: Prefix, set: SetId) -> bool {
        match &mut self.announcement {
            Some(open)
                if open.set == set
                    && open.family == prefix.family()
                    && has_room(&open.routes, prefix, open.room) =>
            {
                nlri::put(&mut open.routes, prefix);
                true
            }
            _ => false,
        }
    }

    /// Begins a message with this route. Whether there was room in the chunk.
    pub(super) fn begin(&mut self, prefix: Prefix, set: SetId, template: &Template) -> bool {
        self.end_messages();
        if self.is_full() {
            return false;
        }
        let room = template.room(self.max_message_octets);
        let mut routes = BytesMut::new();
        nlri::put(&mut routes, prefix);
        self.announcement = Some(Announcement {
            set,
            family: prefix.family(),
            template: template.clone(),
            routes,
            room,
        });
        true
    }

    /// Says that the initial routes of a family are complete (RFC 4724 section 2).
    pub(super) fn end_of_rib(&mut self, family: Family) {
        self.end_messages();
        self.out.extend_from_slice(&update::end_of_rib(family));
        self.updates += 1;
    }

    pub(super) fn finish(mut self) -> Packed {
        self.end_messages();
        Packed {
            // A buffer that grew is up to twice as large as what is in it, and chunks are kept.
            octets: Bytes::copy_from_slice(&self.out),
            updates: self.updates,
        }
    }

    /// No more messages are to be begun.
    fn is_full(&self) -> bool {
        self.out.len() >= self.chunk_octets
    }

    fn end_messages(&mut self) {
        for family in Family::ALL {
            self.end_withdrawals(family);
        }
        if let Some(open) = self.announcement.take() {
            open.template.put(&mut self.out, &open.routes);
            self.updates += 1;
        }
    }

    fn end_withdrawals(&mut self, family: Family) {
        let routes = self.withdrawals.of_mut(family);
        if !routes.is_empty() {
            update::put_withdrawal(&mut self.out, family, routes);
            routes.clear();
            self.updates += 1;
        }
    }
}

fn has_room(routes: &BytesMut, prefix: Prefix, room: usize) -> bool {
    routes.len() + nlri::encoded_len(prefix) <= room
}
