//! What this node is to forward: pure data, handed over by the planner.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

/// A transport protocol of a Service port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// RFC 9293.
    Tcp,
    /// RFC 768.
    Udp,
    /// RFC 9260; one address per endpoint, no multi-homing.
    Sctp,
}

impl Protocol {
    /// The IANA protocol number.
    pub fn number(self) -> u8 {
        match self {
            Protocol::Tcp => 6,
            Protocol::Udp => 17,
            Protocol::Sctp => 132,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
            Protocol::Sctp => "sctp",
        })
    }
}

/// What a client connects to: a Service's address, protocol and port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Frontend {
    /// The Service's virtual address.
    pub address: IpAddr,
    /// The Service port's protocol.
    pub protocol: Protocol,
    /// The Service port.
    pub port: u16,
}

impl fmt::Display for Frontend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            IpAddr::V4(address) => write!(f, "{}://{address}:{}", self.protocol, self.port),
            IpAddr::V6(address) => write!(f, "{}://[{address}]:{}", self.protocol, self.port),
        }
    }
}

/// Where a connection may end: a pod's address and target port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// The pod's address, of the frontend's family.
    pub address: IpAddr,
    /// The target port.
    pub port: u16,
    /// Whether the pod runs on this node.
    pub local: bool,
}

/// A Service's `externalTrafficPolicy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TrafficPolicy {
    /// Any node forwards to any endpoint; the client's address is hidden where the endpoint is
    /// on another node, so that the reply comes back through this one.
    Cluster,
    /// A node forwards only to its own endpoints, and the client's address is kept.
    Local,
}

/// How one frontend is forwarded. The endpoints are already chosen by readiness, and sorted.
///
/// | `external` | `internal` | a client from outside |
/// |---|---|---|
/// | some | any | reaches one of `external` |
/// | none | some | is dropped: another node serves it, and the router finds out by itself |
/// | none | none | is refused: nobody serves it |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarding {
    /// The Service as `namespace/name`.
    pub service: String,
    /// What clients from outside reach through this node.
    pub external: Vec<Endpoint>,
    /// What this node's own processes and pods reach.
    pub internal: Vec<Endpoint>,
    /// Decides whether the client's address may be hidden.
    pub policy: TrafficPolicy,
}

/// Everything that this node forwards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Desired {
    /// The frontends served.
    pub frontends: BTreeMap<Frontend, Forwarding>,
    /// Guarded addresses: what no frontend serves there is refused, never routed on. The addresses
    /// of frontends are guarded in any case.
    pub vips: BTreeSet<IpAddr>,
    /// The node's own addresses; the first of each family answers pings of the guarded addresses.
    pub node_addresses: Vec<IpAddr>,
    /// Sources that count as internal, beside the node's own processes.
    pub pod_networks: Vec<IpNet>,
}
