//! Why an address is not announced.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::forward::model::Protocol;
use crate::object::ServiceKey;
use crate::validate::MAX_COMMUNITY_OCTETS;

/// Why a Service's address is not announced from a node to a peer. Displayed as a sentence for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Neither an annotation nor the status names an address.
    NoAddress,
    /// No IPAddressPool contains the address. It is not programmed either: else whoever may write a
    /// Service could draw any traffic to himself (CVE-2020-8554).
    NotInPool,
    /// A node has the address.
    NodeAddress {
        /// The node.
        node: String,
    },
    /// The address is inside of a node's pod network.
    PodNetwork {
        /// The node.
        node: String,
        /// Its pod network.
        network: IpNet,
    },
    /// The address belongs to another Service, which was first.
    AddressTaken {
        /// The Service that has it.
        by: ServiceKey,
        /// Why the two cannot share it.
        conflict: Conflict,
    },
    /// No BGPAdvertisement selects the pool.
    NoAdvertisement {
        /// The pool.
        pool: String,
    },
    /// BGPAdvertisements select the pool, but none of them this node.
    NodeNotSelected {
        /// Those that select the pool.
        advertisements: Vec<String>,
    },
    /// Two BGPAdvertisements select the pool and the node, and state different `localPref`.
    ConflictingAdvertisements {
        /// The two.
        advertisements: [String; 2],
    },
    /// The communities of all BGPAdvertisements that select the pool and the node do not fit a message.
    TooManyCommunities {
        /// Those that select both.
        advertisements: Vec<String>,
        /// What their communities take together.
        octets: usize,
    },
    /// There is no Node of this name.
    NodeMissing,
    /// The node is labelled `node.kubernetes.io/exclude-from-external-load-balancers`.
    NodeExcluded,
    /// The node's condition `NetworkUnavailable` is `True`.
    NodeNetworkUnavailable,
    /// No endpoint anywhere can take a connection.
    NoEndpoints,
    /// `externalTrafficPolicy: Local`, and no endpoint of this node can take a connection.
    NoLocalEndpoints,
    /// `externalTrafficPolicy: Local`, and this node's endpoints only finish what they have: they are
    /// forwarded to until they are gone, but the routers are to go elsewhere already.
    LocalEndpointsTerminating,
    /// The BGPPeer's node selectors do not select this node.
    PeerNotSelected,
    /// Another BGPPeer that is selected on this node has the same address, and comes first by name.
    PeerAddressTaken {
        /// The other BGPPeer.
        by: String,
        /// The address of both.
        address: IpAddr,
    },
}

/// Why two Services cannot have one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// Both have this port.
    Port(Protocol, u16),
    /// With `externalTrafficPolicy: Local` on either, the two must be announced from the same nodes:
    /// both need the policy and the same selector.
    Policy,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::NoAddress => f.write_str("the Service names no address"),
            Reason::NotInPool => f.write_str("no IPAddressPool contains the address"),
            Reason::NodeAddress { node } => write!(f, "it is an address of Node {node}"),
            Reason::PodNetwork { node, network } => {
                write!(f, "it is inside of the pod network {network} of Node {node}")
            }
            Reason::AddressTaken { by, conflict } => {
                write!(f, "the address belongs to Service {by}, and {conflict}")
            }
            Reason::NoAdvertisement { pool } => {
                write!(f, "no BGPAdvertisement selects IPAddressPool {pool}")
            }
            Reason::NodeNotSelected { advertisements } => {
                let advertisements = advertisements.join(", ");
                write!(f, "the node is not selected by BGPAdvertisement {advertisements}")
            }
            Reason::ConflictingAdvertisements { advertisements: [one, other] } => {
                write!(f, "BGPAdvertisements {one} and {other} state different localPref")
            }
            Reason::TooManyCommunities { advertisements, octets } => write!(
                f,
                "the communities of BGPAdvertisements {} take {octets} octets together, at most \
                 {MAX_COMMUNITY_OCTETS} fit a message",
                advertisements.join(", ")
            ),
            Reason::NodeMissing => f.write_str("there is no Node of this node's name"),
            Reason::NodeExcluded => f.write_str(
                "the node is labelled node.kubernetes.io/exclude-from-external-load-balancers",
            ),
            Reason::NodeNetworkUnavailable => {
                f.write_str("the node's condition NetworkUnavailable is True")
            }
            Reason::NoEndpoints => f.write_str("no endpoint can take a connection"),
            Reason::NoLocalEndpoints => f.write_str(
                "externalTrafficPolicy is Local, and no endpoint of this node can take a connection",
            ),
            Reason::LocalEndpointsTerminating => f.write_str(
                "externalTrafficPolicy is Local, and this node's endpoints are terminating",
            ),
            Reason::PeerNotSelected => {
                f.write_str("the nodeSelectors of the BGPPeer do not select the node")
            }
            Reason::PeerAddressTaken { by, address } => {
                write!(f, "BGPPeer {by} has the same peerAddress {address} on this node")
            }
        }
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Conflict::Port(protocol, port) => write!(f, "both have port {protocol}/{port}"),
            Conflict::Policy => f.write_str(
                "with externalTrafficPolicy Local only Services of one selector can share it",
            ),
        }
    }
}
