//! The custom resources of group `bellwether.dev`, version `v1alpha1`.
//!
//! Kinds and fields are named as MetalLB names them, so that people's YAML and habits carry over. A
//! field that is not supported is not declared, and a field that is not declared is an error: nothing
//! that a person writes is silently without effect. All kinds are cluster-scoped, as what they
//! describe is.

mod bgp_advertisement;
mod bgp_peer;
mod ip_address_pool;

pub use bgp_advertisement::{BGPAdvertisement, BGPAdvertisementSpec};
pub use bgp_peer::{BGPPeer, BGPPeerSpec};
pub use ip_address_pool::{IPAddressPool, IPAddressPoolSpec};

/// The API group of the kinds here.
pub const GROUP: &str = "bellwether.dev";
/// The version of the kinds here, with the group, as manifests name it.
pub const API_VERSION: &str = "bellwether.dev/v1alpha1";
