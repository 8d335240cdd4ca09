use super::*;

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
        "lsten: unknown key, with value [] (known here: asn, router-id, listen, api, peers)",
        "api.sockett: unknown key, with value \"x\" (known here: socket)",
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
        "peers[1].name: \"tor1\" is the name of peers[0], too",
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
