mod limits;
mod transport;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use bellwether_bgp::net::{Asn, Family, FamilySet, HoldTime, HoldTimeError, RouterId};

use super::{Name, Peer, Problems, Reach};

/// As much as fits a line of a log.
const MAX_DESCRIPTION_OCTETS: usize = 255;

/// A peer as somebody wrote it: nothing is checked yet, and `None` asks for the default.
///
/// The configuration file and the API both arrive here, so that a rule is stated once.
#[derive(Clone, Debug, Default)]
pub(crate) struct PeerSpec {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) address: String,
    pub(crate) port: Option<i64>,
    pub(crate) peer_asn: Option<i64>,
    pub(crate) local_asn: Option<i64>,
    pub(crate) passive: bool,
    pub(crate) hold_time: Option<Duration>,
    pub(crate) connect_retry_time: Option<Duration>,
    pub(crate) families: Option<FamilySet>,
    pub(crate) local_address: Option<String>,
    pub(crate) interface: Option<String>,
    pub(crate) multihop: Option<i64>,
    pub(crate) ttl_security: Option<i64>,
    pub(crate) md5_secret_file: Option<String>,
    pub(crate) max_prefixes: Option<i64>,
    pub(crate) max_prefixes_warning_only: bool,
    pub(crate) max_prefixes_restart: Option<Duration>,
    pub(crate) next_hop_ipv4: Option<String>,
    pub(crate) next_hop_ipv6: Option<String>,
    pub(crate) router_id: Option<String>,
    pub(crate) required: Option<bool>,
}

/// What the writer of a peer calls its fields, so that a problem names the key that he wrote.
#[derive(Debug)]
pub(crate) struct PeerKeys {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) address: &'static str,
    pub(crate) port: &'static str,
    pub(crate) peer_asn: &'static str,
    pub(crate) local_asn: &'static str,
    pub(crate) hold_time: &'static str,
    pub(crate) connect_retry_time: &'static str,
    pub(crate) families: &'static str,
    pub(crate) local_address: &'static str,
    pub(crate) interface: &'static str,
    pub(crate) multihop: &'static str,
    pub(crate) ttl_security: &'static str,
    pub(crate) md5_secret_file: &'static str,
    pub(crate) max_prefixes: &'static str,
    pub(crate) max_prefixes_warning_only: &'static str,
    pub(crate) max_prefixes_restart: &'static str,
    pub(crate) next_hop_ipv4: &'static str,
    pub(crate) next_hop_ipv6: &'static str,
    pub(crate) router_id: &'static str,
}

/// What a peer inherits from the speaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Defaults {
    pub(crate) asn: Asn,
    pub(crate) router_id: RouterId,
}

impl PeerSpec {
    /// The peer, or `None` and everything that is wrong with it noted under `path`.
    pub(crate) fn check(
        self,
        defaults: Defaults,
        keys: &PeerKeys,
        path: &str,
        problems: &mut Problems,
    ) -> Option<Peer> {
        let key = |field: &str| format!("{path}.{field}");
        let name = problems.check(&key(keys.name), self.name.parse::<Name>());
        let description = description(self.description.as_deref());
        let description = problems.check(&key(keys.description), description);
        let address = transport::address(&self.address, self.interface.as_deref());
        let address = problems.check(&key(keys.address), address);
        let interface = transport::interface(self.interface.as_deref(), address.as_ref());
        let interface = problems.check(&key(keys.interface), interface);
        let port = number(self.port, 1..=u16::MAX.into(), Peer::DEFAULT_PORT);
        let port = problems.check(&key(keys.port), port);
        let peer_asn = self
            .peer_asn
            .ok_or_else(|| "is missing".to_owned())
            .and_then(asn);
        let peer_asn = problems.check(&key(keys.peer_asn), peer_asn);
        let local_asn = self.local_asn.map_or(Ok(defaults.asn), asn);
        let local_asn = problems.check(&key(keys.local_asn), local_asn);
        let hold_time = self.hold_time.map_or(Ok(HoldTime::DEFAULT), hold_time);
        let hold_time = problems.check(&key(keys.hold_time), hold_time);
        let retry = connect_retry_time(self.connect_retry_time);
        let connect_retry_time = problems.check(&key(keys.connect_retry_time), retry);
        let families = families(self.families);
        let families = problems.check(&key(keys.families), families);
        let local_address =
            transport::local_address(self.local_address.as_deref(), address.as_ref());
        let local_address = problems.check(&key(keys.local_address), local_address);
        let usual = match (peer_asn, local_asn) {
            (Some(peer), Some(local)) if peer == local => Reach::IBGP,
            _ => Reach::EBGP,
        };
        let multihop = problems.check(&key(keys.multihop), transport::multihop(self.multihop));
        let security = transport::ttl_security(self.ttl_security, self.multihop, keys);
        let security = problems.check(&key(keys.ttl_security), security);
        let md5 = transport::md5(self.md5_secret_file.as_deref());
        let md5 = problems.check(&key(keys.md5_secret_file), md5);
        let max_prefixes = limits::max_prefixes(&self, keys, &key, problems);
        let next_hop_ipv4 = next_hop::<Ipv4Addr>(self.next_hop_ipv4.as_deref(), "IPv4");
        let next_hop_ipv4 = problems.check(&key(keys.next_hop_ipv4), next_hop_ipv4);
        let next_hop_ipv6 = next_hop::<Ipv6Addr>(self.next_hop_ipv6.as_deref(), "IPv6");
        let next_hop_ipv6 = problems.check(&key(keys.next_hop_ipv6), next_hop_ipv6);
        let router_id = self
            .router_id
            .map_or(Ok(defaults.router_id), |id| id.parse());
        let router_id = problems.check(&key(keys.router_id), router_id);
        Some(Peer {
            name: name?,
            description: description?,
            address: address?,
            port: port?,
            peer_asn: peer_asn?,
            local_asn: local_asn?,
            passive: self.passive,
            hold_time: hold_time?,
            connect_retry_time: connect_retry_time?,
            families: families?,
            local_address: local_address?,
            interface: interface?,
            reach: security?.or(multihop?).unwrap_or(usual),
            md5: md5?,
            max_prefixes: max_prefixes?,
            next_hop_ipv4: next_hop_ipv4?,
            next_hop_ipv6: next_hop_ipv6?,
            router_id: router_id?,
            required: self.required.unwrap_or(true),
        })
    }
}

fn number(value: Option<i64>, allowed: RangeInclusive<i64>, default: u16) -> Result<u16, String> {
    let Some(value) = value else {
        return Ok(default);
    };
    let refuse = || format!("{value} is not in {} to {}", allowed.start(), allowed.end());
    match u16::try_from(value) {
        Ok(number) if allowed.contains(&value) => Ok(number),
        _ => Err(refuse()),
    }
}

/// An AS number of any integer.
pub(crate) fn asn(value: i64) -> Result<Asn, String> {
    u32::try_from(value)
        .map_err(|_| format!("{value} is not an AS number (1 to 4294967295)"))
        .and_then(|number| Asn::new(number).map_err(|error| error.to_string()))
}

fn hold_time(time: Duration) -> Result<HoldTime, String> {
    if time.subsec_nanos() != 0 {
        return Err(format!("{time:?} is not a whole number of seconds"));
    }
    u16::try_from(time.as_secs())
        .map_err(|_| HoldTimeError(time.as_secs()))
        .and_then(HoldTime::from_secs)
        .map_err(|error| error.to_string())
}

fn connect_retry_time(time: Option<Duration>) -> Result<Duration, String> {
    let allowed = Duration::from_secs(1)..=Duration::from_secs(65535);
    let time = time.unwrap_or(Peer::DEFAULT_CONNECT_RETRY_TIME);
    if allowed.contains(&time) {
        Ok(time)
    } else {
        Err(format!("{time:?} is not in 1s to 65535s"))
    }
}

fn families(families: Option<FamilySet>) -> Result<FamilySet, &'static str> {
    match families {
        None => Ok(FamilySet::ALL),
        Some(set) if set.is_empty() => Err("names no family; leave it out to offer all of them"),
        Some(set) => Ok(set),
    }
}

/// One line for people.
fn description(text: Option<&str>) -> Result<String, String> {
    let text = text.unwrap_or_default();
    if let Some(control) = text.chars().find(|c| c.is_control()) {
        return Err(format!("has the control character {control:?}"));
    }
    match text.len() {
        0..=MAX_DESCRIPTION_OCTETS => Ok(text.to_owned()),
        octets => Err(format!(
            "has {octets} octets, at most {MAX_DESCRIPTION_OCTETS} are allowed"
        )),
    }
}

fn next_hop<A: FromStr + Into<IpAddr> + Copy>(
    text: Option<&str>,
    kind: &str,
) -> Result<Option<A>, String> {
    text.map(|text| unicast(text, kind)).transpose()
}

/// An address that a packet can be sent to.
pub(crate) fn unicast<A: FromStr + Into<IpAddr> + Copy>(
    text: &str,
    kind: &str,
) -> Result<A, String> {
    let address: A = text
        .parse()
        .map_err(|_| format!("{text:?} is not an {kind} address"))?;
    let ip: IpAddr = address.into();
    if ip.is_unspecified() || ip.is_multicast() || ip == IpAddr::V4(Ipv4Addr::BROADCAST) {
        return Err(format!("{ip} is not a unicast address"));
    }
    Ok(address)
}

/// A family by the name that it is printed with.
pub(crate) fn family(text: &str) -> Result<Family, String> {
    Family::ALL
        .into_iter()
        .find(|family| family.to_string() == text)
        .ok_or_else(|| format!("{text:?} is not a family (ipv4-unicast, ipv6-unicast)"))
}
