//! Service.

use std::collections::BTreeMap;
use std::net::IpAddr;

use k8s_openapi::api::core::v1 as core;
use k8s_openapi::jiff::Timestamp;

use super::address::{check_usable, parse_address};
use super::{Extent, Problem, Rejected, Valid};
use crate::forward::model::{Protocol, TrafficPolicy};
use crate::object::ServiceKey;

/// The `spec.loadBalancerClass` of the Services that are ours, beside those that state none.
pub const LOAD_BALANCER_CLASS: &str = "bellwether.dev/speaker";

/// The annotations by which a person names a Service's addresses, as a comma list. They mean the same.
const ADDRESS_ANNOTATIONS: [&str; 2] = [
    "bellwether.dev/loadBalancerIPs",
    "metallb.io/loadBalancerIPs",
];

/// A Service that is ours to announce.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Its name.
    pub key: ServiceKey,
    /// When it was made; who comes first keeps an address.
    pub created: Option<Timestamp>,
    /// Named by annotation, or else in the status; each once.
    pub addresses: Vec<IpAddr>,
    /// Its `externalTrafficPolicy`; `Cluster` if it states none.
    pub policy: TrafficPolicy,
    /// No two have the same protocol and port.
    pub ports: Vec<ServicePort>,
    /// Which pods are behind it.
    pub selector: BTreeMap<String, String>,
}

/// A port of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    /// Empty for an unnamed one. EndpointSlices name their target port the same.
    pub name: String,
    /// Default TCP.
    pub protocol: Protocol,
    /// 1 to 65535.
    pub port: u16,
}

/// Checks a Service. `None`: it is somebody else's, by its type or class.
///
/// # Errors
///
/// When it is ours, but cannot be used.
pub fn service(
    key: &ServiceKey,
    object: &core::Service,
) -> Result<Option<Valid<Service>>, Box<Rejected>> {
    let spec = object.spec.clone().unwrap_or_default();
    let class = spec
        .load_balancer_class
        .as_deref()
        .unwrap_or(LOAD_BALANCER_CLASS);
    if spec.type_.as_deref() != Some("LoadBalancer") || class != LOAD_BALANCER_CLASS {
        return Ok(None);
    }
    let parsed = parse(key, object, &spec);
    parsed.map(Some).map_err(|problem| {
        Box::new(Rejected {
            object: key.into(),
            extent: Extent::Object,
            problem,
        })
    })
}

fn parse(
    key: &ServiceKey,
    object: &core::Service,
    spec: &core::ServiceSpec,
) -> Result<Valid<Service>, Problem> {
    Ok(Valid(Service {
        key: key.clone(),
        created: object
            .metadata
            .creation_timestamp
            .as_ref()
            .map(|time| time.0),
        addresses: addresses(object)?,
        policy: policy(spec.external_traffic_policy.as_deref())?,
        ports: ports(spec.ports.as_deref().unwrap_or_default())?,
        selector: spec.selector.clone().unwrap_or_default(),
    }))
}

fn addresses(object: &core::Service) -> Result<Vec<IpAddr>, Problem> {
    let annotations = object.metadata.annotations.as_ref();
    let mut named: Option<(&str, Vec<IpAddr>)> = None;
    for annotation in ADDRESS_ANNOTATIONS {
        let Some(text) = annotations.and_then(|all| all.get(annotation)) else {
            continue;
        };
        let field = format!("metadata.annotations[{annotation}]");
        let mut addresses = parse_addresses(&field, text.split(','))?;
        addresses.sort();
        match &named {
            Some((other, others)) if *others != addresses => {
                let reason = format!("not the same as annotation {other}; set one of them");
                return Err(Problem::new(field, text, reason));
            }
            _ => named = Some((annotation, addresses)),
        }
    }
    match named {
        Some((_, addresses)) => Ok(addresses),
        None => status_addresses(object),
    }
}

fn status_addresses(object: &core::Service) -> Result<Vec<IpAddr>, Problem> {
    let status = object
        .status
        .as_ref()
        .and_then(|status| status.load_balancer.as_ref());
    let ingress = status
        .and_then(|status| status.ingress.as_deref())
        .unwrap_or_default();
    let texts = ingress.iter().filter_map(|ingress| ingress.ip.as_deref());
    parse_addresses("status.loadBalancer.ingress", texts)
}

fn parse_addresses<'t>(
    field: &str,
    texts: impl Iterator<Item = &'t str>,
) -> Result<Vec<IpAddr>, Problem> {
    let mut addresses = Vec::new();
    for text in texts {
        let wrong = |reason| Problem::new(field, text, reason);
        let address = parse_address(text).map_err(wrong)?;
        check_usable(address).map_err(wrong)?;
        if addresses.contains(&address) {
            return Err(wrong("named twice".to_owned()));
        }
        addresses.push(address);
    }
    Ok(addresses)
}

fn policy(text: Option<&str>) -> Result<TrafficPolicy, Problem> {
    match text {
        None | Some("" | "Cluster") => Ok(TrafficPolicy::Cluster),
        Some("Local") => Ok(TrafficPolicy::Local),
        Some(other) => Err(Problem::new(
            "spec.externalTrafficPolicy",
            other,
            "expected Cluster or Local",
        )),
    }
}

fn ports(objects: &[core::ServicePort]) -> Result<Vec<ServicePort>, Problem> {
    let mut ports: Vec<ServicePort> = Vec::with_capacity(objects.len());
    for (index, object) in objects.iter().enumerate() {
        let field = |name| format!("spec.ports[{index}].{name}");
        let protocol = parse_protocol(&field("protocol"), object.protocol.as_deref())?;
        let wrong = |reason| Problem::new(field("port"), object.port, reason);
        let port = u16::try_from(object.port).ok().filter(|port| *port > 0);
        let port = port.ok_or_else(|| wrong("a port is 1 to 65535"))?;
        if ports
            .iter()
            .any(|other| (other.protocol, other.port) == (protocol, port))
        {
            return Err(wrong(
                "another port of the Service has the same protocol and number",
            ));
        }
        ports.push(ServicePort {
            name: object.name.clone().unwrap_or_default(),
            protocol,
            port,
        });
    }
    Ok(ports)
}

/// Parses a protocol; none stated means TCP.
pub(super) fn parse_protocol(field: &str, text: Option<&str>) -> Result<Protocol, Problem> {
    match text {
        None | Some("" | "TCP") => Ok(Protocol::Tcp),
        Some("UDP") => Ok(Protocol::Udp),
        Some("SCTP") => Ok(Protocol::Sctp),
        Some(other) => Err(Problem::new(field, other, "expected TCP, UDP or SCTP")),
    }
}
