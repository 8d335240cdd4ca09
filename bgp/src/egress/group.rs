use std::collections::BTreeMap;

use super::desired::Desired;
use super::limits::Limits;
use super::route_set::{RouteId, RouteSet};
use super::subgroup::{Context, Subgroup};
use super::templates::Templates;
use super::{Export, PeerKey, Progress, Pulled, Version};
use crate::net::{Family, Prefix};

/// An update group: the peers with one [`Export`].
///
/// As long as they keep up with one another they are one [`Subgroup`]. Apart from it is who has
/// just joined, who was so slow that the log went on without it, and who asked for everything
/// again; each comes back when it has the table as it is.
#[derive(Debug)]
pub(super) struct Group {
    export: Export,
    limits: Limits,
    templates: Templates,
    /// By age: peers come back into the oldest.
    subgroups: BTreeMap<SubgroupId, Subgroup>,
    next: SubgroupId,
    peers: BTreeMap<PeerKey, SubgroupId>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct SubgroupId(u64);

impl Group {
    pub(super) fn new(export: Export, limits: Limits) -> Self {
        Self {
            export,
            limits,
            templates: Templates::default(),
            subgroups: BTreeMap::new(),
            next: SubgroupId::default(),
            peers: BTreeMap::new(),
        }
    }

    pub(super) fn export(&self) -> &Export {
        &self.export
    }

    pub(super) fn is_empty(&self) -> bool {
        self.peers.is_empty()
    }

    pub(super) fn join(&mut self, peer: PeerKey, desired: &Desired) {
        let mut subgroups = self.subgroups.iter_mut();
        if let Some((id, subgroup)) = subgroups.find(|(_, subgroup)| subgroup.takes_joiners()) {
            subgroup.join(peer);
            self.peers.insert(peer, *id);
            return;
        }
        let mut subgroup = Subgroup::dump(&context(
            &self.export,
            self.limits,
            &mut self.templates,
            desired,
        ));
        subgroup.join(peer);
        self.found(subgroup);
    }

    pub(super) fn leave(&mut self, peer: PeerKey) {
        if let Some(subgroup) = self.subgroup_of(peer) {
            subgroup.remove(peer);
        }
        self.peers.remove(&peer);
        self.drop_abandoned();
    }

    pub(super) fn refresh(&mut self, peer: PeerKey, family: Family, desired: &Desired) {
        let Some(id) = self.peers.get(&peer) else {
            return;
        };
        let Some(subgroup) = self.subgroups.get_mut(id) else {
            return;
        };
        if let Some(mut alone) = subgroup.split(
            &[peer],
            &context(&self.export, self.limits, &mut self.templates, desired),
        ) {
            alone.note_all(desired.exported(family, &self.export));
            self.found(alone);
        }
        self.drop_abandoned();
    }

    /// Takes note of a new state of the table, and the routes whose change made it.
    pub(super) fn note(&mut self, affected: &[RouteId], desired: &Desired) {
        for id in affected {
            let exported = desired.exports(*id, &self.export);
            for subgroup in self.subgroups.values_mut() {
                subgroup.note(*id, exported);
            }
        }
        for subgroup in self.subgroups.values_mut() {
            subgroup.noted(desired.version());
        }
        self.drop_abandoned();
    }

    pub(super) fn pull(&mut self, peer: PeerKey, max_octets: usize, desired: &Desired) -> Pulled {
        let Some(id) = self.peers.get(&peer).copied() else {
            return Pulled::default();
        };
        let Some(subgroup) = self.subgroups.get_mut(&id) else {
            return Pulled::default();
        };
        let pulled = subgroup.pull(
            peer,
            max_octets,
            &mut context(&self.export, self.limits, &mut self.templates, desired),
        );
        if pulled.chunks.is_empty() {
            self.merge(peer, id, desired);
        }
        self.trim(desired);
        pulled
    }

    /// For each peer, the state of the table that it has in full.
    pub(super) fn versions(&self) -> impl Iterator<Item = Version> {
        self.subgroups.values().flat_map(Subgroup::versions)
    }

    /// How many peers have a route as it is now.
    pub(super) fn route_progress(&self, prefix: Prefix, desired: &Desired) -> Progress {
        let id = desired.id(prefix);
        let Some(id) = id.filter(|id| desired.exports(*id, &self.export)) else {
            return Progress::default();
        };
        let version = desired.route(id).map(|route| route.version);
        let subgroups = self.subgroups.values();
        let have = subgroups.flat_map(|subgroup| subgroup.have(id, version.unwrap_or_default()));
        have.fold(Progress::default(), |progress, has| Progress {
            done: progress.done + u32::from(has),
            total: progress.total + 1,
        })
    }

    pub(super) fn advertised(&self, peer: PeerKey) -> u64 {
        let subgroup = self.peers.get(&peer).and_then(|id| self.subgroups.get(id));
        subgroup.map_or(0, |subgroup| subgroup.advertised(peer))
    }

    /// Collects the numbers of routes that must not be given to others yet.
    pub(super) fn mark_referred(&self, referred: &mut RouteSet) {
        for subgroup in self.subgroups.values() {
            referred.extend(subgroup.referred());
        }
    }

    /// Encoded messages that are kept, in octets.
    pub(super) fn log_octets(&self) -> usize {
        self.subgroups.values().map(Subgroup::log_octets).sum()
    }

    fn subgroup_of(&mut self, peer: PeerKey) -> Option<&mut Subgroup> {
        let id = self.peers.get(&peer)?;
        self.subgroups.get_mut(id)
    }

    /// Adds a subgroup, and finds its members there from now on.
    fn found(&mut self, subgroup: Subgroup) {
        let id = self.next;
        self.next = SubgroupId(id.0 + 1);
        for peer in subgroup.peers() {
            self.peers.insert(peer, id);
        }
        self.subgroups.insert(id, subgroup);
    }

    /// A peer that has everything goes on in the oldest subgroup that has, or can have with little
    /// work. Older ones that have more to do than that are those of peers that do not read.
    fn merge(&mut self, peer: PeerKey, from: SubgroupId, desired: &Desired) {
        let mut older = self.subgroups.range_mut(..from);
        let near = |older: &Subgroup| older.unsettled() <= self.limits.merge_routes;
        let Some((to, target)) = older.find(|(_, older)| near(older)) else {
            return;
        };
        let to = *to;
        target.settle(&mut context(
            &self.export,
            self.limits,
            &mut self.templates,
            desired,
        ));
        let Some(cursor) = self
            .subgroups
            .get_mut(&from)
            .and_then(|from| from.remove(peer))
        else {
            return;
        };
        if let Some(target) = self.subgroups.get_mut(&to) {
            target.adopt(peer, cursor);
            self.peers.insert(peer, to);
        }
        self.drop_abandoned();
    }

    fn trim(&mut self, desired: &Desired) {
        let mut context = context(&self.export, self.limits, &mut self.templates, desired);
        let subgroups = self.subgroups.values_mut();
        let left_behind: Vec<Subgroup> = subgroups
            .flat_map(|subgroup| subgroup.trim(&mut context))
            .collect();
        for subgroup in left_behind {
            self.found(subgroup);
        }
    }

    fn drop_abandoned(&mut self) {
        self.subgroups
            .retain(|_, subgroup| !subgroup.is_abandoned());
    }
}

/// Of the fields alone, so that the subgroups can be changed beside it.
fn context<'a>(
    export: &'a Export,
    limits: Limits,
    templates: &'a mut Templates,
    desired: &'a Desired,
) -> Context<'a> {
    Context {
        export,
        desired,
        templates,
        limits,
    }
}
