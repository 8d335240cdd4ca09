//! Objects -> what this node forwards, announces and peers with: pure, and it cannot fail.
//!
//! Incremental: a change of a Service or its endpoints costs that Service, and those that share an
//! address with it. A change of a pool, peer, advertisement or node costs all.

mod claims;
mod planner;
mod service;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::announce::Reason;
use crate::forward::model::{Forwarding, Frontend};
use crate::object::ServiceKey;
use crate::validate::{Attributes, Peer, Rejected};

pub use planner::Planner;
pub use service::{ServicePlan, Verdict};

/// What is no longer as it was. `None`: gone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delta {
    /// What is forwarded where.
    pub frontends: BTreeMap<Frontend, Option<Forwarding>>,
    /// Guarded addresses.
    pub vips: BTreeMap<IpAddr, Option<()>>,
    /// Announced routes.
    pub routes: BTreeMap<IpNet, Option<Attributes>>,
    /// Sessions, by the BGPPeer's name.
    pub peers: BTreeMap<String, Option<Peer>>,
    /// The node itself.
    pub node: Option<NodeNetwork>,
}

impl Delta {
    /// Whether everything is as it was.
    pub fn is_empty(&self) -> bool {
        let Delta {
            frontends,
            vips,
            routes,
            peers,
            node,
        } = self;
        frontends.is_empty()
            && vips.is_empty()
            && routes.is_empty()
            && peers.is_empty()
            && node.is_none()
    }
}

/// What forwarding has to know of the node itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeNetwork {
    /// Its own addresses.
    pub addresses: Vec<IpAddr>,
    /// The networks of its pods.
    pub pod_networks: Vec<IpNet>,
}

/// What a person may want to know of a change: told when it comes to be, not again while it lasts.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// An object is rejected, or not as before.
    Rejected(Rejected),
    /// What was rejected about it is no more.
    Accepted(crate::object::ObjectRef),
    /// A Service's address is decided about, or not as before. `None`: it has no address.
    Service(ServiceKey, Option<IpAddr>, Verdict),
    /// A Service's address, or the Service, is gone.
    Forgotten(ServiceKey, Option<IpAddr>),
    /// Whether this node has a session with a peer.
    Peer(String, Result<(), Reason>),
    /// The BGPPeer is gone.
    PeerForgotten(String),
}

/// What follows from a change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Update {
    /// For the kernel and the speaker.
    pub delta: Delta,
    /// For people.
    pub notes: Vec<Note>,
}
