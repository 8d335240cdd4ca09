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

/// What cannot be used of a node is left out of it and told: a node that counted as gone would lose its
/// sessions.
pub(super) fn parse(node: &core::Node) -> (Node, Vec<Problem>) {
    let mut problems = Vec::new();
    let labels = node.metadata.labels.clone().unwrap_or_default();
    let status = node.status.as_ref();
    let conditions = status
        .and_then(|status| status.conditions.as_deref())
        .unwrap_or_default();
    let node = Node {
        addresses: addresses(status, &mut problems),
        pod_networks: pod_networks(node.spec.as_ref(), &mut problems),
        excluded: labels.contains_key(EXCLUDE),
        network_unavailable: conditions
            .iter()
            .any(|condition| condition.type_ == "NetworkUnavailable" && condition.status == "True"),
        labels,
    };
    (node, problems)
}

fn addresses(status: Option<&core::NodeStatus>, problems: &mut Vec<Problem>) -> Vec<IpAddr> {
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
            match parse_address(&address.address) {
                Ok(address) => addresses.push(address),
                Err(reason) => problems.push(wrong(reason)),
            }
        }
    }
    addresses
}

fn pod_networks(spec: Option<&core::NodeSpec>, problems: &mut Vec<Problem>) -> Vec<IpNet> {
    let Some(spec) = spec else {
        return Vec::new();
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
        let Ok(network) = cidr.parse::<IpNet>() else {
            problems.push(Problem::new(field, cidr, "not a prefix"));
            continue;
        };
        let network = network.trunc();
        if !networks.contains(&network) {
            networks.push(network);
        }
    }
    networks
}
