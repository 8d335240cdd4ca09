use bellwether_bgp::net::Family;

use super::TableTask;
use super::command::{Measures, OwnerView, PeerView, Summary};
use super::desired::Desired;
use super::operator::Operator;
use super::owners::Owner;
use super::peers::{Declared, Peers};
use super::sessions::Sessions;
use super::watch::Source;
use crate::model::Name;
use crate::peer::PeerStatus;

/// What people and programs see.
impl TableTask {
    pub(super) fn summary(&self) -> Summary {
        let table = self.desired.table();
        let config = Name::config();
        let owners: Vec<OwnerView> = self
            .owners
            .iter()
            .map(|(name, owner)| self.owner_view(name, owner))
            // The file is everybody's; it is worth a line when it declares something.
            .filter(|owner| owner.name != config || owner.routes + owner.peers > 0)
            .collect();
        Summary {
            peers: self.peers.len(),
            established_peers: self.sessions.established(),
            routes_ipv4: table.len(Family::Ipv4Unicast),
            routes_ipv6: table.len(Family::Ipv6Unicast),
            owners,
            drains: self.operator.drains(),
        }
    }

    pub(super) fn owner_view(&self, name: &Name, owner: &Owner) -> OwnerView {
        let heard = owner.heard.map(|heard| heard.wall);
        let expires = heard
            .zip(owner.lease)
            .map(|(heard, lease)| heard + lease.ttl);
        OwnerView {
            name: name.clone(),
            generation: owner.generation,
            routes: self.desired.owner_routes(name),
            peers: self.peers.of(name).count(),
            connected: owner.connected(),
            lease: owner.lease,
            lease_expires: expires,
            lease_expired: owner.expired,
            standing: self.standing_of(name),
            last_heard: heard,
        }
    }

    pub(super) fn measures(&self) -> Measures {
        let peers = self.peer_views();
        let behind = peers
            .iter()
            .filter(|view| view.status.key.is_some() && !view.synchronized);
        let table = self.desired.table();
        Measures {
            summary: self.summary(),
            peers_behind: behind.count(),
            peers,
            update_groups: table.update_groups(),
            log_octets: table.log_octets(),
            convergence: self.convergence.histogram(),
        }
    }

    pub(super) fn peer_views(&self) -> Vec<PeerView> {
        let Self {
            peers,
            sessions,
            desired,
            operator,
            ..
        } = self;
        let source = PeerSource::new(peers, sessions, desired, operator);
        peers
            .iter()
            .map(|(_, declared)| source.describe(declared))
            .collect()
    }
}

/// All that a view of a peer is made of.
pub(super) struct PeerSource<'a> {
    peers: &'a Peers,
    sessions: &'a Sessions,
    desired: &'a Desired,
    operator: &'a Operator,
}

impl<'a> PeerSource<'a> {
    pub(super) fn new(
        peers: &'a Peers,
        sessions: &'a Sessions,
        desired: &'a Desired,
        operator: &'a Operator,
    ) -> Self {
        Self {
            peers,
            sessions,
            desired,
            operator,
        }
    }

    fn describe(&self, declared: &Declared) -> PeerView {
        // A peer that has changed shows its old task until that has ended.
        let status = self.sessions.status(&declared.peer.name);
        let status = status.unwrap_or_else(|| PeerStatus::idle(None));
        let advertised = status
            .key
            .map_or(0, |key| self.desired.table().advertised(key));
        let synchronized = status
            .key
            .is_some_and(|key| self.sessions.is_synchronized(key));
        PeerView {
            peer: declared.peer.clone(),
            owner: declared.owner.clone(),
            status,
            advertised_routes: advertised,
            administrative: self.operator.administrative(&declared.peer.name),
            synchronized,
        }
    }
}

impl Source for PeerSource<'_> {
    type Key = Name;
    type View = PeerView;

    fn next(&self, after: Option<&Name>) -> Option<Name> {
        self.peers.after(after).next().cloned()
    }

    fn view(&self, key: &Name) -> Option<PeerView> {
        self.peers.get(key).map(|declared| self.describe(declared))
    }
}
