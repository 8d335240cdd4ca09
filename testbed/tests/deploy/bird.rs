//! Two BIRDs, as the smallest lab that is one.

use std::fs;
use std::path::Path;
use std::time::Duration;

use testbed::{Lab, Options};

use crate::support::traces;

const SOON: Duration = Duration::from_secs(20);

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/deploy/two-birds");

fn deploy(name: &str) -> Lab {
    let options = Options {
        name: Some(name.to_owned()),
        ..Options::default()
    };
    Lab::deploy(Path::new(FOLDER), &options).unwrap()
}

#[test]
fn sessions_come_up_over_ipv4_and_ipv6() {
    needs_root!();
    let lab = deploy("birds-sessions");
    for protocol in ["v4", "v6"] {
        lab.wait_until(SOON, &format!("{protocol} is established"), || {
            let said = lab.output("a", &["birdc", "show", "protocols", protocol]);
            let said = said.map_err(|error| error.to_string())?;
            if said.contains("Established") {
                Ok(())
            } else {
                Err(said)
            }
        })
        .unwrap();
    }
}

#[test]
fn neighbours_answer_to_ping() {
    needs_root!();
    let lab = deploy("birds-ping");
    for address in ["10.9.0.2", "fd09::2"] {
        let ping = ["ping", "-c", "1", "-W", "5", address];
        lab.output("a", &ping).unwrap();
    }
}

#[test]
fn the_host_never_has_the_links_of_a_lab() {
    needs_root!();
    let lab = deploy("birds-links");
    lab.output("a", &["ip", "link", "show", "birds0"]).unwrap();
    assert!(!fs::exists("/sys/class/net/birds0").unwrap());
    lab.down().unwrap();
    assert!(!fs::exists("/sys/class/net/birds0").unwrap());
}

#[test]
fn after_down_nothing_is_left() {
    needs_root!();
    let lab = deploy("birds-down");
    let birds = lab.wait_until(SOON, "BIRD runs in both nodes", || {
        let birds = ["a", "b"]
            .map(|node| lab.processes(node, "bird").unwrap())
            .concat();
        if birds.len() == 2 {
            Ok(birds)
        } else {
            Err(format!("only {birds:?}"))
        }
    });
    lab.down().unwrap();
    assert_eq!(traces("birds-down"), [""; 0]);
    for bird in birds.unwrap() {
        assert!(
            !fs::exists(format!("/proc/{bird}")).unwrap(),
            "BIRD {bird} runs on"
        );
    }
}
