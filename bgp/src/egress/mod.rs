//! From what owners want announced to the octets each peer is sent.
//!
//! [`Table`] holds the desired routes of all owners and what each peer has of them. Peers that would be sent the same
//! octets share an update group: an UPDATE is encoded once for the group, into a log from which each peer reads
//! at its own pace.

mod attributes;
mod export;

pub use attributes::{Community, LargeCommunity, ParseCommunityError, RouteAttributes};
pub use export::Export;

use bytes::Bytes;

use crate::net::{Family, Prefix};

/// A peer, as the driver numbers them. The driver never uses a number for a second session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerKey(pub u64);

/// A state of the table. Each change makes a later one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u64);

/// What a change of an owner's routes did to the owner's set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The owner did not want it before.
    pub added: u32,
    /// The owner wanted it with other attributes.
    pub changed: u32,
    /// The owner does not want it any more.
    pub removed: u32,
    /// As before.
    pub unchanged: u32,
}

/// Octets for a peer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulled {
    /// Whole messages, to be written in this order; empty: the peer has everything.
    pub chunks: Vec<Bytes>,
    /// How many UPDATEs that is.
    pub updates: u64,
}

/// How many peers have a state of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Have all of it.
    pub done: u32,
    /// Are joined.
    pub total: u32,
}

/// A route of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredRoute<'a> {
    /// Where to.
    pub prefix: Prefix,
    /// The attributes in force: those of the first owner.
    pub attributes: &'a RouteAttributes,
    /// Who wants it, in the order of their names.
    pub owners: Vec<&'a str>,
    /// When its attributes in force last changed.
    pub version: Version,
}

/// The desired routes of all owners, and what each peer has of them.
#[derive(Debug, Default)]
pub struct Table {}

impl Table {
    /// Nothing desired, nobody joined.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes `routes` all that the owner wants. Routes that do not change cause no UPDATE. A prefix named twice: the last one counts.
    pub fn replace(&mut self, _owner: &str, _routes: Vec<(Prefix, RouteAttributes)>) -> Changes {
        todo!()
    }

    /// Takes `withdraw` out of the owner's set, then puts `upsert` in. A prefix that is not there is not an error.
    pub fn patch(
        &mut self,
        _owner: &str,
        _upsert: Vec<(Prefix, RouteAttributes)>,
        _withdraw: &[Prefix],
    ) -> Changes {
        todo!()
    }

    /// Whether the owner wants this route.
    #[must_use]
    pub fn wants(&self, _owner: &str, _prefix: Prefix) -> bool {
        todo!()
    }

    /// How many routes the owner wants.
    #[must_use]
    pub fn owner_routes(&self, _owner: &str) -> usize {
        todo!()
    }

    /// A session is Established: from now on the peer is to have every route that `export` lets through, then End-of-RIB for each family.
    pub fn join(&mut self, _peer: PeerKey, _export: Export) {
        todo!()
    }

    /// The session ended.
    pub fn leave(&mut self, _peer: PeerKey) {
        todo!()
    }

    /// The peer wants all routes of a family again (RFC 2918).
    pub fn refresh(&mut self, _peer: PeerKey, _family: Family) {
        todo!()
    }

    /// The next octets for a peer, about `max_octets` of them (at least one message if there is any). To call it again says that
    /// the transport has accepted all that was pulled before. Withdrawals come before announcements.
    pub fn pull(&mut self, _peer: PeerKey, _max_octets: usize) -> Pulled {
        todo!()
    }

    /// The table as it is now.
    #[must_use]
    pub fn version(&self) -> Version {
        todo!()
    }

    /// How many peers have everything up to this version.
    #[must_use]
    pub fn progress(&self, _version: Version) -> Progress {
        todo!()
    }

    /// How many of the joined peers have this route as it is now, of those whose [`Export`] lets it through.
    #[must_use]
    pub fn route_progress(&self, _prefix: Prefix) -> Progress {
        todo!()
    }

    /// How many routes a peer has been sent and not withdrawn.
    #[must_use]
    pub fn advertised(&self, _peer: PeerKey) -> u64 {
        todo!()
    }

    /// One route.
    #[must_use]
    pub fn route(&self, _prefix: Prefix) -> Option<DesiredRoute<'_>> {
        todo!()
    }

    /// The routes behind `after` (all: `None`), ordered by family, address and length.
    pub fn routes(&self, _after: Option<Prefix>) -> impl Iterator<Item = DesiredRoute<'_>> {
        std::iter::empty()
    }

    /// How many routes of a family are desired.
    #[must_use]
    pub fn len(&self, _family: Family) -> usize {
        todo!()
    }

    /// Whether nothing is desired.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        Family::ALL.into_iter().all(|family| self.len(family) == 0)
    }
}
