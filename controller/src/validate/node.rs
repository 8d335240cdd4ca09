//! Node.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use k8s_openapi::api::core::v1 as core;

use super::Problem;
use super::address::parse_address;

/// The label by which a person takes a node out of load balancing, whatever its value.
const EXCLUDE: &str = "node.kubernetes.io/exclude-from-external-load-balancers";

/// A node, as far as announcing and forwarding care.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// The object's labels.
    pub labels: BTreeMap<String, String>,
    /// Its own addresses (`InternalIP` and `ExternalIP`), `InternalIP` first.
    pub addresses: Vec<IpAddr>,
    /// The networks of its pods.
    pub pod_networks: Vec<IpNet>,
    /// Whether it is labelled `node.kubernetes.io/exclude-from-external-load-balancers`.
    pub excluded: bool,
    /// Whether its condition `NetworkUnavailable` is `True`.
    pub network_unavailable: bool,
}

pub(super) fn parse(node: &core::Node) -> Result<Node, Problem> {
    let labels = node.metadata.labels.clone().unwrap_or_default();
    let status = node.status.as_ref();
    let conditions = status
        .and_then(|status| status.conditions.as_deref())
        .unwrap_or_default();
    Ok(Node {
        addresses: addresses(status)?,
        pod_networks: pod_networks(node.spec.as_ref())?,
        excluded: labels.contains_key(EXCLUDE),
        network_unavailable: conditions
            .iter()
            .any(|condition| condition.type_ == "NetworkUnavailable" && condition.status == "True"),
        labels,
    })
}

fn addresses(status: Option<&core::NodeStatus>) -> Result<Vec<IpAddr>, Problem> {
    let all = status
        .and_then(|status| status.addresses.as_deref())
        .unwrap_or_default();
    let mut addresses = Vec::new();
    for wanted in ["InternalIP", "ExternalIP"] {
        let numbered = all
            .iter()
            .enumerate()
            .filter(|(_, address)| address.type_ == wanted);
        for (index, address) in numbered {
            let field = || format!("status.addresses[{index}].address");
            let wrong = |reason| Problem::new(field(), &address.address, reason);
            addresses.push(parse_address(&address.address).map_err(wrong)?);
        }
    }
    Ok(addresses)
}

fn pod_networks(spec: Option<&core::NodeSpec>) -> Result<Vec<IpNet>, Problem> {
    let Some(spec) = spec else {
        return Ok(Vec::new());
    };
    let many = spec.pod_cidrs.as_deref().unwrap_or_default();
    let many = many
        .iter()
        .enumerate()
        .map(|(i, cidr)| (format!("spec.podCIDRs[{i}]"), cidr));
    let one = spec
        .pod_cidr
        .iter()
        .map(|cidr| ("spec.podCIDR".to_owned(), cidr));
    let mut networks = Vec::new();
    for (field, cidr) in one.chain(many) {
        let parsed: Result<IpNet, _> = cidr.parse();
        let network = parsed
            .map_err(|_| Problem::new(field, cidr, "not a prefix"))?
            .trunc();
        if !networks.contains(&network) {
            networks.push(network);
        }
    }
    Ok(networks)
}
