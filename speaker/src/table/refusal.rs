use bellwether_bgp::net::Prefix;
use thiserror::Error;

use crate::model::{DrainTarget, Name, Neighbor};

/// Why the table does not do what an owner wants. Nothing of the request is done then.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Refusal {
    #[error("generation {given} is not after {current}, the one in force of owner {owner}")]
    StaleGeneration {
        owner: Name,
        given: u64,
        current: u64,
    },
    #[error("a newer Sync stream of owner {0} took over")]
    Superseded(Name),
    #[error("prefixes[{index}]: owner {owner} has not announced {prefix}")]
    NotAnnounced {
        index: usize,
        prefix: Prefix,
        owner: Name,
    },
    #[error("peer {name} belongs to owner {owner}")]
    PeerNameTaken { name: Name, owner: Name },
    #[error(
        "peer {name} has address {address}, which is the address of peer {other} of owner {owner}"
    )]
    PeerAddressTaken {
        name: Name,
        address: Neighbor,
        other: Name,
        owner: Name,
    },
    #[error("owner {owner} would be one too many: the speaker keeps {limit}")]
    TooManyOwners { owner: Name, limit: usize },
    #[error(
        "expect_generation: {expected} is not {current}, the generation in force of owner {owner}"
    )]
    UnexpectedGeneration {
        owner: Name,
        expected: u64,
        current: u64,
    },
    #[error("owner {owner} would have more than {limit} routes, which is the limit")]
    TooManyRoutes { owner: Name, limit: usize },
    #[error("owner: there is none with the name {0}")]
    NoSuchOwner(Name),
    #[error("lease: owner {0} has none that could be renewed; say one")]
    NoLease(Name),
    #[error("peer: none has the name or the address {0:?}")]
    NoSuchPeer(String),
    #[error("target: {0} is not being drained")]
    NotDrained(DrainTarget),
    #[error("there are {limit} watches, which is the limit: end one")]
    TooManyWatches { limit: usize },
    #[error(
        "{limit} clients follow this drain, which is the limit; it goes on without being followed"
    )]
    TooManyFollowers { limit: usize },
    #[error("the speaker is stopping")]
    Stopping,
}
