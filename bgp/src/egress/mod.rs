//! From what owners want announced to the octets each peer is sent.
//!
//! [`Table`] holds the desired routes of all owners and what each peer has of them. Peers that
//! would be sent the same octets share an update group: an UPDATE is encoded once for the group,
//! into a log from which each peer reads at its own pace.
//!
//! The way of a route, file by file: `desired` brings together what owners want, by route (in `routes`,
//! found by `index`) and by attribute set (in `sets`). Each `group` of peers with one [`Export`] takes note of what changed;
//! `adj_out` is that note. When a peer pulls and has read its `log`, its `subgroup` has `pack` make
//! the next chunk of full messages from the table as it is then: withdrawals, then announcements
//! set by set, from the `templates` of the group. The peer's `cursor` moves over it, and later over what others had encoded.
//!
//! A peer that joins, lags behind the bounded log, or asks for a refresh is in a subgroup of its
//! own (with others that do so at the same place) until it has everything, and then goes on with
//! the rest. There is no other mechanism: a first table, a slow peer and a refresh are a subgroup
//! with much to encode.

mod adj_out;
mod attributes;
mod claims;
mod community;
mod cursor;
mod desired;
mod export;
mod group;
mod index;
mod limits;
mod log;
mod pack;
mod per_family;
mod route_set;
mod routes;
mod sets;
mod subgroup;
mod table;
mod templates;
#[cfg(test)]
mod tests;

pub use attributes::RouteAttributes;
pub use community::{Community, LargeCommunity, ParseCommunityError};
pub use export::Export;
pub use table::Table;

use bytes::Bytes;

use crate::net::Prefix;
use crate::time::Instant;

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

impl Changes {
    /// Whether everything is as before.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.added == 0 && self.changed == 0 && self.removed == 0
    }
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
    /// Since when somebody wants it, in whole seconds of the time that [`Table::advance`] was told.
    pub since: Instant,
}
