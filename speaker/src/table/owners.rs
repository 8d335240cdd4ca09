//! Who may write: the generation of each owner, its lease, and its Sync stream if one is open.

use std::collections::BTreeMap;

use bellwether_bgp::time::Instant;
use tokio::sync::oneshot;

use super::progress::Progress;
use super::refusal::Refusal;
use super::standing::Standing;
use crate::clock::Now;
use crate::model::{Lease, LeaseChange, Name, OnExpiry};

/// One Sync stream. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StreamId(u64);

/// All owners that ever wrote. An owner is kept for its generation, so that a late writer is recognised.
#[derive(Debug, Default)]
pub(super) struct Owners {
    by_name: BTreeMap<Name, Owner>,
    last_stream: u64,
}

#[derive(Debug, Default)]
pub(super) struct Owner {
    pub(super) generation: u64,
    pub(super) lease: Option<Lease>,
    /// The lease has run out.
    pub(super) expired: bool,
    /// When it was heard of last.
    pub(super) heard: Option<Now>,
    stream: Option<Stream>,
}

/// The stream lives as long as somebody holds the other end of `end`: nobody needs to tell that it is gone.
#[derive(Debug)]
struct Stream {
    id: StreamId,
    end: oneshot::Sender<Refusal>,
    progress: Progress,
}

impl Owner {
    /// Whether a Sync stream is open.
    pub(super) fn connected(&self) -> bool {
        self.stream
            .as_ref()
            .is_some_and(|stream| !stream.end.is_closed())
    }

    /// How its routes stand, as far as its lease goes.
    pub(super) fn standing(&self) -> Standing {
        match self.lease.filter(|_| self.expired) {
            None => Standing::Active,
            Some(lease) => match lease.on_expiry {
                OnExpiry::Depreferred => Standing::Depreferred,
                OnExpiry::Withdraw => Standing::Withdrawn,
                OnExpiry::Keep => Standing::Active,
            },
        }
    }

    /// When the lease runs out, if it has not.
    fn deadline(&self) -> Option<Instant> {
        let lease = self.lease.filter(|_| !self.expired)?;
        Some(self.heard?.instant + lease.ttl)
    }

    /// Begins the lease again.
    fn hear(&mut self, change: LeaseChange, now: Now) {
        match change {
            LeaseChange::Keep => {}
            LeaseChange::Set(lease) => self.lease = Some(lease),
            LeaseChange::Remove => self.lease = None,
        }
        self.heard = Some(now);
        self.expired = false;
    }
}

impl Owners {
    /// Names come from clients and are kept for good.
    const LIMIT: usize = 1024;

    /// Opens a stream, which ends an older one of this owner. The answer has the generation in force.
    pub(super) fn open(
        &mut self,
        name: &Name,
        end: oneshot::Sender<Refusal>,
    ) -> Result<(StreamId, u64), Refusal> {
        self.last_stream += 1;
        let id = StreamId(self.last_stream);
        let owner = self.owner(name)?;
        let stream = Stream {
            id,
            end,
            progress: Progress::default(),
        };
        if let Some(older) = owner.stream.replace(stream) {
            // Nobody listens if that stream is gone already.
            let _ = older.end.send(Refusal::Superseded(name.clone()));
        }
        Ok((id, owner.generation))
    }

    /// Notes that the owner is alive, and what it says of its lease. The owner is made if it is new.
    pub(super) fn hear(
        &mut self,
        name: &Name,
        change: LeaseChange,
        now: Now,
    ) -> Result<(), Refusal> {
        self.owner(name)?.hear(change, now);
        Ok(())
    }

    /// The owners whose leases run out now.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Name> {
        let mut expired = Vec::new();
        for (name, owner) in &mut self.by_name {
            if owner.deadline().is_some_and(|deadline| deadline <= now) {
                owner.expired = true;
                expired.push(name.clone());
            }
        }
        expired
    }

    /// When the next lease runs out.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.by_name.values().filter_map(Owner::deadline).min()
    }

    /// Whether this stream is the one of its owner.
    pub(super) fn is_current(&self, name: &Name, id: StreamId) -> bool {
        let stream = self.get(name).and_then(|owner| owner.stream.as_ref());
        stream.is_some_and(|stream| stream.id == id)
    }

    pub(super) fn get(&self, name: &Name) -> Option<&Owner> {
        self.by_name.get(name)
    }

    /// Whether this stream may write this generation now.
    pub(super) fn check(&self, name: &Name, id: StreamId, given: u64) -> Result<(), Refusal> {
        let owner = self.by_name.get(name);
        let held = owner.and_then(|owner| owner.stream.as_ref());
        if held.is_none_or(|stream| stream.id != id) {
            return Err(Refusal::Superseded(name.clone()));
        }
        let current = owner.map_or(0, |owner| owner.generation);
        if given <= current {
            return Err(Refusal::StaleGeneration {
                owner: name.clone(),
                given,
                current,
            });
        }
        Ok(())
    }

    /// The generation in force, for a one-shot writer to count up. The owner is made if it is new.
    pub(super) fn generation(&mut self, name: &Name) -> Result<&mut u64, Refusal> {
        Ok(&mut self.owner(name)?.generation)
    }

    /// The progress of the owner's stream, if `id` is the one that is open.
    pub(super) fn progress(&mut self, name: &Name, id: StreamId) -> Option<&mut Progress> {
        let stream = self.by_name.get_mut(name)?.stream.as_mut()?;
        (stream.id == id).then_some(&mut stream.progress)
    }

    /// The progress of each stream that is open.
    pub(super) fn all_progress(&mut self) -> impl Iterator<Item = &mut Progress> {
        let streams = self
            .by_name
            .values_mut()
            .filter_map(|owner| owner.stream.as_mut());
        streams.map(|stream| &mut stream.progress)
    }

    /// All owners, in the order of their names.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Name, &Owner)> {
        self.by_name.iter()
    }

    fn owner(&mut self, name: &Name) -> Result<&mut Owner, Refusal> {
        if self.by_name.len() >= Self::LIMIT && !self.by_name.contains_key(name) {
            return Err(Refusal::TooManyOwners {
                owner: name.clone(),
                limit: Self::LIMIT,
            });
        }
        Ok(self.by_name.entry(name.clone()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn open(owners: &mut Owners, owner: &Name) -> (StreamId, oneshot::Receiver<Refusal>) {
        let (end, ended) = oneshot::channel();
        (owners.open(owner, end).unwrap().0, ended)
    }

    #[test]
    fn an_equal_or_older_generation_is_refused_with_the_current_one() {
        let (mut owners, owner) = (Owners::default(), name("controller"));
        let (id, _ended) = open(&mut owners, &owner);
        *owners.generation(&owner).unwrap() = 7;
        assert_eq!(owners.check(&owner, id, 8), Ok(()));
        let stale = owners.check(&owner, id, 7).unwrap_err();
        assert_eq!(
            stale.to_string(),
            "generation 7 is not after 7, the one in force of owner controller"
        );
    }

    #[test]
    fn a_second_stream_ends_the_first_and_the_first_may_not_write_any_more() {
        let (mut owners, owner) = (Owners::default(), name("controller"));
        let (first, mut ended) = open(&mut owners, &owner);
        let (second, _ended) = open(&mut owners, &owner);
        let superseded = Refusal::Superseded(owner.clone());
        assert_eq!(ended.try_recv(), Ok(superseded.clone()));
        assert_eq!(owners.check(&owner, first, 1), Err(superseded));
        assert_eq!(owners.check(&owner, second, 1), Ok(()));
    }

    #[test]
    fn an_owner_is_connected_while_somebody_holds_its_stream() {
        let (mut owners, owner) = (Owners::default(), name("controller"));
        let (_, ended) = open(&mut owners, &owner);
        let connected = |owners: &Owners| owners.iter().any(|(_, owner)| owner.connected());
        assert!(connected(&owners));
        drop(ended);
        assert!(!connected(&owners));
    }

    #[test]
    fn the_generation_outlives_the_stream() {
        let (mut owners, owner) = (Owners::default(), name("controller"));
        let (_, ended) = open(&mut owners, &owner);
        *owners.generation(&owner).unwrap() = 3;
        drop(ended);
        let (end, _ended) = oneshot::channel();
        assert_eq!(owners.open(&owner, end).unwrap().1, 3);
    }

    fn at(secs: u64) -> Now {
        let since = std::time::Duration::from_secs(secs);
        Now {
            instant: Instant::from_origin(since),
            wall: std::time::SystemTime::UNIX_EPOCH + since,
        }
    }

    fn leased(on_expiry: OnExpiry) -> (Owners, Name) {
        let (mut owners, owner) = (Owners::default(), name("controller"));
        let lease = Lease {
            ttl: std::time::Duration::from_secs(30),
            on_expiry,
        };
        let set = LeaseChange::Set(lease);
        owners.hear(&owner, set, at(0)).unwrap();
        (owners, owner)
    }

    #[test]
    fn a_lease_runs_out_once_and_does_what_it_says() {
        for (on_expiry, standing) in [
            (OnExpiry::Depreferred, Standing::Depreferred),
            (OnExpiry::Withdraw, Standing::Withdrawn),
            (OnExpiry::Keep, Standing::Active),
        ] {
            let (mut owners, owner) = leased(on_expiry);
            assert_eq!(owners.deadline(), Some(at(30).instant));
            assert!(owners.expire(at(29).instant).is_empty());
            let expired = owners.expire(at(30).instant);
            assert_eq!(expired, std::slice::from_ref(&owner));
            assert!(owners.expire(at(31).instant).is_empty());
            assert_eq!(owners.get(&owner).unwrap().standing(), standing);
            assert_eq!(owners.deadline(), None);
        }
    }

    #[test]
    fn whatever_is_heard_begins_the_lease_again() {
        let (mut owners, owner) = leased(OnExpiry::Depreferred);
        owners.hear(&owner, LeaseChange::Keep, at(20)).unwrap();
        assert_eq!(owners.deadline(), Some(at(50).instant));
        owners.expire(at(50).instant);
        owners.hear(&owner, LeaseChange::Keep, at(60)).unwrap();
        let heard = owners.get(&owner).unwrap();
        assert_eq!(heard.standing(), Standing::Active);
        assert_eq!(owners.deadline(), Some(at(90).instant));
    }

    #[test]
    fn an_owner_that_gives_its_lease_up_is_kept_for_ever() {
        let (mut owners, owner) = leased(OnExpiry::Withdraw);
        owners.hear(&owner, LeaseChange::Remove, at(20)).unwrap();
        assert_eq!(owners.deadline(), None);
    }

    #[test]
    fn names_beyond_the_limit_are_refused_and_known_ones_go_on() {
        let mut owners = Owners::default();
        for n in 0..Owners::LIMIT {
            owners.generation(&name(&format!("owner-{n}"))).unwrap();
        }
        assert!(owners.generation(&name("one-more")).is_err());
        assert!(owners.generation(&name("owner-0")).is_ok());
    }
}
