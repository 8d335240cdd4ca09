//! What a node sees of the host, and the host of a node.

use std::fs;
use std::time::Duration;

use crate::support::{deploy, pair};

#[test]
fn a_node_has_its_own_name_and_file_of_hosts() {
    needs_root!();
    let lab = deploy(&pair("own-name", ""));
    assert_eq!(lab.output("a", &["uname", "-n"]).unwrap(), "a\n");
    assert!(
        lab.output("a", &["cat", "/etc/hosts"])
            .unwrap()
            .contains("127.0.1.1 a\n")
    );
}

#[test]
fn interfaces_of_a_node_are_its_links_and_they_are_up() {
    needs_root!();
    let lab = deploy(&pair("own-links", ""));
    let said = lab.output("a", &["ip", "-brief", "link"]).unwrap();
    assert_eq!(said.lines().count(), 2);
    assert!(
        said.contains("eth1@") && said.contains("LOWER_UP"),
        "{said}"
    );
    assert_eq!(
        lab.output("a", &["cat", "/sys/class/net/eth1/mtu"])
            .unwrap(),
        "9500\n"
    );
}

#[test]
fn kernel_parameters_are_in_force_and_ipv6_is_on() {
    needs_root!();
    let lab = deploy(&pair(
        "own-sysctls",
        "sysctls: {net.ipv4.fib_multipath_hash_policy: 1}",
    ));
    let value = |key: &str| {
        lab.output("a", &["cat", &format!("/proc/sys/net/{key}")])
            .unwrap()
    };
    assert_eq!(value("ipv4/fib_multipath_hash_policy"), "1\n");
    assert_eq!(value("ipv6/conf/eth1/disable_ipv6"), "0\n");
}

#[test]
fn what_a_node_writes_does_not_reach_the_host_or_its_neighbours() {
    needs_root!();
    let lab = deploy(&pair("own-files", ""));
    let file = "/etc/written-by-a-node";
    lab.output("a", &["touch", file]).unwrap();
    assert!(!fs::exists(file).unwrap());
    assert!(!lab.exec("b", &["ls", file]).unwrap().status.success());
}

#[test]
fn run_and_tmp_begin_empty() {
    needs_root!();
    let lab = deploy(&pair("own-run", ""));
    assert_eq!(lab.output("a", &["ls", "-A", "/tmp"]).unwrap(), "");
    assert!(
        !lab.exec("a", &["ls", "/run/bellwether-lab"])
            .unwrap()
            .status
            .success()
    );
}

#[test]
fn processes_of_a_node_are_all_that_it_sees() {
    needs_root!();
    let lab = deploy(&pair("own-processes", ""));
    let host = std::process::id().to_string();
    assert!(
        !lab.exec("a", &["ls", &format!("/proc/{host}")])
            .unwrap()
            .status
            .success()
    );
}

#[test]
fn capabilities_that_are_not_added_are_missing() {
    needs_root!();
    let lab = deploy(&pair("own-capabilities", ""));
    lab.output("a", &["ip", "link", "set", "eth1", "mtu", "1500"])
        .unwrap();
    assert!(
        !lab.exec("a", &["mount", "-t", "tmpfs", "none", "/mnt"])
            .unwrap()
            .status
            .success()
    );
}

#[test]
fn a_privileged_node_may_mount() {
    needs_root!();
    let lab = deploy(&pair("privileged", "privileged: true"));
    lab.output("a", &["mount", "-t", "tmpfs", "none", "/mnt"])
        .unwrap();
}

#[test]
fn orphans_do_not_stay_as_zombies() {
    needs_root!();
    let lab = deploy(&pair("orphans", ""));
    let orphan = lab
        .output("a", &["sh", "-c", "sleep 0.01 >/dev/null & echo $!"])
        .unwrap();
    let entry = format!("/proc/{}", orphan.trim());
    lab.wait_until(Duration::from_secs(10), "the orphan is reaped", || {
        let listed = lab.exec("a", &["ls", "-d", &entry]).unwrap();
        if listed.status.success() {
            Err("it is there")
        } else {
            Ok(())
        }
    })
    .unwrap();
}

#[test]
fn the_environment_of_the_file_is_the_nodes() {
    needs_root!();
    let lab = deploy(&pair("own-environment", "env: {COLOUR: red}"));
    let said = lab.output("a", &["env"]).unwrap();
    assert!(
        said.contains("COLOUR=red\n") && said.contains("HOSTNAME=a\n"),
        "{said}"
    );
    assert!(!said.contains("CARGO"), "{said}");
}
