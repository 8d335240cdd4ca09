use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::Config;
use crate::model::{ApiSettings, ApiTcp, Defaults, DrainSettings, Peer};

/// The file with every key in it.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    asn: u32,
    router_id: String,
    listen: Vec<String>,
    api: Api,
    drain: Drain,
    peers: Vec<PeerTable>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Api {
    socket: String,
    allow_users: Vec<u32>,
    allow_groups: Vec<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tcp: Option<Tcp>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Tcp {
    listen: String,
    cert: String,
    key: String,
    client_ca: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Drain {
    prepend: u8,
    wait: String,
    grace_period: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct PeerTable {
    name: String,
    address: String,
    asn: u32,
    port: u16,
    passive: bool,
    hold_time: String,
    connect_retry_time: String,
    families: Vec<String>,
    local_address: String,
    local_asn: u32,
    next_hop_ipv4: String,
    next_hop_ipv6: String,
    router_id: String,
}

impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = toml::to_string(&File::from(self)).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

impl From<&Config> for File {
    fn from(config: &Config) -> Self {
        let Config {
            defaults: Defaults { asn, router_id },
            listen,
            socket,
            api: ApiSettings { access, tcp },
            drain,
            peers,
        } = config;
        Self {
            asn: asn.number(),
            router_id: router_id.to_string(),
            listen: listen.iter().map(ToString::to_string).collect(),
            api: Api {
                socket: socket.display().to_string(),
                allow_users: access.users.clone(),
                allow_groups: access.groups.clone(),
                tcp: tcp.as_ref().map(Tcp::from),
            },
            drain: Drain::from(drain),
            peers: peers.iter().map(PeerTable::from).collect(),
        }
    }
}

impl From<&ApiTcp> for Tcp {
    fn from(tcp: &ApiTcp) -> Self {
        let ApiTcp {
            listen,
            cert,
            key,
            client_ca,
        } = tcp;
        Self {
            listen: listen.to_string(),
            cert: cert.display().to_string(),
            key: key.display().to_string(),
            client_ca: client_ca.display().to_string(),
        }
    }
}

impl From<&DrainSettings> for Drain {
    fn from(drain: &DrainSettings) -> Self {
        let DrainSettings {
            prepend,
            wait,
            grace,
        } = drain;
        Self {
            prepend: *prepend,
            wait: time(*wait),
            grace_period: time(*grace),
        }
    }
}

impl From<&Peer> for PeerTable {
    fn from(peer: &Peer) -> Self {
        let Peer {
            name,
            address,
            port,
            peer_asn,
            local_asn,
            passive,
            hold_time,
            connect_retry_time,
            families,
            local_address,
            next_hop_ipv4,
            next_hop_ipv6,
            router_id,
        } = peer;
        Self {
            name: name.to_string(),
            address: address.to_string(),
            asn: peer_asn.number(),
            port: *port,
            passive: *passive,
            hold_time: format!("{}s", hold_time.as_secs()),
            connect_retry_time: time(*connect_retry_time),
            families: families.iter().map(|family| family.to_string()).collect(),
            local_address: local_address.map_or_else(String::new, |a| a.to_string()),
            local_asn: local_asn.number(),
            next_hop_ipv4: next_hop_ipv4.map_or_else(String::new, |a| a.to_string()),
            next_hop_ipv6: next_hop_ipv6.map_or_else(String::new, |a| a.to_string()),
            router_id: router_id.to_string(),
        }
    }
}

/// In seconds where they are whole, as people write it.
fn time(time: Duration) -> String {
    match time.subsec_nanos() {
        0 => format!("{}s", time.as_secs()),
        _ => humantime::format_duration(time).to_string(),
    }
}
