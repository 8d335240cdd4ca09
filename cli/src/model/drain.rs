use std::fmt;

use bellwether_proto::v1;
use jiff::Timestamp;
use serde::Serialize;

use super::{DrainPhase, Malformed, optional_time, unless_empty};

/// How far a drain has come: message `DrainProgress`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct DrainProgress {
    pub(crate) target: DrainTarget,
    pub(crate) phase: DrainPhase,
    pub(crate) since: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    pub(crate) peers_done: u32,
    pub(crate) peers_total: u32,
    pub(crate) communication: Option<String>,
}

/// What is drained: message `DrainTarget`. Both `None`: everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct DrainTarget {
    pub(crate) owner: Option<String>,
    pub(crate) peer: Option<String>,
}

/// As it stands in a sentence.
impl fmt::Display for DrainTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.owner, &self.peer) {
            (Some(owner), _) => write!(f, "owner {owner}"),
            (None, Some(peer)) => write!(f, "peer {peer}"),
            (None, None) => f.write_str("everything"),
        }
    }
}

impl TryFrom<v1::DrainProgress> for DrainProgress {
    type Error = Malformed;

    fn try_from(progress: v1::DrainProgress) -> Result<Self, Malformed> {
        let v1::DrainProgress {
            target,
            phase,
            since,
            until,
            peers_done,
            peers_total,
            communication,
        } = progress;
        Ok(Self {
            target: target.map(DrainTarget::from).unwrap_or_default(),
            phase: DrainPhase::from_number(phase),
            since: optional_time("DrainProgress.since", since)?,
            until: optional_time("DrainProgress.until", until)?,
            peers_done,
            peers_total,
            communication: unless_empty(communication),
        })
    }
}

impl From<v1::DrainTarget> for DrainTarget {
    fn from(target: v1::DrainTarget) -> Self {
        let v1::DrainTarget { target } = target;
        match target {
            Some(v1::drain_target::Target::Owner(owner)) => Self {
                owner: Some(owner),
                peer: None,
            },
            Some(v1::drain_target::Target::Peer(peer)) => Self {
                owner: None,
                peer: Some(peer),
            },
            None => Self::default(),
        }
    }
}

impl From<DrainTarget> for v1::DrainTarget {
    fn from(target: DrainTarget) -> Self {
        let DrainTarget { owner, peer } = target;
        let owner = owner.map(v1::drain_target::Target::Owner);
        Self {
            target: owner.or(peer.map(v1::drain_target::Target::Peer)),
        }
    }
}
