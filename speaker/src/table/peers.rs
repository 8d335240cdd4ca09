//! The declared peers: who declared which.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::refusal::Refusal;
use crate::model::{Name, Neighbor, Peer};
use crate::transport::Rules;

/// Names and addresses are unique over all owners.
#[derive(Debug, Default)]
pub(super) struct Peers {
    by_name: BTreeMap<Name, Declared>,
    by_address: BTreeMap<Neighbor, Name>,
}

#[derive(Clone, Debug)]
pub(super) struct Declared {
    pub(super) owner: Name,
    pub(super) peer: Arc<Peer>,
}

/// A set of an owner's peers that contradicts nobody: the only thing that [`Peers::assign`] takes.
#[derive(Debug)]
pub(super) struct Checked {
    owner: Name,
    peers: BTreeMap<Name, Peer>,
}

impl Peers {
    /// `peers` as all that the owner declares.
    ///
    /// # Errors
    /// A name or an address that another peer has.
    pub(super) fn check_replace(
        &self,
        owner: &Name,
        peers: impl IntoIterator<Item = Peer>,
    ) -> Result<Checked, Refusal> {
        let peers = peers
            .into_iter()
            .map(|peer| (peer.name.clone(), peer))
            .collect();
        self.check(owner, peers)
    }

    /// What the owner declares without `delete` and with `upsert`.
    ///
    /// # Errors
    /// As [`Self::check_replace`].
    pub(super) fn check_patch(
        &self,
        owner: &Name,
        upsert: impl IntoIterator<Item = Peer>,
        delete: &[Name],
    ) -> Result<Checked, Refusal> {
        let mut peers: BTreeMap<Name, Peer> = self
            .of(owner)
            .filter(|(name, _)| !delete.contains(name))
            .map(|(name, peer)| (name.clone(), Peer::clone(peer)))
            .collect();
        peers.extend(upsert.into_iter().map(|peer| (peer.name.clone(), peer)));
        self.check(owner, peers)
    }

    fn check(&self, owner: &Name, peers: BTreeMap<Name, Peer>) -> Result<Checked, Refusal> {
        let mut addresses: BTreeMap<&Neighbor, (&Name, &Name)> = BTreeMap::new();
        for (name, declared) in &self.by_name {
            if declared.owner != *owner {
                addresses.insert(&declared.peer.address, (name, &declared.owner));
            }
        }
        for (name, peer) in &peers {
            if let Some(taken) = self.by_name.get(name).filter(|taken| taken.owner != *owner) {
                return Err(Refusal::PeerNameTaken {
                    name: name.clone(),
                    owner: taken.owner.clone(),
                });
            }
            if let Some((other, of)) = addresses.insert(&peer.address, (name, owner)) {
                return Err(Refusal::PeerAddressTaken {
                    name: name.clone(),
                    address: peer.address.clone(),
                    other: other.clone(),
                    owner: of.clone(),
                });
            }
        }
        Ok(Checked {
            owner: owner.clone(),
            peers,
        })
    }

    /// Makes the set the owner's, and tells the names whose declaration is not what it was.
    pub(super) fn assign(&mut self, checked: Checked) -> Vec<Name> {
        let Checked { owner, mut peers } = checked;
        let mut changed = Vec::new();
        self.by_name.retain(|name, declared| {
            let keep = declared.owner != owner || peers.get(name) == Some(&*declared.peer);
            if keep {
                peers.remove(name);
            } else {
                changed.push(name.clone());
            }
            keep
        });
        for (name, peer) in peers {
            changed.push(name.clone());
            let declared = Declared {
                owner: owner.clone(),
                peer: Arc::new(peer),
            };
            self.by_name.insert(name, declared);
        }
        self.by_address = self
            .by_name
            .iter()
            .map(|(name, declared)| (declared.peer.address.clone(), name.clone()))
            .collect();
        changed.sort();
        changed.dedup();
        changed
    }

    pub(super) fn get(&self, name: &Name) -> Option<&Declared> {
        self.by_name.get(name)
    }

    /// The peer with this name or address.
    pub(super) fn find(&self, text: &str) -> Result<&Name, Refusal> {
        let named = text.parse().ok();
        let named = named.and_then(|name: Name| self.by_name.get(&name));
        let found = named.map(|declared| &declared.peer.name);
        let at = || self.at(&text.parse().ok()?);
        found
            .or_else(at)
            .ok_or_else(|| Refusal::NoSuchPeer(text.to_owned()))
    }

    /// The peer that connects from there.
    pub(super) fn at(&self, neighbor: &Neighbor) -> Option<&Name> {
        self.by_address.get(neighbor)
    }

    /// What listening sockets have to know of the peers.
    pub(super) fn rules(&self) -> Rules {
        Rules::of(self.by_name.values().map(|declared| &*declared.peer))
    }

    /// In the order of their names.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Name, &Declared)> {
        self.by_name.iter()
    }

    /// The peers behind `after`, in the order of their names.
    pub(super) fn after(&self, after: Option<&Name>) -> impl Iterator<Item = &Name> {
        let from = after.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        self.by_name
            .range((from, std::ops::Bound::Unbounded))
            .map(|(name, _)| name)
    }

    /// The owner's peers.
    pub(super) fn of(&self, owner: &Name) -> impl Iterator<Item = (&Name, &Arc<Peer>)> {
        self.by_name
            .iter()
            .filter(move |(_, declared)| declared.owner == *owner)
            .map(|(name, declared)| (name, &declared.peer))
    }

    pub(super) fn len(&self) -> usize {
        self.by_name.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::test_peer as peer;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn names(names: &[Name]) -> Vec<&str> {
        names.iter().map(Name::as_str).collect()
    }

    #[test]
    fn a_replacement_names_only_what_is_not_as_it_was() {
        let (mut peers, owner) = (Peers::default(), name("controller"));
        let set = [
            peer("a", "10.0.0.1"),
            peer("b", "10.0.0.2"),
            peer("c", "10.0.0.3"),
        ];
        peers.assign(peers.check_replace(&owner, set).unwrap());
        let set = [
            peer("a", "10.0.0.1"),
            peer("b", "10.0.0.9"),
            peer("d", "10.0.0.4"),
        ];
        let changed = peers.assign(peers.check_replace(&owner, set).unwrap());
        assert_eq!(names(&changed), ["b", "c", "d"]);
        assert!(peers.at(&"10.0.0.2".parse().unwrap()).is_none());
        assert_eq!(peers.at(&"10.0.0.9".parse().unwrap()), Some(&name("b")));
    }

    #[test]
    fn two_owners_cannot_have_one_name() {
        let mut peers = Peers::default();
        let set = peers.check_replace(&Name::config(), [peer("a", "10.0.0.1")]);
        peers.assign(set.unwrap());
        let refused = peers.check_patch(&name("controller"), [peer("a", "10.0.0.2")], &[]);
        assert_eq!(
            refused.unwrap_err().to_string(),
            "peer a belongs to owner config"
        );
    }

    #[test]
    fn two_peers_cannot_have_one_address() {
        let mut peers = Peers::default();
        let set = peers.check_replace(&Name::config(), [peer("a", "10.0.0.1")]);
        peers.assign(set.unwrap());
        let refused = peers.check_patch(&name("controller"), [peer("b", "10.0.0.1")], &[]);
        assert_eq!(
            refused.unwrap_err().to_string(),
            "peer b has address 10.0.0.1, which is the address of peer a of owner config"
        );
    }

    #[test]
    fn an_address_can_move_to_another_peer_in_one_step() {
        let (mut peers, owner) = (Peers::default(), name("controller"));
        peers.assign(
            peers
                .check_replace(&owner, [peer("a", "10.0.0.1")])
                .unwrap(),
        );
        let moved = peers.check_patch(&owner, [peer("b", "10.0.0.1")], &[name("a")]);
        let changed = peers.assign(moved.unwrap());
        assert_eq!(names(&changed), ["a", "b"]);
    }

    #[test]
    fn deleting_what_another_owner_declared_does_nothing() {
        let mut peers = Peers::default();
        let set = peers.check_replace(&Name::config(), [peer("a", "10.0.0.1")]);
        peers.assign(set.unwrap());
        let nothing = peers.check_patch(&name("controller"), [], &[name("a")]);
        assert!(peers.assign(nothing.unwrap()).is_empty());
        assert!(peers.get(&name("a")).is_some());
    }
}
