//! What may be declared to the speaker, by the configuration file and by the API alike, as values that cannot be wrong.

mod api;
mod drain;
mod lease;
mod name;
mod peer;
mod problem;
mod spec;
#[cfg(test)]
mod testing;

pub(crate) use api::{ApiAccess, ApiSettings, ApiTcp};
pub(crate) use drain::{DrainPlan, DrainSettings, DrainTarget};
pub(crate) use lease::{Lease, LeaseChange, OnExpiry};
pub(crate) use name::Name;
pub(crate) use peer::Peer;
pub(crate) use problem::Problems;
pub(crate) use spec::{Defaults, PeerKeys, PeerSpec, asn, family, unicast};
#[cfg(test)]
pub(crate) use testing::test_peer;
