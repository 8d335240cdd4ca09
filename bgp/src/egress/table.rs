use std::collections::BTreeMap;

use super::desired::{Applied, Desired};
use super::group::Group;
use super::limits::Limits;
use super::route_set::RouteSet;
use super::{Changes, DesiredRoute, Export, PeerKey, Progress, Pulled, RouteAttributes, Version};
use crate::net::{Family, Prefix};
use crate::time::Instant;

/// The desired routes of all owners, and what each peer has of them.
///
/// Change it, then [`pull`](Self::pull) for each joined peer until it is empty, as fast as its
/// transport takes it. Nothing is encoded before it is pulled, so what changes in between is sent
/// once, as it is then.
///
/// ```
/// use bellwether_bgp::egress::{Export, PeerKey, RouteAttributes, Table};
/// use bellwether_bgp::net::{Asn, FamilySet};
///
/// let mut table = Table::new();
/// let peer = PeerKey(1);
/// table.join(peer, Export {
///     local_asn: Asn::new(64512)?,
///     ebgp: true,
///     four_octet_as: true,
///     families: FamilySet::ALL,
///     next_hop_ipv4: Some("192.0.2.1".parse()?),
///     next_hop_ipv6: None,
///     max_message_octets: 4096,
/// });
/// table.patch("me", vec![("198.51.100.7/32".parse()?, RouteAttributes::default())], &[]);
/// loop {
///     let pulled = table.pull(peer, 64 * 1024);
///     if pulled.chunks.is_empty() {
///         break;
///     }
///     // Write the chunks; pull again when the transport has taken them.
/// }
/// assert_eq!(table.advertised(peer), 1);
/// assert_eq!(table.progress(table.version()).done, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Table {
    desired: Desired,
    groups: BTreeMap<u64, Group>,
    next_group: u64,
    peers: BTreeMap<PeerKey, u64>,
    limits: Limits,
    /// So many unwanted routes are worth a look which of their numbers are free.
    forget_at: usize,
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

impl Table {
    /// Nothing desired, nobody joined.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    pub(super) fn with_limits(limits: Limits) -> Self {
        Self {
            desired: Desired::default(),
            groups: BTreeMap::new(),
            next_group: 0,
            peers: BTreeMap::new(),
            limits,
            forget_at: limits.unwanted_routes,
        }
    }

    /// What time it is for the changes that follow, on whatever clock the driver shows people ([`DesiredRoute::since`]).
    pub fn advance(&mut self, now: Instant) {
        self.desired.advance(now);
    }

    /// Makes `routes` all that the owner wants. Routes that do not change cause no UPDATE. A prefix
    /// named twice: the last one counts.
    pub fn replace(&mut self, owner: &str, routes: Vec<(Prefix, RouteAttributes)>) -> Changes {
        let applied = self.desired.replace(owner, routes);
        self.note(applied)
    }

    /// Takes `withdraw` out of the owner's set, then puts `upsert` in: a prefix in both is wanted.
    /// A prefix that is not there is not an error. A prefix named twice in `upsert`: the last one
    /// counts.
    pub fn patch(
        &mut self,
        owner: &str,
        upsert: Vec<(Prefix, RouteAttributes)>,
        withdraw: &[Prefix],
    ) -> Changes {
        let applied = self.desired.patch(owner, upsert, withdraw);
        self.note(applied)
    }

    /// Whether the owner wants this route.
    #[must_use]
    pub fn wants(&self, owner: &str, prefix: Prefix) -> bool {
        self.desired.owner_wants(owner, prefix)
    }

    /// How many routes the owner wants.
    #[must_use]
    pub fn owner_routes(&self, owner: &str) -> usize {
        self.desired.owner_routes(owner)
    }

    /// A session is Established: from now on the peer is to have every route that `export` lets
    /// through, then End-of-RIB for each family. A peer that is joined already leaves first.
    pub fn join(&mut self, peer: PeerKey, export: Export) {
        self.leave(peer);
        let mut groups = self.groups.iter_mut();
        if let Some((id, group)) = groups.find(|(_, group)| *group.export() == export) {
            group.join(peer, &self.desired);
            self.peers.insert(peer, *id);
            return;
        }
        let mut group = Group::new(export, self.limits);
        group.join(peer, &self.desired);
        self.groups.insert(self.next_group, group);
        self.peers.insert(peer, self.next_group);
        self.next_group += 1;
    }

    /// The session ended. A peer that is not joined is not an error.
    pub fn leave(&mut self, peer: PeerKey) {
        let Some(id) = self.peers.remove(&peer) else {
            return;
        };
        if let Some(group) = self.groups.get_mut(&id) {
            group.leave(peer);
        }
        self.groups.retain(|_, group| !group.is_empty());
    }

    /// The peer wants all routes of a family again (RFC 2918). Without effect for a family that is
    /// not negotiated.
    pub fn refresh(&mut self, peer: PeerKey, family: Family) {
        let group = self.peers.get(&peer).and_then(|id| self.groups.get_mut(id));
        if let Some(group) = group {
            group.refresh(peer, family, &self.desired);
        }
    }

    /// The next octets for a peer, about `max_octets` of them: whole messages in chunks of about 16
    /// KiB, at least one if there is any, and at most one chunk more than asked for. To call it
    /// again says that the transport has accepted all that was pulled before, so a driver pulls
    /// until it is empty. Withdrawals come before announcements. Empty for a peer that is not
    /// joined.
    pub fn pull(&mut self, peer: PeerKey, max_octets: usize) -> Pulled {
        let group = self.peers.get(&peer).and_then(|id| self.groups.get_mut(id));
        group.map_or_else(Pulled::default, |group| {
            group.pull(peer, max_octets, &self.desired)
        })
    }

    /// The table as it is now.
    #[must_use]
    pub fn version(&self) -> Version {
        self.desired.version()
    }

    /// How many peers have everything up to this version.
    #[must_use]
    pub fn progress(&self, version: Version) -> Progress {
        let versions = self.groups.values().flat_map(Group::versions);
        versions.fold(Progress::default(), |progress, has| Progress {
            done: progress.done + u32::from(has >= version),
            total: progress.total + 1,
        })
    }

    /// How many of the joined peers have this route as it is now, of those whose [`Export`] lets it
    /// through. A peer that is still being sent a batch of changes may be counted only when it has
    /// the batch. A route that is not desired: none of none.
    #[must_use]
    pub fn route_progress(&self, prefix: Prefix) -> Progress {
        let groups = self.groups.values();
        let each = groups.map(|group| group.route_progress(prefix, &self.desired));
        each.fold(Progress::default(), |sum, group| Progress {
            done: sum.done + group.done,
            total: sum.total + group.total,
        })
    }

    /// How many routes a peer has been sent and not withdrawn.
    #[must_use]
    pub fn advertised(&self, peer: PeerKey) -> u64 {
        let group = self.peers.get(&peer).and_then(|id| self.groups.get(id));
        group.map_or(0, |group| group.advertised(peer))
    }

    /// How many update groups there are: peers with equal [`Export`]s are one.
    #[must_use]
    pub fn update_groups(&self) -> usize {
        self.groups.len()
    }

    /// Encoded messages that are kept for peers that have not pulled them, or that join while others
    /// still pull their first table, in octets.
    #[must_use]
    pub fn log_octets(&self) -> usize {
        self.groups.values().map(Group::log_octets).sum()
    }

    /// One route.
    #[must_use]
    pub fn route(&self, prefix: Prefix) -> Option<DesiredRoute<'_>> {
        self.desired.view(prefix)
    }

    /// The routes behind `after` (all: `None`), ordered by family, address and length.
    pub fn routes(&self, after: Option<Prefix>) -> impl Iterator<Item = DesiredRoute<'_>> {
        self.desired.views(after)
    }

    /// How many routes of a family are desired.
    #[must_use]
    pub fn len(&self, family: Family) -> usize {
        self.desired.len(family)
    }

    /// Whether nothing is desired.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        Family::ALL.into_iter().all(|family| self.len(family) == 0)
    }

    fn note(&mut self, applied: Applied) -> Changes {
        if applied.changes.is_none() {
            return applied.changes;
        }
        for group in self.groups.values_mut() {
            group.note(&applied.affected, &self.desired);
        }
        self.forget_unwanted();
        applied.changes
    }

    /// Frees the numbers of routes that came and went, when they are twice as many as were still in
    /// use the last time.
    fn forget_unwanted(&mut self) {
        if self.desired.unwanted().len() <= self.forget_at {
            return;
        }
        let mut referred = RouteSet::default();
        for group in self.groups.values() {
            group.mark_referred(&mut referred);
        }
        self.desired.forget(&referred);
        self.forget_at = self.limits.unwanted_routes + 2 * self.desired.unwanted().len();
    }
}
