use std::fmt;
use std::time::Duration;

use bellwether_bgp::egress::RouteAttributes;
use serde::Serialize;

use super::{Config, Logging, StaticRoute};
use crate::check::{Check, Probe};
use crate::model::{ApiSettings, ApiTcp, Beyond, Defaults, DrainSettings, Name, Peer, Reach};

/// The file with every key in it.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    asn: u32,
    router_id: String,
    listen: Vec<String>,
    api: Api,
    drain: Drain,
    metrics: Metrics,
    logging: LoggingTable,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    peers: Vec<PeerTable>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checks: Vec<CheckTable>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    routes: Vec<RouteTable>,
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
struct Metrics {
    listen: String,
}

#[derive(Serialize)]
struct LoggingTable {
    level: String,
    format: String,
}

#[derive(Serialize)]
struct CheckTable {
    name: String,
    #[serde(flatten)]
    probe: ProbeKey,
    interval: String,
    timeout: String,
    rise: u32,
    fall: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum ProbeKey {
    Command(Vec<String>),
    Tcp(String),
    Http(String),
}

/// TOML has no word for what is not there: such keys are left out.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct RouteTable {
    prefix: String,
    communities: Vec<String>,
    large_communities: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    local_pref: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    med: Option<u32>,
    prepend: u8,
    next_hop: String,
    check: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct PeerTable {
    name: String,
    description: String,
    address: String,
    asn: u32,
    port: u16,
    passive: bool,
    hold_time: String,
    connect_retry_time: String,
    families: Vec<String>,
    local_address: String,
    interface: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    multihop: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl_security: Option<u8>,
    md5_secret_file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_prefixes: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_prefixes_warning_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_prefixes_restart: Option<String>,
    local_asn: u32,
    next_hop_ipv4: String,
    next_hop_ipv6: String,
    router_id: String,
    required: bool,
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
            metrics,
            logging: Logging { level, format },
            peers,
            checks,
            routes,
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
            metrics: Metrics {
                listen: metrics.map_or_else(String::new, |address| address.to_string()),
            },
            logging: LoggingTable {
                level: level.clone(),
                format: format.name().to_owned(),
            },
            peers: peers.iter().map(PeerTable::from).collect(),
            checks: checks.iter().map(CheckTable::from).collect(),
            routes: routes.iter().map(RouteTable::from).collect(),
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
            description,
            address,
            port,
            peer_asn,
            local_asn,
            passive,
            hold_time,
            connect_retry_time,
            families,
            local_address,
            interface,
            reach,
            md5,
            max_prefixes,
            next_hop_ipv4,
            next_hop_ipv6,
            router_id,
            required,
        } = peer;
        let (multihop, ttl_security) = match reach {
            Reach::Multihop(ttl) => (Some(ttl.get()), None),
            Reach::TtlSecurity { hops } => (None, Some(hops.get())),
        };
        let (warning_only, restart) = match max_prefixes.map(|max| max.beyond) {
            Some(Beyond::Warn) => (Some(true), None),
            Some(Beyond::Shutdown { restart_after }) => (Some(false), restart_after),
            None => (None, None),
        };
        Self {
            name: name.to_string(),
            description: description.clone(),
            address: address.to_string(),
            asn: peer_asn.number(),
            port: *port,
            passive: *passive,
            hold_time: format!("{}s", hold_time.as_secs()),
            connect_retry_time: time(*connect_retry_time),
            families: families.iter().map(|family| family.to_string()).collect(),
            local_address: local_address.map_or_else(String::new, |a| a.to_string()),
            interface: interface
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            multihop,
            ttl_security,
            md5_secret_file: md5
                .as_ref()
                .map_or_else(String::new, |md5| md5.file().display().to_string()),
            max_prefixes: max_prefixes.map(|max| max.limit),
            max_prefixes_warning_only: warning_only,
            max_prefixes_restart: restart.map(time),
            local_asn: local_asn.number(),
            next_hop_ipv4: next_hop_ipv4.map_or_else(String::new, |a| a.to_string()),
            next_hop_ipv6: next_hop_ipv6.map_or_else(String::new, |a| a.to_string()),
            router_id: router_id.to_string(),
            required: *required,
        }
    }
}

impl From<&Check> for CheckTable {
    fn from(check: &Check) -> Self {
        let Check {
            name,
            probe,
            interval,
            timeout,
            rise,
            fall,
        } = check;
        Self {
            name: name.to_string(),
            probe: match probe {
                Probe::Command(argv) => ProbeKey::Command(argv.clone()),
                Probe::Tcp(address) => ProbeKey::Tcp(address.to_string()),
                Probe::Http(url) => ProbeKey::Http(url.to_string()),
            },
            interval: time(*interval),
            timeout: time(*timeout),
            rise: rise.get(),
            fall: fall.get(),
        }
    }
}

impl From<&StaticRoute> for RouteTable {
    fn from(route: &StaticRoute) -> Self {
        let StaticRoute {
            prefix,
            attributes,
            check,
        } = route;
        let RouteAttributes {
            communities,
            large_communities,
            local_pref,
            med,
            prepend,
            next_hop,
        } = attributes;
        Self {
            prefix: prefix.to_string(),
            communities: communities.iter().map(ToString::to_string).collect(),
            large_communities: large_communities.iter().map(ToString::to_string).collect(),
            local_pref: *local_pref,
            med: *med,
            prepend: *prepend,
            next_hop: next_hop.map_or_else(String::new, |address| address.to_string()),
            check: check.as_ref().map_or_else(String::new, Name::to_string),
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
