//! What may be declared to the speaker, by the configuration file and by the API alike, as values that cannot be wrong.

mod api;
mod change;
mod drain;
mod interface;
mod lease;
mod max_prefixes;
mod md5;
mod name;
mod neighbor;
mod peer;
mod problem;
mod reach;
mod route;
mod spec;
#[cfg(test)]
mod testing;

pub(crate) use api::{ApiAccess, ApiSettings, ApiTcp};
pub(crate) use change::{InPlace, PeerChange, peer_change};
pub(crate) use drain::{DrainPlan, DrainSettings, DrainTarget};
pub(crate) use interface::Interface;
pub(crate) use lease::{Lease, LeaseChange, OnExpiry};
pub(crate) use max_prefixes::{Beyond, MaxPrefixes};
pub(crate) use md5::Md5;
pub(crate) use name::Name;
pub(crate) use neighbor::{Neighbor, is_link_local};
pub(crate) use peer::Peer;
pub(crate) use problem::Problems;
pub(crate) use reach::Reach;
pub(crate) use route::{AttributesSpec, RouteKeys};
pub(crate) use spec::{Defaults, PeerKeys, PeerSpec, asn, family, unicast};
#[cfg(test)]
pub(crate) use testing::test_peer;
