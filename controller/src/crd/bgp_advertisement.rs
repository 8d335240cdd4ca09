//! BGPAdvertisement.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which pools' addresses are announced, from which nodes, and with which attributes. Without one
/// that selects its pool and node, an address is not announced.
///
/// Where several select the same pool and node, their communities are united, and those that state
/// `localPref` must state the same. The united communities may take 3072 octets, 4 for each and 12 for each
/// large one.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "bellwether.dev",
    version = "v1alpha1",
    kind = "BGPAdvertisement",
    plural = "bgpadvertisements",
    derive = "PartialEq"
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BGPAdvertisementSpec {
    /// The pools, by name. With no name and no selector: all pools.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ip_address_pools: Vec<String>,
    /// The pools, by label: those that match one of these, beside those named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ip_address_pool_selectors: Vec<LabelSelector>,
    /// The nodes that announce: those that match one of these. Default: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub node_selectors: Vec<LabelSelector>,
    /// The BGPPeers to announce to, by name. Not supported yet: every peer of a node is announced to,
    /// and an advertisement that names peers is rejected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<String>,
    /// `64512:100`, `large:64512:1:2`, or a well-known name as `no-export`. At most 63.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub communities: Vec<String>,
    /// LOCAL_PREF towards iBGP peers. Default, and 0: none stated, which means 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_pref: Option<u32>,
    /// Length of the IPv4 routes. Default 32, and nothing else is supported yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregation_length: Option<u8>,
    /// Length of the IPv6 routes. Default 128, and nothing else is supported yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregation_length_v6: Option<u8>,
}
