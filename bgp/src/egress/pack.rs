//! Full messages: as many routes of one attribute set in each as it holds.

use bytes::{Bytes, BytesMut};

use super::export::NextHop;
use super::per_family::PerFamily;
use super::sets::SetId;
use super::{Export, RouteAttributes};
use crate::net::{Asn, Family, FamilySet, Prefix};
use crate::wire::attr::{Origin, encode};
use crate::wire::{HEADER_OCTETS, MAX_MESSAGE_OCTETS, nlri, update};

/// LOCAL_PREF where the owner does not say, as routers take it for routes of their own.
pub(super) const DEFAULT_LOCAL_PREF: u32 = 100;

/// An UPDATE without routes and attributes: header, and the two lengths (RFC 4271 section 4.3).
const EMPTY_UPDATE: usize = HEADER_OCTETS + 2 + 2;

/// MP_REACH_NLRI without routes: flags, type, a length of two octets, AFI, SAFI, next hop with its
/// length, reserved.
const EMPTY_REACH: usize = 4 + 2 + 1 + 1 + 16 + 1;

/// MP_UNREACH_NLRI without routes: flags, type, a length of two octets, AFI, SAFI.
const EMPTY_UNREACH: usize = 4 + 2 + 1;

/// The octets of the longest prefix in NLRI.
const LONGEST_PREFIX: usize = 1 + 16;

/// Packs routes into messages, and messages into a chunk.
#[derive(Debug)]
pub(super) struct Packer<'a> {
    export: &'a Export,
    chunk_octets: usize,
    out: BytesMut,
    updates: u64,
    withdrawals: PerFamily<Prefixes>,
    announcement: Option<Announcement>,
}

/// What was packed.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) octets: Bytes,
    pub(super) updates: u64,
}

/// The routes of a message that is being filled.
#[derive(Debug, Default)]
struct Prefixes {
    prefixes: Vec<Prefix>,
    octets: usize,
}

#[derive(Debug)]
struct Announcement {
    set: SetId,
    next_hop: NextHop,
    /// All path attributes but MP_REACH_NLRI.
    attributes: BytesMut,
    routes: Prefixes,
    /// For routes, in octets.
    room: usize,
}

/// Whether a message of [`MAX_MESSAGE_OCTETS`] holds these attributes and a route on each session
/// that there may be. They take the most octets with MP_REACH_NLRI and, on eBGP, an AS that AS_PATH
/// has no room for, so that AS4_PATH repeats it.
pub(super) fn fits_every_message(attributes: &RouteAttributes) -> bool {
    let export = Export {
        local_asn: Asn::new(u32::MAX).unwrap_or(Asn::TRANS),
        ebgp: true,
        four_octet_as: false,
        families: FamilySet::ALL,
        next_hop_ipv4: None,
        next_hop_ipv6: None,
        max_message_octets: MAX_MESSAGE_OCTETS,
        depreferred: None,
    };
    let attributes = path_attributes(&export, None, attributes).len();
    EMPTY_UPDATE + EMPTY_REACH + attributes + LONGEST_PREFIX <= usize::from(MAX_MESSAGE_OCTETS)
}

impl<'a> Packer<'a> {
    /// A chunk that ends with the message that reaches `chunk_octets`.
    pub(super) fn new(export: &'a Export, chunk_octets: usize) -> Self {
        Self {
            export,
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
        let room = self.room(match family {
            Family::Ipv4Unicast => 0,
            Family::Ipv6Unicast => EMPTY_UNREACH,
        });
        if !self.withdrawals.of(family).has_room(prefix, room) {
            self.end_withdrawals(family);
        }
        if self.withdrawals.of(family).is_empty() && self.is_full() {
            return false;
        }
        self.withdrawals.of_mut(family).push(prefix);
        true
    }

    /// Whether there was room in the chunk. Also `true` for a route that the export does not let
    /// through, which is left out.
    pub(super) fn announce(
        &mut self,
        prefix: Prefix,
        set: SetId,
        attributes: &RouteAttributes,
    ) -> bool {
        self.end_all_withdrawals();
        let Some(next_hop) = self.export.next_hop(prefix.family(), attributes) else {
            return true;
        };
        if let Some(open) = &mut self.announcement
            && (open.set, open.next_hop) == (set, next_hop)
            && open.routes.has_room(prefix, open.room)
        {
            open.routes.push(prefix);
            return true;
        }
        self.end_announcement();
        if self.is_full() {
            return false;
        }
        let mut open = self.begin_announcement(set, next_hop, attributes);
        open.routes.push(prefix);
        self.announcement = Some(open);
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
            octets: self.out.freeze(),
            updates: self.updates,
        }
    }

    fn max_message_octets(&self) -> u16 {
        self.export.max_message_octets.max(MAX_MESSAGE_OCTETS)
    }

    /// What a message has for routes, when this much of it is taken.
    fn room(&self, taken: usize) -> usize {
        usize::from(self.max_message_octets()).saturating_sub(EMPTY_UPDATE + taken)
    }

    /// No more messages are to be begun.
    fn is_full(&self) -> bool {
        self.out.len() >= self.chunk_octets
    }

    fn begin_announcement(
        &self,
        set: SetId,
        next_hop: NextHop,
        attributes: &RouteAttributes,
    ) -> Announcement {
        let attributes = path_attributes(self.export, Some(next_hop), attributes);
        let reach = match next_hop {
            NextHop::Ipv4(_) => 0,
            NextHop::Ipv6(_) => EMPTY_REACH,
        };
        Announcement {
            set,
            next_hop,
            room: self.room(attributes.len() + reach),
            attributes,
            routes: Prefixes::default(),
        }
    }

    fn end_messages(&mut self) {
        self.end_all_withdrawals();
        self.end_announcement();
    }

    fn end_all_withdrawals(&mut self) {
        for family in Family::ALL {
            self.end_withdrawals(family);
        }
    }

    fn end_withdrawals(&mut self, family: Family) {
        let withdrawn = std::mem::take(self.withdrawals.of_mut(family));
        if !withdrawn.is_empty() {
            self.put_withdrawals(family, &withdrawn.prefixes);
        }
    }

    fn put_withdrawals(&mut self, family: Family, prefixes: &[Prefix]) {
        let max_octets = self.max_message_octets();
        self.put(prefixes, |out, rest| {
            update::withdraw(out, family, rest, max_octets)
        });
    }

    fn end_announcement(&mut self) {
        let Some(open) = self.announcement.take() else {
            return;
        };
        let (attributes, max_octets) = (&open.attributes, self.max_message_octets());
        self.put(&open.routes.prefixes, |out, rest| match open.next_hop {
            NextHop::Ipv4(_) => update::announce_ipv4(out, attributes, rest, max_octets),
            NextHop::Ipv6(next_hop) => {
                update::announce_ipv6(out, next_hop, attributes, rest, max_octets)
            }
        });
    }

    /// Appends messages until each prefix is in one: `put_some` appends one with the first of them,
    /// and says how many these are.
    fn put(
        &mut self,
        mut prefixes: &[Prefix],
        put_some: impl Fn(&mut BytesMut, &[Prefix]) -> usize,
    ) {
        while let Some(rest) = prefixes.get(put_some(&mut self.out, prefixes)..)
            && rest.len() < prefixes.len()
        {
            self.updates += 1;
            prefixes = rest;
        }
    }
}

impl Prefixes {
    fn is_empty(&self) -> bool {
        self.prefixes.is_empty()
    }

    fn has_room(&self, prefix: Prefix, room: usize) -> bool {
        self.octets + nlri::encoded_len(prefix) <= room
    }

    fn push(&mut self, prefix: Prefix) {
        self.octets += nlri::encoded_len(prefix);
        self.prefixes.push(prefix);
    }
}

/// All path attributes but MP_REACH_NLRI, by ascending type as RFC 4271 section 5 asks for.
fn path_attributes(
    export: &Export,
    next_hop: Option<NextHop>,
    attributes: &RouteAttributes,
) -> BytesMut {
    let RouteAttributes {
        communities,
        large_communities,
        local_pref,
        med,
        prepend,
        next_hop: _,
    } = &*export.in_force(attributes);
    let mut out = BytesMut::new();
    let as_path = export.as_path(*prepend);
    encode::origin(&mut out, Origin::Igp);
    encode::as_path(&mut out, &as_path, export.four_octet_as);
    if let Some(NextHop::Ipv4(address)) = next_hop {
        encode::next_hop(&mut out, address);
    }
    if let Some(med) = med {
        encode::med(&mut out, *med);
    }
    if !export.ebgp {
        encode::local_pref(&mut out, local_pref.unwrap_or(DEFAULT_LOCAL_PREF));
    }
    encode::communities(&mut out, communities.iter().map(|community| community.0));
    if !export.four_octet_as {
        encode::as4_path(&mut out, &as_path);
    }
    encode::large_communities(
        &mut out,
        large_communities.iter().map(|community| community.0),
    );
    out
}
