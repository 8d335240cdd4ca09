use anyhow::{Result, ensure};

use super::LabTest;
use super::first_light::{FirstLight, NODES, SOON};
use super::web::{Web, vips};
use crate::{Lab, Signal};

pub(super) const TEST: LabTest = LabTest {
    name: "restart",
    about: "a speaker that was killed gets its routes back; a controller that was killed leaves all as it is, and catches up",
    run,
};

pub(super) const SPEAKER: [&str; 3] = [
    "bellwether-speaker",
    "--config",
    "/etc/bellwether/speaker.toml",
];
pub(super) const CONTROLLER: [&str; 6] = [
    "bellwether-controller",
    "node",
    "--source",
    "directory:/etc/bellwether/manifests",
    "--node",
    "n1",
];

fn run(name: &str) -> Result<()> {
    let lab = FirstLight::announced(name)?;

    kill(lab.lab(), "bellwether-speaker")?;
    lab.wait_announced_by(&["n2", "n3"])?;
    lab.lab().spawn("n1", &SPEAKER)?;
    lab.wait_announced_by(&NODES)?;

    kill(lab.lab(), "bellwether-controller")?;
    let before: Vec<_> = lab
        .peers("n1")?
        .iter()
        .map(|peer| peer.established_count)
        .collect();
    lab.wait_announced_by(&NODES)?;
    for vip in vips() {
        let seen = lab.fetch(vip, 100)?;
        ensure!(
            seen.failed == 0,
            "{vip}, no controller: {} failed: {:?}",
            seen.failed,
            seen.errors
        );
    }
    lab.apply(&Web::on("Local", &[2, 3]))?;
    lab.lab().spawn("n1", &CONTROLLER)?;
    lab.wait_announced_by(&["n2", "n3"])?;
    let after: Vec<_> = lab
        .peers("n1")?
        .iter()
        .map(|peer| peer.established_count)
        .collect();
    ensure!(
        before == after,
        "sessions were reset: {before:?} became {after:?}"
    );
    Ok(lab.into_lab().down()?)
}

/// Kills a program of n1.
pub(super) fn kill(lab: &Lab, program: &str) -> Result<()> {
    lab.signal("n1", program, Signal::SIGKILL)?;
    lab.wait_until(SOON, &format!("{program} is gone"), || {
        ensure!(lab.processes("n1", program)?.is_empty(), "it is there");
        anyhow::Ok(())
    })?;
    Ok(())
}
