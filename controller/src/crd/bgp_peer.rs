//! BGPPeer.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::CustomResource;
use kube::core::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A router to have a BGP session with, from each selected node.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "bellwether.dev",
    version = "v1alpha1",
    kind = "BGPPeer",
    plural = "bgppeers",
    derive = "PartialEq"
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BGPPeerSpec {
    /// The nodes' AS on this session, 1 to 4294967295.
    #[serde(rename = "myASN")]
    pub my_asn: u32,
    /// The router's AS, 1 to 4294967295.
    #[serde(rename = "peerASN")]
    pub peer_asn: u32,
    /// The router's address: of one host, and not link-local.
    pub peer_address: String,
    /// The router's port, 1 to 65535. Default 179.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer_port: Option<u16>,
    /// The node's address to connect from, of the family of `peerAddress`. Default: the kernel's choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_address: Option<String>,
    /// The hold time to propose, in whole seconds: `0s` (no keepalives), or `3s` to `65535s`. Default `90s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_time: Option<Duration>,
    /// How long to wait before connecting again, in whole seconds, `1s` to `65535s`. Default `5s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect_time: Option<Duration>,
    /// The nodes' router ID on this session, as an IPv4 address. Default: the speaker's own.
    #[serde(rename = "routerID", default, skip_serializing_if = "Option::is_none")]
    pub router_id: Option<String>,
    /// Wait for the router to connect, and do not connect. Default false.
    #[serde(default)]
    pub passive: bool,
    /// The nodes that have this session: those that match one of these. Default: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub node_selectors: Vec<LabelSelector>,
}
