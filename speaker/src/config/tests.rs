use super::*;

mod sample;

fn problems(text: &str) -> Vec<String> {
    match Config::parse(text) {
        Err(ConfigError::Invalid(problems)) => problems.iter().collect(),
        other => panic!("expected problems, got {other:?}"),
    }
}

const MINIMAL: &str = r#"
asn = 64512
router-id = "10.0.0.1"

[[peers]]
name = "tor1"
address = "10.0.0.254"
asn = 64513
"#;

const IN_FORCE: &str = r#"asn = 64512
router-id = "10.0.0.1"
listen = ["0.0.0.0:179", "[::]:179"]

[api]
socket = "/run/bellwether/speaker.sock"
allow-users = []
allow-groups = []

[drain]
prepend = 3
wait = "30s"
grace-period = "0s"

[metrics]
listen = ""

[logging]
level = "info"
format = "human"

[[peers]]
name = "tor1"
description = ""
address = "10.0.0.254"
asn = 64513
port = 179
passive = false
hold-time = "90s"
connect-retry-time = "5s"
families = ["ipv4-unicast", "ipv6-unicast"]
local-address = ""
interface = ""
multihop = 1
md5-secret-file = ""
local-asn = 64512
next-hop-ipv4 = ""
next-hop-ipv6 = ""
router-id = "10.0.0.1"
required = true
"#;

#[test]
fn what_is_in_force_is_printed_with_all_defaults() {
    assert_eq!(Config::parse(MINIMAL).unwrap().to_string(), IN_FORCE);
}

#[test]
fn what_is_printed_means_the_same_when_read_again() {
    let config = Config::parse(MINIMAL).unwrap();
    assert_eq!(Config::parse(&config.to_string()).unwrap(), config);
}

#[test]
fn a_configuration_without_peers_is_complete() {
    let config = Config::parse("asn = 1\nrouter-id = \"10.0.0.1\"\nlisten = []").unwrap();
    assert!(config.listen.is_empty() && config.peers.is_empty());
}

#[test]
fn every_problem_is_named_at_once_with_its_key_and_value() {
    let text = r#"
asn = "64512"
router-id = "ten"
listen = ["179", "0.0.0.0:179", "0.0.0.0:179"]
lsten = []
[api]
sockett = "x"
[[peers]]
name = "tor 1"
address = "224.0.0.1"
asn = 0
port = 70000
hold-time = "2s"
connect-retry-time = "soon"
families = ["ipv5"]
local-asn = -1
next-hop-ipv4 = "2001:db8::1"
hold_time = "90s"
[[peers]]
address = "2001:db8::1"
asn = 1
local-address = "10.0.0.1"
families = []
passive = "yes"
"#;
    let expected = [
        "asn: \"64512\" is not an integer",
        "router-id: \"ten\" is not a router ID (write it as an IPv4 address)",
        "listen[0]: \"179\" is not an address with a port (as 0.0.0.0:179 or [::]:179)",
        "listen[2]: 0.0.0.0:179 is listed twice",
        "api.sockett: unknown key, with value \"x\" (known here: socket, allow-users, allow-groups, tcp)",
        "lsten: unknown key, with value [] (known here: asn, router-id, listen, api, drain, metrics, \
         logging, defaults, peer-groups, peers, checks, routes)",
        "peers[0].connect-retry-time: \"soon\" is not a time as \"90s\": expected number at 0",
        "peers[0].families[0]: \"ipv5\" is not a family (ipv4-unicast, ipv6-unicast)",
        "peers[0].name: \"tor 1\" has the character ' '; allowed are letters, digits, `-`, `.` and `_`",
        "peers[0].address: 224.0.0.1 is not a unicast address",
        "peers[0].port: 70000 is not in 1 to 65535",
        "peers[0].asn: AS 0 is reserved (RFC 7607)",
        "peers[0].local-asn: -1 is not an AS number (1 to 4294967295)",
        "peers[0].hold-time: hold time 2 s is not allowed: 0, or 3 to 65535 (RFC 4271 section 4.2)",
        "peers[0].next-hop-ipv4: \"2001:db8::1\" is not an IPv4 address",
        "peers[0].hold_time: unknown key, with value \"90s\" (did you mean hold-time?)",
        "peers[1].passive: \"yes\" is not true or false",
        "peers[1].name: is missing",
        "peers[1].families: names no family; leave it out to offer all of them",
        "peers[1].local-address: 10.0.0.1 is not of the same family as the peer's address 2001:db8::1",
    ];
    assert_eq!(problems(text), expected);
}

#[test]
fn two_peers_of_one_name_or_address_are_refused() {
    let second = "\n[[peers]]\nname = \"tor1\"\naddress = \"10.0.0.254\"\nasn = 1\n";
    let expected = [
        "peers[1].name: tor1 is the name of peers[0], too",
        "peers[1].address: 10.0.0.254 is the address of peers[0], too",
    ];
    assert_eq!(problems(&format!("{MINIMAL}{second}")), expected);
}

#[test]
fn a_passive_peer_of_a_speaker_that_does_not_listen_is_refused() {
    let text = format!("listen = []\n{MINIMAL}passive = true\n");
    assert_eq!(
        problems(&text),
        ["peers[0].passive: true, but `listen` is empty: they could never meet"]
    );
}

#[test]
fn a_fault_of_syntax_shows_its_line() {
    let error = Config::parse("asn = 1\nrouter-id = ")
        .unwrap_err()
        .to_string();
    assert!(error.contains("line 2"), "{error}");
}

/// A speaker with this besides.
fn with(text: &str) -> String {
    format!("asn = 64512\nrouter-id = \"10.0.0.1\"\n{text}")
}

#[test]
fn a_peers_own_key_goes_before_its_groups_and_that_before_the_defaults() {
    let text = with(
        r#"
[defaults]
hold-time = "30s"
port = 1179
connect-retry-time = "7s"
[[peer-groups]]
name = "tor"
asn = 64513
port = 2179
connect-retry-time = "8s"
[[peers]]
name = "a"
address = "10.0.0.1"
group = "tor"
connect-retry-time = "9s"
[[peers]]
name = "b"
address = "10.0.0.2"
asn = 64514
"#,
    );
    let peers = Config::parse(&text).unwrap().peers;
    let keys = |peer: &Peer| {
        (
            peer.peer_asn.number(),
            peer.port,
            peer.hold_time.as_secs(),
            peer.connect_retry_time.as_secs(),
        )
    };
    assert_eq!(keys(&peers[0]), (64513, 2179, 30, 9));
    assert_eq!(keys(&peers[1]), (64514, 1179, 30, 7));
}

#[test]
fn what_is_wrong_in_a_group_is_named_there_and_once() {
    let text = with(
        r#"
[[peer-groups]]
name = "tor"
asn = 0
hold-time = "2s"
families = ["ipv5"]
hold_time = "90s"
address = "10.0.0.9"
[[peer-groups]]
name = "tor"
[[peers]]
name = "a"
address = "10.0.0.1"
group = "tor"
[[peers]]
name = "b"
address = "10.0.0.2"
group = "tor"
[[peers]]
name = "c"
address = "10.0.0.3"
asn = 1
group = "spine"
"#,
    );
    let problems = problems(&text);
    let keys: Vec<&str> = problems
        .iter()
        .filter_map(|problem| problem.split(": ").next())
        .collect();
    assert_eq!(
        keys,
        [
            "peer-groups[0].address",
            "peer-groups[0].hold_time",
            "peer-groups[1].name",
            "peer-groups[0].families[0]",
            "peer-groups[0].asn",
            "peer-groups[0].hold-time",
            "peers[2].group",
        ]
    );
}

#[test]
fn a_route_is_read_with_its_attributes_and_its_check() {
    let text = with(
        r#"
[[checks]]
name = "dns"
tcp = "127.0.0.1:53"
rise = 1
[[routes]]
prefix = "192.0.2.53/32"
communities = ["64512:100"]
local-pref = 200
check = "dns"
"#,
    );
    let config = Config::parse(&text).unwrap();
    let route = &config.routes[0];
    assert_eq!(route.attributes.local_pref, Some(200));
    assert_eq!(route.check.as_ref(), Some(&config.checks[0].name));
    assert_eq!(Config::parse(&config.to_string()).unwrap(), config);
}

#[test]
fn wrong_routes_and_checks_are_named_with_key_and_value() {
    let text = with(
        r#"
[metrics]
listen = "9179"
[logging]
level = "info,=x="
format = "xml"
[[checks]]
name = "a"
[[checks]]
name = "b"
tcp = "localhost:53"
interval = "1ms"
rise = 0
[[checks]]
name = "c"
tcp = "127.0.0.1:53"
command = ["true"]
[[checks]]
name = "d"
http = "https://localhost/"
[[checks]]
name = "e"
command = []
[[routes]]
prefix = "192.0.2.53/24"
med = -1
next-hop = "x"
"#,
    );
    let problems = problems(&text);
    let expected = [
        "metrics.listen: \"9179\" is not an address",
        "logging.level: ",
        "logging.format: \"xml\" is not a format (human, json)",
        "checks[0]: names not exactly one of command, tcp and http",
        "checks[1].tcp: \"localhost:53\" is not an address with a port",
        "checks[1].interval: 1ms is not in 100ms to 1h",
        "checks[1].rise: 0 is not in 1 to 1000",
        "checks[2]: names not exactly one of command, tcp and http",
        "checks[3].http: \"https://localhost/\": TLS is not spoken here",
        "checks[4].command: names no program",
        "routes[0].prefix: 192.0.2.53/24 has host bits set",
        "routes[0].med: -1 is not in 0 to 4294967295",
        "routes[0].next-hop: \"x\" is not an IP address",
    ];
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    for (problem, expected) in problems.iter().zip(expected) {
        assert!(problem.starts_with(expected), "{problem}");
    }
}

#[test]
fn what_is_wrong_with_how_a_peer_is_reached_is_named_at_once() {
    let text = r#"
asn = 64512
router-id = "10.0.0.1"
[[peers]]
name = "a"
description = "two\nlines"
address = "fe80::1"
asn = 1
interface = "a name too long"
multihop = 0
ttl-security = 255
md5-secret-file = "key"
max-prefixes = 0
max-prefixes-restart = "2days"
[[peers]]
name = "b"
address = "fe80::1%eth0"
asn = 1
interface = "eth1"
multihop = 2
ttl-security = 1
md5-secret-file = "/no/such/key"
max-prefixes = 1
max-prefixes-warning-only = true
max-prefixes-restart = "1m"
[[peers]]
name = "c"
address = "10.0.0.254"
asn = 1
max-prefixes-warning-only = true
max-prefixes-restart = "1m"
"#;
    let expected = [
        "peers[0].description: has the control character '\\n'",
        "peers[0].address: fe80::1 is link-local and names no interface; write it as fe80::1%eth0",
        "peers[0].interface: \"a name too long\" is not the name of an interface (1 to 15 characters, \
         none of `/`, `:`, `%`, space)",
        "peers[0].multihop: 0 is not in 1 to 255",
        "peers[0].ttl-security: 255 is not in 1 to 254",
        "peers[0].md5-secret-file: key is not an absolute path: it would depend on where the speaker \
         was started",
        "peers[0].max-prefixes: 0 is not in 1 to 4294967295",
        "peers[0].max-prefixes-restart: 172800s is not in 1s to 1day",
        "peers[1].interface: eth1 is not the interface of the peer's address, eth0",
        "peers[1].ttl-security: cannot be together with multihop: both say how far the peer is",
        "peers[1].md5-secret-file: /no/such/key cannot be read: No such file or directory (os error 2)",
        "peers[1].max-prefixes-restart: means nothing with max-prefixes-warning-only: the session does not end",
        "peers[2].max-prefixes-warning-only: means nothing without max-prefixes",
        "peers[2].max-prefixes-restart: means nothing without max-prefixes",
    ];
    assert_eq!(problems(text), expected);
}

#[test]
fn how_a_peer_is_reached_is_printed_as_it_is_read_and_the_key_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, "a secret\n").unwrap();
    let text = format!(
        "asn = 64512\nrouter-id = \"10.0.0.1\"\n[[peers]]\nname = \"a\"\nasn = 64512\n\
         address = \"fe80::1\"\ninterface = \"eth0\"\nmd5-secret-file = {key:?}\n\
         max-prefixes = 10\nmax-prefixes-restart = \"5m\"\n\
         [[peers]]\nname = \"b\"\nasn = 1\naddress = \"10.0.0.9\"\nttl-security = 3\n"
    );
    let config = Config::parse(&text).unwrap();
    let printed = config.to_string();
    for line in [
        "address = \"fe80::1%eth0\"",
        "multihop = 64",
        "ttl-security = 3",
        "max-prefixes-restart = \"300s\"",
    ] {
        assert!(printed.contains(line), "{printed}");
    }
    assert!(!printed.contains("a secret") && !format!("{config:?}").contains("secret\""));
    assert_eq!(Config::parse(&printed).unwrap(), config);
}

#[test]
fn a_route_cannot_be_declared_twice_or_name_a_check_that_is_not_there() {
    let route = "[[routes]]\nprefix = \"192.0.2.53/32\"\n";
    assert_eq!(
        problems(&with(&format!("{route}{route}"))),
        ["routes[1].prefix: 192.0.2.53/32 is the prefix of routes[0], too"]
    );
    assert_eq!(
        problems(&with(&format!("{route}check = \"dns\"\n"))),
        ["routes[0].check: no check has the name \"dns\""]
    );
}
