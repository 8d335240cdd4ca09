//! A table with receivers behind it, and the naive model of what they are to have.

use std::collections::BTreeMap;
use std::net::IpAddr;

use bytes::Bytes;

use super::receiver::{Received, Receiver, Update};
use crate::egress::limits::Limits;
use crate::egress::{Changes, Export, PeerKey, Progress, RouteAttributes, Table};
use crate::net::{Asn, Family, FamilySet, Prefix};
use crate::wire::{DecodeContext, Framer, MAX_MESSAGE_OCTETS, Message};

pub(super) type Routes = Vec<(Prefix, RouteAttributes)>;

/// Bounds so small that they are reached.
pub(super) const TIGHT: Limits = Limits {
    chunk_octets: 150,
    log_octets: 500,
    merge_routes: 3,
    unwanted_routes: 2,
};

#[derive(Debug)]
pub(super) struct World {
    pub(super) table: Table,
    pub(super) peers: BTreeMap<PeerKey, Peer>,
    owners: BTreeMap<String, BTreeMap<Prefix, RouteAttributes>>,
}

/// A peer, and what it was sent.
#[derive(Debug)]
pub(super) struct Peer {
    export: Export,
    pub(super) receiver: Receiver,
    /// What it had when it last said that its transport had accepted all.
    accepted: BTreeMap<Prefix, Received>,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    pub(super) fn with_limits(limits: Limits) -> Self {
        Self {
            table: Table::with_limits(limits),
            peers: BTreeMap::new(),
            owners: BTreeMap::new(),
        }
    }

    pub(super) fn join(&mut self, peer: u64, export: &Export) {
        let peer = PeerKey(peer);
        self.table.join(peer, export.clone());
        let joined = Peer {
            export: export.clone(),
            receiver: Receiver::new(export.four_octet_as),
            accepted: BTreeMap::new(),
        };
        self.peers.insert(peer, joined);
    }

    pub(super) fn leave(&mut self, peer: u64) {
        self.table.leave(PeerKey(peer));
        self.peers.remove(&PeerKey(peer));
    }

    pub(super) fn replace(&mut self, owner: &str, routes: &Routes) -> Changes {
        let before = self.owners.remove(owner).unwrap_or_default();
        let after: BTreeMap<_, _> = routes.iter().cloned().collect();
        let changes = self.table.replace(owner, routes.clone());
        assert_eq!(changes, difference(&before, &after));
        self.owners.insert(owner.to_owned(), after);
        changes
    }

    pub(super) fn patch(&mut self, owner: &str, upsert: &Routes, withdraw: &[Prefix]) -> Changes {
        let before = self.owners.remove(owner).unwrap_or_default();
        let mut after = before.clone();
        after.retain(|prefix, _| !withdraw.contains(prefix));
        after.extend(upsert.iter().cloned());
        let named: BTreeMap<_, _> = upsert.iter().cloned().collect();
        let same = |prefix: &&Prefix| before.get(prefix) == after.get(prefix);
        let expected = Changes {
            unchanged: named.keys().filter(same).count() as u32,
            ..difference(&before, &after)
        };
        let changes = self.table.patch(owner, upsert.clone(), withdraw);
        assert_eq!(changes, expected);
        self.owners.insert(owner.to_owned(), after);
        changes
    }

    /// Pulls once, which is checked in every way there is.
    pub(super) fn pull(&mut self, peer: u64, max_octets: usize) -> Vec<Update> {
        let key = PeerKey(peer);
        let pulled = self.table.pull(key, max_octets);
        let expected = self.expected(peer);
        let Some(peer) = self.peers.get_mut(&key) else {
            assert!(pulled.chunks.is_empty());
            return Vec::new();
        };
        peer.accepted.clone_from(&peer.receiver.routes);
        if pulled.chunks.is_empty() {
            assert_eq!(peer.receiver.routes, expected, "{key:?} has everything");
            let mut end_of_ribs = peer.receiver.end_of_ribs.clone();
            end_of_ribs.sort();
            assert!(end_of_ribs.into_iter().eq(peer.export.families.iter()));
        }
        let chunks = pulled.chunks.iter();
        let updates: Vec<Update> = chunks
            .flat_map(|chunk| peer.receiver.receive(chunk))
            .collect();
        // Our own receiving side has no use for longer messages.
        if peer.export.max_message_octets == MAX_MESSAGE_OCTETS {
            assert_eq!(decoded(&pulled.chunks, &peer.export), said(&updates));
        }
        assert_eq!(pulled.updates, updates.len() as u64);
        assert_eq!(
            self.table.advertised(key),
            peer.receiver.routes.len() as u64
        );
        let most = usize::from(peer.export.max_message_octets);
        assert!(updates.iter().all(|update| update.octets <= most));
        updates
    }

    /// Pulls until the peer has everything.
    pub(super) fn drain(&mut self, peer: u64) -> Vec<Update> {
        let mut updates = Vec::new();
        loop {
            let pulled = self.pull(peer, 10_000);
            if pulled.is_empty() {
                return updates;
            }
            updates.extend(pulled);
        }
    }

    pub(super) fn drain_all(&mut self) {
        let peers: Vec<u64> = self.peers.keys().map(|peer| peer.0).collect();
        for peer in peers {
            self.drain(peer);
        }
    }

    /// Never claims that a peer has what it has not accepted; claims it when all have everything.
    pub(super) fn check_progress(&self) {
        let whole = self.table.progress(self.table.version());
        let up_to_date = self.peers.iter();
        let up_to_date = up_to_date.filter(|(key, peer)| peer.accepted == self.expected(key.0));
        assert_eq!(whole.total as usize, self.peers.len());
        assert!(whole.done as usize <= up_to_date.count());
        let peers = self.peers.iter();
        let peers: Vec<_> = peers
            .map(|(key, peer)| (&peer.accepted, self.expected(key.0)))
            .collect();
        for route in self.table.routes(None) {
            let eligible = peers.iter();
            let eligible: Vec<bool> = eligible
                .filter_map(|(accepted, expected)| {
                    let expected = expected.get(&route.prefix)?;
                    Some(accepted.get(&route.prefix) == Some(expected))
                })
                .collect();
            let progress = self.table.route_progress(route.prefix);
            assert_eq!(progress.total as usize, eligible.len());
            assert!(progress.done as usize <= eligible.iter().filter(|has| **has).count());
        }
    }

    pub(super) fn check_all_done(&self) {
        let total = self.peers.len() as u32;
        let all = Progress { done: total, total };
        assert_eq!(self.table.progress(self.table.version()), all);
        for route in self.table.routes(None) {
            let progress = self.table.route_progress(route.prefix);
            assert_eq!(progress.done, progress.total);
        }
        for (key, peer) in &self.peers {
            assert_eq!(peer.receiver.routes, self.expected(key.0));
        }
    }

    /// What a peer is to have: for each prefix the attributes of the first owner, if they can be
    /// advertised to it.
    pub(super) fn expected(&self, peer: u64) -> BTreeMap<Prefix, Received> {
        let Some(peer) = self.peers.get(&PeerKey(peer)) else {
            return BTreeMap::new();
        };
        let mut desired = BTreeMap::new();
        for routes in self.owners.values().rev() {
            desired.extend(routes);
        }
        let routes = desired.into_iter();
        routes
            .filter_map(|(prefix, attributes)| {
                Some((*prefix, received(&peer.export, *prefix, attributes)?))
            })
            .collect()
    }
}

type Said = (Vec<Prefix>, Vec<Prefix>, Option<Family>);

fn said(updates: &[Update]) -> Vec<Said> {
    let said = |update: &Update| {
        (
            update.withdrawn.clone(),
            update.announced.clone(),
            update.end_of_rib,
        )
    };
    updates.iter().map(said).collect()
}

/// The same by our own decoder, which must find no fault.
fn decoded(chunks: &[Bytes], export: &Export) -> Vec<Said> {
    let context = DecodeContext {
        four_octet_as: export.four_octet_as,
        ebgp: export.ebgp,
        families: export.families,
    };
    let mut framer = Framer::new();
    chunks.iter().for_each(|chunk| framer.push(chunk));
    let frames = std::iter::from_fn(|| framer.next_frame().unwrap());
    frames
        .map(|frame| match Message::decode(&frame, &context).unwrap() {
            Message::Update(update) => {
                assert_eq!(update.faults, []);
                (
                    update.withdrawn.iter().collect(),
                    update.announced.iter().collect(),
                    update.end_of_rib,
                )
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

fn received(export: &Export, prefix: Prefix, attributes: &RouteAttributes) -> Option<Received> {
    let own: Option<IpAddr> = match prefix.family() {
        Family::Ipv4Unicast => export.next_hop_ipv4.map(IpAddr::V4),
        Family::Ipv6Unicast => export.next_hop_ipv6.map(IpAddr::V6),
    };
    let next_hop = attributes.next_hop.or(own)?;
    if !export.families.contains(prefix.family())
        || next_hop.is_ipv4() != prefix.address().is_ipv4()
    {
        return None;
    }
    let length = if export.ebgp {
        1 + usize::from(attributes.prepend)
    } else {
        0
    };
    let communities = attributes.communities.iter();
    let large_communities = attributes.large_communities.iter();
    Some(Received {
        next_hop: Some(next_hop),
        as_path: vec![export.local_asn.number(); length],
        local_pref: (!export.ebgp).then(|| attributes.local_pref.unwrap_or(100)),
        med: attributes.med,
        communities: communities.map(|community| community.0).collect(),
        large_communities: large_communities.map(|community| community.0).collect(),
    })
}

/// Counted over the prefixes of both.
fn difference(
    before: &BTreeMap<Prefix, RouteAttributes>,
    after: &BTreeMap<Prefix, RouteAttributes>,
) -> Changes {
    let mut changes = Changes::default();
    for (prefix, attributes) in after {
        match before.get(prefix) {
            None => changes.added += 1,
            Some(old) if old == attributes => changes.unchanged += 1,
            Some(_) => changes.changed += 1,
        }
    }
    changes.removed = before.keys().filter(|p| !after.contains_key(p)).count() as u32;
    changes
}

/// eBGP, both families, our own next hops.
pub(super) fn external() -> Export {
    Export {
        local_asn: Asn::new(4_200_000_000).unwrap(),
        ebgp: true,
        four_octet_as: true,
        families: FamilySet::ALL,
        next_hop_ipv4: Some("192.0.2.1".parse().unwrap()),
        next_hop_ipv6: Some("2001:db8::1".parse().unwrap()),
        max_message_octets: 4096,
    }
}

/// A table with one peer that has nothing to wait for.
pub(super) fn joined(export: &Export) -> World {
    let mut world = World::new();
    world.join(1, export);
    world.drain(1);
    world
}

/// iBGP.
pub(super) fn internal() -> Export {
    Export {
        ebgp: false,
        ..external()
    }
}

pub(super) fn prefix(text: &str) -> Prefix {
    text.parse().unwrap()
}

pub(super) fn with_med(med: u32) -> RouteAttributes {
    RouteAttributes {
        med: Some(med),
        ..RouteAttributes::default()
    }
}

/// One route with these attributes.
pub(super) fn one(text: &str, attributes: RouteAttributes) -> Routes {
    vec![(prefix(text), attributes)]
}

/// Host routes of 198.18.0.0/15, all with one attribute set.
pub(super) fn hosts(count: u32, attributes: &RouteAttributes) -> Routes {
    let address = |index: u32| IpAddr::V4((0xC612_0000 + index).into());
    (0..count)
        .map(|index| (Prefix::host(address(index)), attributes.clone()))
        .collect()
}
