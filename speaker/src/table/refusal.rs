use bellwether_bgp::net::Prefix;
use thiserror::Error;

use crate::model::{Name, Neighbor};

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
    #[error("the speaker is stopping")]
    Stopping,
}
