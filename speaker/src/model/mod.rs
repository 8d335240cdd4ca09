//! What may be declared to the speaker, by the configuration file and by the API alike, as values that cannot be wrong.

mod name;
mod peer;
mod problem;
mod route;
mod spec;
#[cfg(test)]
mod testing;

pub(crate) use name::Name;
pub(crate) use peer::Peer;
pub(crate) use problem::Problems;
pub(crate) use route::{AttributesSpec, RouteKeys};
pub(crate) use spec::{Defaults, PeerKeys, PeerSpec, asn, family, unicast};
#[cfg(test)]
pub(crate) use testing::test_peer;
