use std::collections::BTreeSet;

use anyhow::{Result, ensure};

use super::LabTest;
use super::first_light::{FirstLight, NODES, SOON};
use super::restart::SPEAKER;
use super::web::Web;
use crate::{Lab, Signal};

pub(super) const TEST: LabTest = LabTest {
    name: "capture",
    about: "tshark finds nothing malformed in a node's sessions, from OPEN to NOTIFICATION",
    run,
};

const FILE: &str = "/tmp/bgp.pcap";

fn run(name: &str) -> Result<()> {
    let lab = FirstLight::announced(name)?;
    let tcpdump = [
        "tcpdump",
        "-i",
        "any",
        "-U",
        "-Z",
        "root",
        "-w",
        FILE,
        "tcp port 179",
    ];
    let capture = lab.lab().spawn("n1", &tcpdump)?;
    lab.lab().wait_until(SOON, "the capture has begun", || {
        lab.lab().output("n1", &["test", "-s", FILE])
    })?;
    stop_speaker(&lab)?;
    lab.lab().spawn("n1", &SPEAKER)?;
    lab.wait_announced_by(&NODES)?;
    lab.apply(&Web::on("Local", &[2, 3]))?;
    lab.wait_announced_by(&["n2", "n3"])?;
    stop_speaker(&lab)?;
    capture.signal(Signal::SIGINT)?;
    ensure!(capture.wait(SOON).is_some(), "tcpdump does not end");

    let types = tshark(lab.lab(), &["-Y", "bgp", "-T", "fields", "-e", "bgp.type"])?;
    let types: BTreeSet<&str> = types
        .split([',', '\n'])
        .filter(|text| !text.is_empty())
        .collect();
    ensure!(
        types == ["1", "2", "3", "4"].into(),
        "message types in the capture: {types:?}"
    );
    let wrong = tshark(
        lab.lab(),
        &[
            "-Y",
            "_ws.malformed || (bgp && _ws.expert.severity == error)",
            "-V",
        ],
    )?;
    ensure!(wrong.is_empty(), "tshark complains:\n{wrong}");
    Ok(lab.into_lab().down()?)
}

fn tshark(lab: &Lab, options: &[&str]) -> Result<String> {
    let argv: Vec<&str> = ["tshark", "-r", FILE]
        .iter()
        .chain(options)
        .copied()
        .collect();
    Ok(lab.output("n1", &argv)?)
}

fn stop_speaker(lab: &FirstLight) -> Result<()> {
    lab.lab()
        .signal("n1", "bellwether-speaker", Signal::SIGTERM)?;
    lab.lab().wait_until(SOON, "the speaker has ended", || {
        let left = lab.lab().processes("n1", "bellwether-speaker")?;
        ensure!(left.is_empty(), "it runs as {left:?}");
        anyhow::Ok(())
    })?;
    Ok(())
}
