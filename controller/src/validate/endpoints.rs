//! EndpointSlice.

use std::net::IpAddr;

use k8s_openapi::api::discovery::v1 as discovery;

use super::address::parse_address;
use super::service::parse_protocol;
use super::{Extent, Problem, Rejected};
use crate::forward::model::Protocol;
use crate::object::{Kind, ObjectRef};

/// One address of an endpoint, with one of its ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SliceEndpoint {
    /// The pod's address.
    pub address: IpAddr,
    /// The target port's name; empty for an unnamed one.
    pub port_name: String,
    /// The target port's protocol.
    pub protocol: Protocol,
    /// The target port.
    pub port: u16,
    /// Whether it takes new connections. Unstated means yes.
    pub ready: bool,
    /// Whether it can serve, if only while it terminates. Unstated means as `ready` says.
    pub serving: bool,
    /// Whether it is going away. Unstated means no.
    pub terminating: bool,
    /// The node it runs on.
    pub node: Option<String>,
}

/// The endpoints of a slice, one for each address and port. A slice of host names has none.
///
/// # Errors
///
/// When an address or port cannot be used: the slice is rejected.
pub fn endpoints(slice: &discovery::EndpointSlice) -> Result<Vec<SliceEndpoint>, Box<Rejected>> {
    parse(slice).map_err(|problem| {
        let name = slice.metadata.name.clone().unwrap_or_default();
        let namespace = slice.metadata.namespace.clone();
        let namespace = namespace.unwrap_or_else(|| "default".to_owned());
        let object = ObjectRef {
            kind: Kind::EndpointSlice,
            namespace,
            name,
        };
        Box::new(Rejected {
            object,
            extent: Extent::Object,
            problem,
        })
    })
}

fn parse(slice: &discovery::EndpointSlice) -> Result<Vec<SliceEndpoint>, Problem> {
    let ipv4 = match slice.address_type.as_str() {
        "IPv4" => true,
        "IPv6" => false,
        "FQDN" => return Ok(Vec::new()),
        other => {
            return Err(Problem::new(
                "addressType",
                other,
                "expected IPv4, IPv6 or FQDN",
            ));
        }
    };
    let ports = ports(slice)?;
    let mut endpoints = Vec::new();
    for (index, endpoint) in slice.endpoints.iter().enumerate() {
        // Consumers use the first address alone: the API says that the others mean the same.
        let Some(text) = endpoint.addresses.first() else {
            continue;
        };
        let wrong = |reason| Problem::new(format!("endpoints[{index}].addresses[0]"), text, reason);
        let address = parse_address(text).map_err(wrong)?;
        if address.is_ipv4() != ipv4 {
            return Err(wrong(format!("not of addressType {}", slice.address_type)));
        }
        // RFC 1122, 3.2.1.3: a loopback address must not be sent to from outside of its host.
        if address.is_loopback() || address.is_multicast() || address.is_unspecified() {
            return Err(wrong("not an address of a pod".to_owned()));
        }
        endpoints.extend(ports.iter().map(|port| one(address, port, endpoint)));
    }
    Ok(endpoints)
}

fn one(
    address: IpAddr,
    (port_name, protocol, port): &(String, Protocol, u16),
    endpoint: &discovery::Endpoint,
) -> SliceEndpoint {
    let conditions = endpoint.conditions.clone().unwrap_or_default();
    let ready = conditions.ready.unwrap_or(true);
    SliceEndpoint {
        address,
        port_name: port_name.clone(),
        protocol: *protocol,
        port: *port,
        ready,
        serving: conditions.serving.unwrap_or(ready),
        terminating: conditions.terminating.unwrap_or(false),
        node: endpoint.node_name.clone(),
    }
}

fn ports(slice: &discovery::EndpointSlice) -> Result<Vec<(String, Protocol, u16)>, Problem> {
    let mut ports = Vec::new();
    for (index, port) in slice.ports.iter().flatten().enumerate() {
        let protocol = parse_protocol(
            &format!("ports[{index}].protocol"),
            port.protocol.as_deref(),
        )?;
        // A port without a number stands for all ports, which a Service's port cannot mean.
        let Some(number) = port.port else { continue };
        let number = u16::try_from(number)
            .ok()
            .filter(|number| *number > 0)
            .ok_or_else(|| {
                Problem::new(
                    format!("ports[{index}].port"),
                    number,
                    "a port is 1 to 65535",
                )
            })?;
        ports.push((port.name.clone().unwrap_or_default(), protocol, number));
    }
    Ok(ports)
}
