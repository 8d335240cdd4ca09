//! IPAddressPool.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Addresses that Services may have. An address outside of every pool is never announced and never
/// programmed, whatever a Service says.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "bellwether.dev",
    version = "v1alpha1",
    kind = "IPAddressPool",
    plural = "ipaddresspools",
    derive = "PartialEq"
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IPAddressPoolSpec {
    /// Prefixes (`192.0.2.0/24`, `2001:db8::/120`) and inclusive ranges (`192.0.2.10-192.0.2.20`), of
    /// both families; at least one. No address may be in two pools.
    pub addresses: Vec<String>,
}
