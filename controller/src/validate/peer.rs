//! BGPPeer.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::RangeInclusive;
use std::time::Duration;

use kube::core::Selector;

use super::address::parse_address;
use super::{Problem, selector};
use crate::crd;

const MAX_NAME_OCTETS: usize = 253;

/// A router to have a session with. What is `None` is the speaker's default.
#[derive(Clone, Debug, PartialEq)]
pub struct Peer {
    /// The object's name.
    pub name: String,
    /// The nodes' AS on the session.
    pub local_asn: u32,
    /// The router's AS.
    pub peer_asn: u32,
    /// The router's address.
    pub address: IpAddr,
    /// The router's port.
    pub port: Option<u16>,
    /// The address to connect from; of the family of `address`.
    pub local_address: Option<IpAddr>,
    /// Whole seconds: 0, or 3 to 65535.
    pub hold_time: Option<Duration>,
    /// Whole seconds: 1 to 65535.
    pub connect_retry_time: Option<Duration>,
    /// The router ID of the node on the session.
    pub router_id: Option<Ipv4Addr>,
    /// Whether to wait for the router to connect.
    pub passive: bool,
    /// The nodes that have the session.
    pub nodes: Vec<Selector>,
}

pub(super) fn parse(name: &str, peer: &crd::BGPPeer) -> Result<Peer, Problem> {
    let crd::BGPPeerSpec {
        my_asn,
        peer_asn,
        peer_address,
        peer_port,
        source_address,
        hold_time,
        connect_time,
        router_id,
        passive,
        node_selectors,
    } = &peer.spec;
    check_name(name)?;
    let address = router("spec.peerAddress", peer_address)?;
    if *peer_port == Some(0) {
        return Err(Problem::new("spec.peerPort", 0, "a port is 1 to 65535"));
    }
    Ok(Peer {
        name: name.to_owned(),
        local_asn: asn("spec.myASN", *my_asn)?,
        peer_asn: asn("spec.peerASN", *peer_asn)?,
        address,
        port: *peer_port,
        local_address: source(source_address.as_deref(), address)?,
        hold_time: seconds("spec.holdTime", *hold_time, Some(0), 3..=65535)?,
        connect_retry_time: seconds("spec.connectTime", *connect_time, None, 1..=65535)?,
        router_id: router_id.as_deref().map(parse_router_id).transpose()?,
        passive: *passive,
        nodes: selector::parse("spec.nodeSelectors", node_selectors)?,
    })
}

/// What the speaker takes as a name. Every name that the API server takes is one.
fn check_name(name: &str) -> Result<(), Problem> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if name.len() <= MAX_NAME_OCTETS && name.chars().all(allowed) {
        return Ok(());
    }
    let reason =
        format!("a name is 1 to {MAX_NAME_OCTETS} letters, digits, `-`, `.` and `_` of ASCII");
    Err(Problem::new("metadata.name", name, reason))
}

fn asn(field: &str, asn: u32) -> Result<u32, Problem> {
    match asn {
        0 => Err(Problem::new(field, asn, "AS 0 is reserved (RFC 7607)")),
        asn => Ok(asn),
    }
}

fn address(field: &str, text: &str) -> Result<IpAddr, Problem> {
    let wrong = |reason| Problem::new(field, text, reason);
    let address = parse_address(text).map_err(wrong)?;
    let broadcast = address == IpAddr::V4(Ipv4Addr::BROADCAST);
    if address.is_unspecified() || address.is_multicast() || broadcast {
        return Err(wrong("not an address of a host".to_owned()));
    }
    Ok(address)
}

fn router(field: &str, text: &str) -> Result<IpAddr, Problem> {
    let address = address(field, text)?;
    let IpAddr::V6(v6) = address else {
        return Ok(address);
    };
    if v6.is_unicast_link_local() {
        let reason = "link-local, which names no interface; give a global or unique local address";
        return Err(Problem::new(field, text, reason));
    }
    match v6.to_ipv4_mapped() {
        Some(v4) => {
            let reason = format!("an IPv4 address written as IPv6 (did you mean {v4}?)");
            Err(Problem::new(field, text, reason))
        }
        None => Ok(address),
    }
}

fn source(text: Option<&str>, peer: IpAddr) -> Result<Option<IpAddr>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let source = address("spec.sourceAddress", text)?;
    if source.is_ipv4() != peer.is_ipv4() {
        let reason = format!("not of the family of spec.peerAddress ({peer})");
        return Err(Problem::new("spec.sourceAddress", text, reason));
    }
    Ok(Some(source))
}

fn parse_router_id(text: &str) -> Result<Ipv4Addr, Problem> {
    let id = text
        .parse::<Ipv4Addr>()
        .ok()
        .filter(|id| !id.is_unspecified());
    id.ok_or_else(|| {
        Problem::new(
            "spec.routerID",
            text,
            "a router ID is an IPv4 address, not 0.0.0.0",
        )
    })
}

/// Checks a time of whole seconds that is in the range, or is the one special value.
fn seconds(
    field: &str,
    time: Option<kube::core::Duration>,
    special: Option<u64>,
    range: RangeInclusive<u64>,
) -> Result<Option<Duration>, Problem> {
    let Some(written) = time else { return Ok(None) };
    let time = Duration::from(written);
    let whole = time.subsec_nanos() == 0 && !written.is_negative();
    if whole && (special == Some(time.as_secs()) || range.contains(&time.as_secs())) {
        return Ok(Some(time));
    }
    let special = special
        .map(|special| format!("{special}s, or "))
        .unwrap_or_default();
    let reason = format!(
        "must be whole seconds: {special}{}s to {}s",
        range.start(),
        range.end()
    );
    Err(Problem::new(field, format!("{time:?}"), reason))
}
