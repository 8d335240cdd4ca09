use std::collections::BTreeMap;

use super::adj_out::AdjOut;
use super::cursor::Cursor;
use super::desired::Desired;
use super::limits::Limits;
use super::log::{Chunk, Log};
use super::pack::Packer;
use super::route_set::RouteId;
use super::routes::Route;
use super::templates::Templates;
use super::{Export, PeerKey, Pulled, Version};

/// What messages are made from, and how.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) export: &'a Export,
    pub(super) desired: &'a Desired,
    pub(super) templates: &'a mut Templates,
    pub(super) limits: Limits,
}

/// Peers that read one log: what is encoded is encoded for all of them.
///
/// Nothing is encoded before a peer asks for more than there is, so the log grows as fast as its
/// fastest reader, and all that changed until then is in one batch. What is not encoded yet takes
/// three bits a route, however much changes.
#[derive(Debug)]
pub(super) struct Subgroup {
    adj_out: AdjOut,
    log: Log,
    /// The state of the table that is brought by the log up to its head.
    covered: Version,
    end_of_rib_due: bool,
    /// The log is the whole table as it is now: who joins now can read it from its start.
    is_dump: bool,
    members: BTreeMap<PeerKey, Cursor>,
}

impl Subgroup {
    /// For peers that have nothing yet.
    pub(super) fn dump(context: &Context<'_>) -> Self {
        let mut subgroup = Self {
            adj_out: AdjOut::default(),
            log: Log::default(),
            covered: Version::default(),
            end_of_rib_due: true,
            is_dump: true,
            members: BTreeMap::new(),
        };
        for family in context.export.families.iter() {
            subgroup.note_all(context.desired.exported(family, context.export));
        }
        subgroup
    }

    /// Whether a peer that has nothing yet can read the log from its start.
    pub(super) fn takes_joiners(&self) -> bool {
        self.is_dump && self.log.start() == 0
    }

    pub(super) fn join(&mut self, peer: PeerKey) {
        self.members.insert(peer, Cursor::default());
    }

    pub(super) fn peers(&self) -> impl Iterator<Item = PeerKey> {
        self.members.keys().copied()
    }

    pub(super) fn remove(&mut self, peer: PeerKey) -> Option<Cursor> {
        self.members.remove(&peer)
    }

    /// Whether nobody reads it, or will.
    pub(super) fn is_abandoned(&self) -> bool {
        self.members.is_empty() && !self.takes_joiners()
    }

    /// These routes are to be announced, whether they were before or not.
    pub(super) fn note_all(&mut self, exported: impl Iterator<Item = RouteId>) {
        exported.for_each(|id| self.adj_out.note(id, true));
    }

    /// A route was changed. `exported`: it is to be advertised as it is now.
    pub(super) fn note(&mut self, id: RouteId, exported: bool) {
        self.adj_out.note(id, exported);
    }

    /// All changes that made this version have been noted.
    pub(super) fn noted(&mut self, version: Version) {
        self.is_dump = false;
        if self.is_settled() {
            self.covered = version;
        }
    }

    /// The log brings the table as it is.
    pub(super) fn is_settled(&self) -> bool {
        self.adj_out.is_settled() && !self.end_of_rib_due
    }

    /// How many routes the log does not bring as they are.
    pub(super) fn unsettled(&self) -> usize {
        self.adj_out.unsettled()
    }

    /// The next octets for a member.
    pub(super) fn pull(
        &mut self,
        peer: PeerKey,
        max_octets: usize,
        context: &mut Context<'_>,
    ) -> Pulled {
        let mut pulled = Pulled::default();
        let Some(mut cursor) = self.members.get(&peer).copied() else {
            return pulled;
        };
        cursor.accept();
        let mut octets = 0;
        while octets < max_octets.max(1) {
            let Some(chunk) = self.log.at(cursor.position()) else {
                if self.encode(context) {
                    continue;
                }
                break;
            };
            octets += chunk.octets.len();
            pulled.updates += chunk.updates;
            pulled.chunks.push(chunk.octets.clone());
            cursor.read(chunk);
        }
        self.members.insert(peer, cursor);
        pulled
    }

    /// Encodes all that is pending.
    pub(super) fn settle(&mut self, context: &mut Context<'_>) {
        while self.encode(context) {}
    }

    /// Takes in a peer that has the table as it is. Only for a settled subgroup.
    pub(super) fn adopt(&mut self, peer: PeerKey, cursor: Cursor) {
        let cursor = cursor.at_head(self.log.head(), self.covered);
        self.members.insert(peer, cursor);
    }

    /// Drops what everybody has read, and the oldest of what is beyond the limit. The members who
    /// had not read that yet go on in a subgroup of their own, from the table as it is: memory is
    /// bounded, whatever a peer does, and nobody waits for it.
    pub(super) fn trim(&mut self, context: &mut Context<'_>) -> Vec<Self> {
        let mut left_behind = Vec::new();
        loop {
            let oldest = self.log.start();
            let (is_read, is_long) = (
                self.oldest_is_read(),
                self.log.octets() > context.limits.log_octets,
            );
            let is_done = is_read && (self.is_finished() || !self.takes_joiners());
            if oldest == self.log.head() || !(is_long || is_done) {
                return left_behind;
            }
            if !is_read {
                let late = |cursor: &Cursor| cursor.position() == oldest;
                let late = self.members.iter().filter(|(_, cursor)| late(cursor));
                let late: Vec<PeerKey> = late.map(|(peer, _)| *peer).collect();
                left_behind.extend(self.split(&late, context));
            }
            self.log.drop_oldest();
        }
    }

    /// Moves members that are at one position into a subgroup of their own, which goes on from
    /// there with the table as it is.
    pub(super) fn split(&mut self, peers: &[PeerKey], context: &Context<'_>) -> Option<Self> {
        let position = self.members.get(peers.first()?)?.position();
        let mut adj_out = self.adj_out.sent_only();
        for chunk in self.log.unread(position).rev() {
            adj_out.rewind(&chunk.added, &chunk.held);
        }
        let unread = self.log.unread(position);
        let unread = unread.flat_map(|chunk| chunk.added.iter().chain(&chunk.held));
        for id in unread.copied().chain(self.adj_out.pending()) {
            adj_out.note(id, context.desired.exports(id, context.export));
        }
        let moved = peers
            .iter()
            .filter_map(|peer| Some((*peer, self.members.remove(peer)?)));
        let moved: Vec<(PeerKey, Cursor)> = moved.collect();
        let covered = self.version_at(moved.first().map(|(_, cursor)| cursor)?);
        Some(Self {
            adj_out,
            end_of_rib_due: self.end_of_rib_due
                || self.log.unread(position).any(|chunk| chunk.end_of_rib),
            log: Log::default(),
            covered,
            is_dump: false,
            members: moved
                .into_iter()
                .map(|(peer, cursor)| (peer, cursor.restarted(covered)))
                .collect(),
        })
    }

    pub(super) fn log_octets(&self) -> usize {
        self.log.octets()
    }

    pub(super) fn advertised(&self, peer: PeerKey) -> u64 {
        self.members.get(&peer).map_or(0, Cursor::advertised)
    }

    /// For each member, the state of the table that it has in full.
    pub(super) fn versions(&self) -> impl Iterator<Item = Version> {
        self.members.values().map(|cursor| {
            if cursor.is_accepted() {
                self.version_at(cursor)
            } else {
                cursor.accepted()
            }
        })
    }

    /// For each member, whether it has a route as it is now.
    pub(super) fn have(&self, id: RouteId, version: Version) -> impl Iterator<Item = bool> {
        let is_logged = !self.adj_out.is_pending(id);
        let at_head = self.members.values().map(move |cursor| {
            is_logged && cursor.is_accepted() && cursor.position() == self.log.head()
        });
        at_head
            .zip(self.versions())
            .map(move |(at_head, covered)| at_head || covered >= version)
    }

    /// Numbers of routes that must not be given to others yet.
    pub(super) fn referred(&self) -> impl Iterator<Item = RouteId> {
        let logged = self.log.chunks();
        let logged = logged.flat_map(|chunk| chunk.added.iter().chain(&chunk.held));
        logged.copied().chain(self.adj_out.to_withdraw().iter())
    }

    fn version_at(&self, cursor: &Cursor) -> Version {
        if cursor.position() == self.log.head() {
            self.covered
        } else {
            cursor.pulled()
        }
    }

    /// Everybody has read everything there is.
    fn is_finished(&self) -> bool {
        let head = self.log.head();
        self.is_settled()
            && self
                .members
                .values()
                .all(|cursor| cursor.position() == head)
    }

    fn oldest_is_read(&self) -> bool {
        let positions = self.members.values().map(Cursor::position);
        positions
            .min()
            .is_none_or(|oldest| oldest > self.log.start())
    }

    /// Puts one more chunk into the log. Whether there was anything to put.
    fn encode(&mut self, context: &mut Context<'_>) -> bool {
        if self.is_settled() {
            return false;
        }
        let mut chunk = Encoding::new(context);
        // A withdrawal waits for no announcement, however many there are.
        if self.encode_withdrawals(&mut chunk) {
            self.encode_announcements(&mut chunk);
        }
        if self.is_settled() {
            self.covered = chunk.context.desired.version();
        }
        let packed = chunk.packer.finish();
        if packed.octets.is_empty() {
            return false;
        }
        self.log.push(Chunk {
            octets: packed.octets,
            updates: packed.updates,
            added: chunk.added.into(),
            held: chunk.held.into(),
            end_of_rib: chunk.end_of_rib,
            covered: self.covered,
            advertised: self.adj_out.advertised(),
        });
        true
    }

    /// Whether there was room for all.
    fn encode_withdrawals(&mut self, chunk: &mut Encoding<'_, '_>) -> bool {
        while let Some(id) = self.adj_out.next_withdrawal() {
            let prefix = chunk.context.desired.prefix(id);
            if !prefix.is_none_or(|prefix| chunk.packer.withdraw(prefix)) {
                return false;
            }
            self.adj_out.withdrawn(id);
            chunk.held.push(id);
        }
        true
    }

    fn encode_announcements(&mut self, chunk: &mut Encoding<'_, '_>) {
        while !self.is_settled() {
            if !self.adj_out.in_batch() {
                self.adj_out.begin_batch(chunk.context.desired);
            }
            while let Some(id) = self.adj_out.next_announcement() {
                if !chunk.announce(id) {
                    return;
                }
                if self.adj_out.announced(id) {
                    chunk.added.push(id);
                } else {
                    chunk.held.push(id);
                }
            }
            if let Some(version) = self.adj_out.end_batch() {
                self.covered = self.covered.max(version);
            }
            if std::mem::take(&mut self.end_of_rib_due) {
                chunk.end_of_rib();
            }
        }
    }
}

/// A chunk that is being made.
#[derive(Debug)]
struct Encoding<'c, 'a> {
    context: &'c mut Context<'a>,
    packer: Packer,
    added: Vec<RouteId>,
    held: Vec<RouteId>,
    end_of_rib: bool,
}

impl<'c, 'a> Encoding<'c, 'a> {
    fn new(context: &'c mut Context<'a>) -> Self {
        let max_message_octets = context.export.max_message_octets;
        Self {
            packer: Packer::new(max_message_octets, context.limits.chunk_octets),
            context,
            added: Vec::new(),
            held: Vec::new(),
            end_of_rib: false,
        }
    }

    /// Whether there was room. Also `true` for a route that the export does not let through, which is left out.
    fn announce(&mut self, id: RouteId) -> bool {
        let Context {
            desired,
            export,
            templates,
            limits: _,
        } = &mut *self.context;
        let set = desired.route(id).and_then(Route::set);
        let Some((prefix, set)) = desired.prefix(id).zip(set) else {
            return true;
        };
        if self.packer.add(prefix, set) {
            return true;
        }
        let template = desired
            .set(set)
            .and_then(|attributes| templates.of(prefix.family(), set, attributes, export));
        template.is_none_or(|template| self.packer.begin(prefix, set, template))
    }

    fn end_of_rib(&mut self) {
        self.end_of_rib = true;
        for family in self.context.export.families.iter() {
            self.packer.end_of_rib(family);
        }
    }
}
