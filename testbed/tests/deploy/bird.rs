//! Two BIRDs, as the smallest lab that is one.

use std::fs;
use std::path::Path;
use std::time::Duration;

use testbed::{Lab, Options};

use crate::support::{interfaces, traces};

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
        lab.wait_until(
            Duration::from_secs(20),
            &format!("{protocol} is established"),
            || {
                let said = lab
                    .output("a", &["birdc", "show", "protocols", protocol])
                    .unwrap();
                if said.contains("Established") {
                    Ok(())
                } else {
                    Err(said)
                }
            },
        )
        .unwrap();
    }
}

#[test]
fn neighbours_answer_to_ping() {
    needs_root!();
    let lab = deploy("birds-ping");
    for address in ["10.9.0.2", "fd09::2"] {
        lab.output("a", &["ping", "-c", "1", "-W", "5", address])
            .unwrap();
    }
}

#[test]
fn after_down_nothing_is_left() {
    needs_root!();
    let before = interfaces();
    let lab = deploy("birds-down");
    let birds: Vec<_> = ["a", "b"]
        .map(|node| lab.processes(node, "bird").unwrap())
        .concat();
    assert_eq!(birds.len(), 2);
    lab.down().unwrap();
    assert_eq!(traces("birds-down"), [""; 0]);
    assert_eq!(interfaces(), before);
    for bird in birds {
        assert!(
            !fs::exists(format!("/proc/{bird}")).unwrap(),
            "BIRD {bird} runs on"
        );
    }
}
