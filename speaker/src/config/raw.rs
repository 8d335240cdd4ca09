//! What the file may say, key by key.

use std::net::SocketAddr;
use std::path::PathBuf;

use bellwether_bgp::net::FamilySet;
use toml::Table;
use tracing_subscriber::EnvFilter;

use super::checks::check;
use super::groups::Groups;
use super::routes::route;
use super::section::Section;
use super::{Config, Logging, StaticRoute};
use crate::args::LogFormat;
use crate::check::Check;
use crate::model::{Defaults, Peer, PeerKeys, PeerSpec, Problems, asn, family};

/// What the keys of a peer are called in the file.
const PEER_KEYS: PeerKeys = PeerKeys {
    name: "name",
    description: "description",
    address: "address",
    port: "port",
    peer_asn: "asn",
    local_asn: "local-asn",
    hold_time: "hold-time",
    connect_retry_time: "connect-retry-time",
    families: "families",
    local_address: "local-address",
    interface: "interface",
    multihop: "multihop",
    ttl_security: "ttl-security",
    md5_secret_file: "md5-secret-file",
    max_prefixes: "max-prefixes",
    max_prefixes_warning_only: "max-prefixes-warning-only",
    max_prefixes_restart: "max-prefixes-restart",
    next_hop_ipv4: "next-hop-ipv4",
    next_hop_ipv6: "next-hop-ipv6",
    router_id: "router-id",
};

const DEFAULT_LISTEN: [&str; 2] = ["0.0.0.0:179", "[::]:179"];
const DEFAULT_SOCKET: &str = "/run/bellwether/speaker.sock";

/// The configuration that `table` holds. Whatever is wrong is noted; then the value is of no use, or `None`.
pub(super) fn read(table: Table, problems: &mut Problems) -> Option<Config> {
    let mut file = Section::new("", table);
    let defaults = defaults(&mut file, problems);
    let listen = listen(&mut file, problems);
    let mut api = file.section("api", problems);
    let socket = socket(&mut api, problems);
    let api_settings = super::api::read(&mut api, problems);
    let drain = super::drain::read(&mut file, problems);
    api.finish(problems);
    let metrics = metrics(file.section("metrics", problems), problems);
    let logging = logging(file.section("logging", problems), problems);
    let inherited = file.section("defaults", problems);
    let groups = file.sections("peer-groups", problems);
    let peers = file.sections("peers", problems);
    let checks = file.sections("checks", problems);
    let routes = file.sections("routes", problems);
    file.finish(problems);
    let groups = Groups::read(inherited, groups, &group_keys(), problems);
    // The peers are checked even if what they would inherit is missing: all problems are to be found.
    let speaker = defaults.or(stand_in());
    let peers: Vec<Option<Peer>> = peers
        .into_iter()
        .map(|mut section| {
            groups.apply(&mut section, problems);
            peer(section, speaker?, &listen, problems)
        })
        .collect();
    let checks: Vec<Option<Check>> = checks
        .into_iter()
        .map(|section| check(section, problems))
        .collect();
    let routes: Vec<Option<StaticRoute>> = routes
        .into_iter()
        .map(|section| route(section, &checks, problems))
        .collect();
    Some(Config {
        defaults: defaults?,
        listen,
        socket,
        api: api_settings?,
        drain,
        metrics,
        logging,
        peers: peers.into_iter().collect::<Option<_>>()?,
        checks: checks.into_iter().collect::<Option<_>>()?,
        routes: routes.into_iter().collect::<Option<_>>()?,
    })
}

fn stand_in() -> Option<Defaults> {
    Some(Defaults {
        asn: asn(1).ok()?,
        router_id: "0.0.0.1".parse().ok()?,
    })
}

/// The keys of a peer that several may have in common: all but those that tell one from another.
fn group_keys() -> Vec<&'static str> {
    const OWN: [&str; 2] = [PEER_KEYS.name, PEER_KEYS.address];
    let mut nobody = Section::new("", Table::new());
    let _ = peer_spec(&mut nobody, &mut Problems::default());
    let known = nobody.known().iter().copied();
    known.filter(|key| !OWN.contains(key)).collect()
}

fn metrics(mut section: Section, problems: &mut Problems) -> Option<SocketAddr> {
    let text = section.filled("listen", problems);
    let listen = text.and_then(|text| {
        let address = text.parse().map_err(|_| {
            format!("{text:?} is not an address with a port (as 127.0.0.1:9179 or [::1]:9179)")
        });
        problems.check(&section.key("listen"), address)
    });
    section.finish(problems);
    listen
}

fn logging(mut section: Section, problems: &mut Problems) -> Logging {
    let default = Logging::default();
    let level = section.filled("level", problems);
    let level = level.filter(|level| {
        let filter = EnvFilter::try_new(level).map_err(|error| format!("{level:?}: {error}"));
        problems.check(&section.key("level"), filter).is_some()
    });
    let format = section.filled("format", problems).and_then(|text| {
        let format = <LogFormat as clap::ValueEnum>::from_str(&text, false)
            .map_err(|_| format!("{text:?} is not a format (human, json)"));
        problems.check(&section.key("format"), format)
    });
    section.finish(problems);
    Logging {
        level: level.unwrap_or(default.level),
        format: format.unwrap_or(default.format),
    }
}

fn defaults(file: &mut Section, problems: &mut Problems) -> Option<Defaults> {
    let missing = || "is missing".to_owned();
    let number = file.integer("asn", problems);
    let asn = problems.check("asn", number.ok_or_else(missing).and_then(asn));
    let router_id = file.string("router-id", problems).ok_or_else(missing);
    let router_id = router_id.and_then(|id| id.parse().map_err(|error| format!("{error}")));
    let router_id = problems.check("router-id", router_id);
    Some(Defaults {
        asn: asn?,
        router_id: router_id?,
    })
}

fn listen(file: &mut Section, problems: &mut Problems) -> Vec<SocketAddr> {
    let Some(texts) = file.strings("listen", problems) else {
        return DEFAULT_LISTEN
            .iter()
            .filter_map(|text| text.parse().ok())
            .collect();
    };
    let mut listen = Vec::new();
    for (path, text) in texts {
        match text.parse() {
            Ok(address) if listen.contains(&address) => {
                problems.add(path, format!("{text} is listed twice"));
            }
            Ok(address) => listen.push(address),
            Err(_) => problems.add(
                path,
                format!("{text:?} is not an address with a port (as 0.0.0.0:179 or [::]:179)"),
            ),
        }
    }
    listen
}

fn socket(api: &mut Section, problems: &mut Problems) -> PathBuf {
    // sockaddr_un has room for 108 octets with the final zero.
    const MAX_OCTETS: usize = 107;
    let path = api
        .filled("socket", problems)
        .unwrap_or_else(|| DEFAULT_SOCKET.to_owned());
    if path.len() > MAX_OCTETS {
        let what = format!(
            "{path:?} has {} octets, a socket's path at most {MAX_OCTETS}",
            path.len()
        );
        problems.add(api.key("socket"), what);
    }
    PathBuf::from(path)
}

fn peer(
    mut section: Section,
    defaults: Defaults,
    listen: &[SocketAddr],
    problems: &mut Problems,
) -> Option<Peer> {
    let before = problems.len();
    let spec = peer_spec(&mut section, problems);
    if spec.passive && listen.is_empty() {
        problems.add(
            section.key("passive"),
            "true, but `listen` is empty: they could never meet",
        );
    }
    let mut found = Problems::default();
    let peer = spec.check(defaults, &PEER_KEYS, section.path(), &mut found);
    section.add_all(&found, problems);
    section.finish(problems);
    peer.filter(|_| problems.len() == before && found.is_empty())
}

fn peer_spec(section: &mut Section, problems: &mut Problems) -> PeerSpec {
    let keys = &PEER_KEYS;
    PeerSpec {
        name: section.string(keys.name, problems).unwrap_or_default(),
        description: section.filled(keys.description, problems),
        address: section.string(keys.address, problems).unwrap_or_default(),
        port: section.integer(keys.port, problems),
        peer_asn: section.integer(keys.peer_asn, problems),
        local_asn: section.integer(keys.local_asn, problems),
        passive: section.boolean("passive", problems).unwrap_or_default(),
        hold_time: section.duration(keys.hold_time, problems),
        connect_retry_time: section.duration(keys.connect_retry_time, problems),
        families: families(section, problems),
        local_address: section.filled(keys.local_address, problems),
        interface: section.filled(keys.interface, problems),
        multihop: section.integer(keys.multihop, problems),
        ttl_security: section.integer(keys.ttl_security, problems),
        md5_secret_file: section.filled(keys.md5_secret_file, problems),
        max_prefixes: section.integer(keys.max_prefixes, problems),
        max_prefixes_warning_only: section
            .boolean(keys.max_prefixes_warning_only, problems)
            .unwrap_or_default(),
        max_prefixes_restart: section.duration(keys.max_prefixes_restart, problems),
        next_hop_ipv4: section.filled(keys.next_hop_ipv4, problems),
        next_hop_ipv6: section.filled(keys.next_hop_ipv6, problems),
        router_id: section.filled(keys.router_id, problems),
        required: section.boolean("required", problems),
    }
}

fn families(section: &mut Section, problems: &mut Problems) -> Option<FamilySet> {
    let texts = section.strings(PEER_KEYS.families, problems)?;
    let mut set = FamilySet::EMPTY;
    let mut wrong = false;
    for (path, text) in texts {
        match problems.check(&path, family(&text)) {
            Some(family) => set.insert(family),
            None => wrong = true,
        }
    }
    // A set of misspelt names is not an empty set: one problem is said once.
    (!wrong).then_some(set)
}
