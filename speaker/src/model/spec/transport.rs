//! How the neighbor is reached.

use std::net::IpAddr;
use std::num::NonZeroU8;
use std::path::Path;

use super::{PeerKeys, unicast};
use crate::model::{Interface, Md5, Neighbor, Reach, is_link_local};

/// The neighbor's address; a link-local one takes its interface from there if it does not name it itself.
pub(super) fn address(text: &str, interface: Option<&str>) -> Result<Neighbor, String> {
    if text.is_empty() {
        return Err("is missing".to_owned());
    }
    let alone = text.parse::<IpAddr>().ok().filter(|it| is_link_local(*it));
    let interface = interface.and_then(|name| name.parse().ok());
    match alone.and_then(|address| Neighbor::new(address, Some(interface?))) {
        Some(neighbor) => Ok(neighbor),
        None => text.parse(),
    }
}

pub(super) fn interface(
    text: Option<&str>,
    address: Option<&Neighbor>,
) -> Result<Option<Interface>, String> {
    let zone = address.and_then(Neighbor::zone);
    let Some(text) = text else {
        return Ok(zone.cloned());
    };
    let interface = text.parse().map_err(|error| format!("{error}"))?;
    match zone {
        Some(zone) if *zone != interface => Err(format!(
            "{interface} is not the interface of the peer's address, {zone}"
        )),
        _ => Ok(Some(interface)),
    }
}

pub(super) fn local_address(
    text: Option<&str>,
    peer: Option<&Neighbor>,
) -> Result<Option<IpAddr>, String> {
    let Some(text) = text else {
        return Ok(None);
    };
    let local: IpAddr = unicast(text, "IP")?;
    let Some(peer) = peer.map(Neighbor::address) else {
        return Ok(Some(local));
    };
    if peer.is_ipv4() != local.is_ipv4() {
        return Err(format!(
            "{local} is not of the same family as the peer's address {peer}"
        ));
    }
    if is_link_local(local) && !is_link_local(peer) {
        return Err(format!(
            "{local} is link-local, and cannot reach the peer's address {peer}"
        ));
    }
    Ok(Some(local))
}

pub(super) fn multihop(ttl: Option<i64>) -> Result<Option<Reach>, String> {
    Ok(hops(ttl, 255)?.map(Reach::Multihop))
}

pub(super) fn ttl_security(
    number: Option<i64>,
    multihop: Option<i64>,
    keys: &PeerKeys,
) -> Result<Option<Reach>, String> {
    let security = hops(number, 254)?.map(|hops| Reach::TtlSecurity { hops });
    match (security, multihop) {
        (Some(_), Some(_)) => Err(format!(
            "cannot be together with {}: both say how far the peer is",
            keys.multihop
        )),
        _ => Ok(security),
    }
}

fn hops(number: Option<i64>, most: u8) -> Result<Option<NonZeroU8>, String> {
    let Some(number) = number else {
        return Ok(None);
    };
    u8::try_from(number)
        .ok()
        .filter(|hops| *hops <= most)
        .and_then(NonZeroU8::new)
        .map(Some)
        .ok_or_else(|| format!("{number} is not in 1 to {most}"))
}

pub(super) fn md5(file: Option<&str>) -> Result<Option<Md5>, String> {
    let Some(file) = file.map(Path::new) else {
        return Ok(None);
    };
    if file.is_relative() {
        return Err(format!(
            "{} is not an absolute path: it would depend on where the speaker was started",
            file.display()
        ));
    }
    Md5::read(file).map(Some).map_err(|error| error.to_string())
}
