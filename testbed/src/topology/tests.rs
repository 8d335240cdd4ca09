//! Files as people write them, and what is said about them.

use std::path::Path;

use super::*;

fn read(text: &str) -> Result<Topology, Problems> {
    Topology::from_text(Path::new("/labs/l.clab.yml"), text, |_| None)
}

/// The problems of a text, without the file's name.
fn problems(text: &str) -> String {
    read(text)
        .unwrap_err()
        .to_string()
        .replace("/labs/l.clab.yml:", "")
}

/// A lab of one node that has these fields besides the necessary ones.
fn one(fields: &str) -> String {
    let common = "kind: linux, network-mode: none, image: bellwether-lab/client";
    format!("name: l\ntopology: {{nodes: {{a: {{{common}{fields}}}}}}}\n")
}

fn node(text: &str) -> Node {
    read(text).unwrap().nodes.remove(0)
}

#[test]
fn every_key_is_understood() {
    let topology = read(
        r#"
name: full
topology:
  defaults:
    kind: linux
    network-mode: none
    privileged: false
    cap-add: [NET_ADMIN]
    env: {A: defaults, B: defaults}
  kinds:
    linux:
      sysctls: {net.ipv4.ip_forward: 1}
  groups:
    pods:
      image: bellwether-lab/pod:latest
      labels: {tier: front}
  nodes:
    p1:
      group: pods
      entrypoint: sh -c
      cmd: '"exec lab-agent serve"'
      env: {B: node, C: 1.10}
      exec: ["ip link show eth1"]
      binds: ["/etc/hostname:/etc/motd:ro"]
    r1: {image: bellwether-lab/bird}
  links:
    - endpoints: ["p1:eth1", "r1:eth1"]
      mtu: 1500
    - endpoints: ["p1:eth2", "r1:eth2"]
"#,
    );
    insta::assert_debug_snapshot!(topology.unwrap());
}

#[test]
fn every_problem_is_named_with_line_and_key() {
    insta::assert_snapshot!(problems(
        r#"
name: l
prefix: x
topology:
  nodes:
    a:
      kind: nokia_srlinux
      image: bellwether-lab/bird
      network-mode: bridge
      startup-delay: 5
    b:
      kind: linux
      image: alpine
      privileged: maybe
    "c d":
      group: absent
  links:
    - endpoints: ["a:eth1", "z:eth1"]
    - endpoints: ["a:eth1", "b:an-interface-too-long"]
    - endpoints: ["a:lo"]
      vars: {}
    - mtu: 9
"#
    ));
}

#[test]
fn a_key_that_is_not_carried_out_is_an_error() {
    let text = one(", startup-delay: 5");
    assert!(problems(&text).starts_with("2: topology.nodes.a.startup-delay: unknown key"));
}

#[test]
fn a_key_given_twice_is_an_error() {
    assert_eq!(
        problems("name: a\nname: b\n"),
        "2: the key `name` stands on line 1 already"
    );
}

#[test]
fn text_that_is_not_yaml_is_reported_where_it_breaks() {
    assert!(problems("name: [a\n").contains("is not YAML"));
}

#[test]
fn an_empty_file_lacks_name_and_nodes() {
    assert_eq!(
        problems(""),
        " name: a lab needs a name\n topology.nodes: a lab has at least one node"
    );
}

#[test]
fn an_alias_stands_for_its_anchor() {
    let text = "
name: l
topology:
  nodes:
    a: &same {kind: linux, network-mode: none, image: bellwether-lab/client}
    b: *same
";
    assert_eq!(read(text).unwrap().nodes.len(), 2);
}

#[test]
fn a_node_counts_more_than_its_group_and_the_defaults_least() {
    let text = "
name: l
topology:
  defaults: {kind: linux, network-mode: none, image: bellwether-lab/bird, cmd: from defaults}
  kinds: {linux: {cmd: from kind}}
  groups: {g: {image: bellwether-lab/client}}
  nodes: {a: {group: g}}
";
    let node = node(text);
    assert_eq!(node.command, ["from", "kind"]);
    assert_eq!(node.image.image, "bellwether-lab/client");
}

#[test]
fn lists_of_defaults_group_and_node_add_up_in_that_order() {
    let text = "
name: l
topology:
  defaults: {kind: linux, network-mode: none, image: bellwether-lab/client, exec: [echo 1]}
  groups: {g: {exec: [echo 2]}}
  nodes: {a: {group: g, exec: [echo 3]}}
";
    assert_eq!(
        node(text).exec,
        [["echo", "1"], ["echo", "2"], ["echo", "3"]]
    );
}

#[test]
fn a_later_bind_to_the_same_target_replaces_the_earlier() {
    let binds = node(&one(", binds: [/etc/hosts:/x, /etc/hostname:/x]")).binds;
    assert_eq!(binds.len(), 1);
    assert_eq!(binds[0].source, Path::new("/etc/hostname"));
}

#[test]
fn a_bind_of_nothing_is_an_error() {
    let text = one(", binds: [no/such/file:/x]");
    assert!(problems(&text).ends_with("there is no /labs/no/such/file"));
}

#[test]
fn an_image_starts_its_own_command_unless_the_file_names_one() {
    assert_eq!(node(&one("")).command, ["sleep", "infinity"]);
    assert_eq!(node(&one(", cmd: sleep 5")).command, ["sleep", "5"]);
    assert_eq!(
        node(&one(", entrypoint: sleep, cmd: '7'")).command,
        ["sleep", "7"]
    );
}

#[test]
fn an_open_quote_in_a_command_is_an_error() {
    assert!(problems(&one(r#", cmd: "echo 'x""#)).contains("a quote is open"));
}

#[test]
fn a_capability_that_does_not_exist_is_an_error() {
    let text = one(", cap-add: [CAP_NET_ADMIN, NET_ADMIM]");
    assert_eq!(
        problems(&text),
        "2: topology.nodes.a.cap-add[1]: `NET_ADMIM` is no capability"
    );
}

#[test]
fn a_kernel_parameter_of_the_host_is_refused() {
    let text = one(", sysctls: {kernel.panic: 1}");
    assert!(problems(&text).contains("no kernel parameter of a network namespace"));
}

#[test]
fn a_node_without_network_mode_none_would_differ_from_containerlab() {
    let text = "name: l\ntopology: {nodes: {a: {kind: linux, image: bellwether-lab/client}}}\n";
    assert_eq!(
        problems(text),
        "2: topology.nodes.a: has no `network-mode: none`"
    );
}

#[test]
fn links_have_containerlabs_mtu_unless_they_name_one() {
    let link = |fields: &str| {
        let node = "{kind: linux, network-mode: none, image: bellwether-lab/client}";
        let links = format!("[{{endpoints: [a:x, a:y]{fields}}}]");
        let text = format!("name: l\ntopology: {{nodes: {{a: {node}}}, links: {links}}}\n");
        read(&text).unwrap().links.remove(0).mtu
    };
    assert_eq!(link(""), 9500);
    assert_eq!(link(", mtu: 1400"), 1400);
}

#[test]
fn variables_are_taken_from_the_environment() {
    let text = one(", env: {V: $VALUE, S: $$VALUE}");
    let read = Topology::from_text(Path::new("/l.clab.yml"), &text, |name| {
        (name == "VALUE").then(|| "7".to_owned())
    });
    let env = &read.unwrap().nodes[0].env;
    assert_eq!((env["V"].as_str(), env["S"].as_str()), ("7", "$VALUE"));
}
