//! What the routers of a lab say, in their own words, read back as sets of node names.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::Lab;

/// One route of `ip -json route show`.
#[derive(Deserialize)]
struct KernelRoute {
    dev: Option<String>,
    #[serde(default)]
    nexthops: Vec<KernelNextHop>,
}

#[derive(Deserialize)]
struct KernelNextHop {
    dev: String,
    #[serde(default)]
    flags: Vec<String>,
}

/// One path of `gobgp -j global rib`.
#[derive(Deserialize)]
struct GobgpPath {
    #[serde(rename = "neighbor-ip")]
    neighbor: Option<IpAddr>,
}

/// The address of a Service as a prefix.
pub(crate) fn host_prefix(vip: IpAddr) -> String {
    format!("{vip}/{}", if vip.is_ipv4() { 32 } else { 128 })
}

/// The nodes over which the kernel of node `bird` spreads a Service's traffic. Its interfaces are named as the nodes.
pub(crate) fn kernel_next_hops(lab: &Lab, vip: IpAddr) -> Result<BTreeSet<String>> {
    let family = if vip.is_ipv4() { "-4" } else { "-6" };
    let argv = ["ip", "-json", family, "route", "show", &host_prefix(vip)];
    let output = lab.output("bird", &argv)?;
    let output = if output.trim().is_empty() {
        "[]"
    } else {
        &output
    };
    let routes: Vec<KernelRoute> =
        serde_json::from_str(output).with_context(|| format!("ip route said {output}"))?;
    let one = |route: KernelRoute| {
        let several = route.nexthops.into_iter();
        let alive = several.filter(|hop| !hop.flags.iter().any(|flag| flag == "dead"));
        route
            .dev
            .into_iter()
            .chain(alive.map(|hop| hop.dev))
            .collect::<Vec<_>>()
    };
    Ok(routes.into_iter().flat_map(one).collect())
}

/// The nodes from which BIRD has the route. Its protocols are named `NODE_FAMILY`.
pub(crate) fn bird_paths(lab: &Lab, vip: IpAddr) -> Result<BTreeSet<String>> {
    let output = lab
        .exec("bird", &["birdc", "show", "route", &host_prefix(vip)])?
        .stdout;
    let protocols = output
        .split('[')
        .skip(1)
        .filter_map(|text| text.split([' ', ']']).next());
    Ok(protocols
        .filter_map(|name| name.split_once('_'))
        .map(|(node, _)| node.to_owned())
        .collect())
}

/// The nodes from which GoBGP has the route. A node's address ends with its number.
pub(crate) fn gobgp_paths(lab: &Lab, vip: IpAddr) -> Result<BTreeSet<String>> {
    let family = if vip.is_ipv4() { "ipv4" } else { "ipv6" };
    let output = lab.output("gobgp", &["gobgp", "--json", "global", "rib", "-a", family])?;
    let rib: BTreeMap<String, Vec<GobgpPath>> = match serde_json::from_str(&output) {
        Ok(rib) => rib,
        // An empty table is not an empty object but a sentence.
        Err(_) if !output.trim_start().starts_with('{') => BTreeMap::new(),
        Err(error) => return Err(error).with_context(|| format!("gobgp said {output}")),
    };
    let paths = rib
        .into_iter()
        .filter(|(prefix, _)| *prefix == host_prefix(vip));
    Ok(paths
        .flat_map(|(_, paths)| paths)
        .filter_map(|path| node_of(path.neighbor?))
        .collect())
}

fn node_of(address: IpAddr) -> Option<String> {
    match address {
        IpAddr::V4(address) => Some(format!("n{}", address.octets().last()?)),
        IpAddr::V6(address) => Some(format!("n{:x}", address.segments().last()?)),
    }
}
