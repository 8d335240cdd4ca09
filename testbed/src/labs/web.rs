//! The Service `web` of the first-light lab as a manifest, in the variants that tests need.

use std::fmt;
use std::net::IpAddr;

use serde_json::{Value, json};

/// The Service's IPv4 address.
pub(crate) const VIP_IPV4: &str = "203.0.113.10";
/// The Service's IPv6 address.
pub(crate) const VIP_IPV6: &str = "2001:db8:113::10";
/// The Service's port.
pub(crate) const PORT: u16 = 80;
/// Every pod: its node's number, and its own on that node.
pub(crate) const PODS: [Pod; 6] = [
    Pod(1, 1),
    Pod(1, 2),
    Pod(2, 1),
    Pod(2, 2),
    Pod(3, 1),
    Pod(3, 2),
];

/// Both addresses of the Service.
pub(crate) fn vips() -> [IpAddr; 2] {
    [VIP_IPV4, VIP_IPV6].map(|text| text.parse().unwrap_or(IpAddr::from([0, 0, 0, 0])))
}

/// A pod of the lab, `p12` for the second one of node `n1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pod(pub(crate) u8, pub(crate) u8);

impl Pod {
    /// The name of its node.
    pub(crate) fn node(self) -> String {
        format!("n{}", self.0)
    }
}

impl fmt::Display for Pod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}{}", self.0, self.1)
    }
}

/// How the Service is to be.
#[derive(Debug, Clone)]
pub(crate) struct Web {
    /// `Cluster` or `Local`.
    pub(crate) policy: &'static str,
    /// Ready pods.
    pub(crate) pods: Vec<Pod>,
}

impl Web {
    /// Every pod serves.
    pub(crate) fn everywhere(policy: &'static str) -> Self {
        Self {
            policy,
            pods: PODS.to_vec(),
        }
    }

    /// Only pods of these nodes serve.
    pub(crate) fn on(policy: &'static str, nodes: &[u8]) -> Self {
        let pods = PODS
            .into_iter()
            .filter(|pod| nodes.contains(&pod.0))
            .collect();
        Self { policy, pods }
    }

    /// The Service and its EndpointSlices, as documents of one file.
    pub(crate) fn manifest(&self) -> String {
        let documents = [self.service(), self.slice("IPv4"), self.slice("IPv6")];
        let documents: Vec<_> = documents
            .iter()
            .map(|document| format!("{document:#}"))
            .collect();
        documents.join("\n---\n")
    }

    fn service(&self) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {
                "name": "web",
                "namespace": "default",
                "annotations": {"bellwether.dev/loadBalancerIPs": format!("{VIP_IPV4},{VIP_IPV6}")},
            },
            "spec": {
                "type": "LoadBalancer",
                "ipFamilyPolicy": "RequireDualStack",
                "ipFamilies": ["IPv4", "IPv6"],
                "externalTrafficPolicy": self.policy,
                "ports": [{"name": "http", "port": PORT, "targetPort": 8080, "protocol": "TCP"}],
                "selector": {"app": "web"},
            },
        })
    }

    fn slice(&self, family: &str) -> Value {
        let endpoint = |pod: &Pod| {
            let Pod(node, number) = pod;
            let address = match family {
                "IPv4" => format!("10.244.{node}.1{number}"),
                _ => format!("fd00:244:{node}::1{number}"),
            };
            json!({
                "addresses": [address],
                "nodeName": pod.node(),
                "conditions": {"ready": true},
                "targetRef": {"kind": "Pod", "name": pod.to_string()},
            })
        };
        json!({
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": format!("web-{}", family.to_lowercase()),
                "namespace": "default",
                "labels": {"kubernetes.io/service-name": "web"},
            },
            "addressType": family,
            "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
            "endpoints": self.pods.iter().map(endpoint).collect::<Vec<_>>(),
        })
    }
}
