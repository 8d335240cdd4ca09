use anyhow::{Result, ensure};

use super::LabTest;
use super::first_light::{FirstLight, NODES};
use super::web::{Web, vips};

pub(super) const TEST: LabTest = LabTest {
    name: "node-death",
    about: "a node dies under load: its next hop leaves both routers, and requests go on over the others",
    run,
};

fn run(name: &str) -> Result<()> {
    let lab = FirstLight::announced(name)?;
    lab.apply(&Web::everywhere("Local"))?;
    lab.wait_announced_by(&NODES)?;
    let [vip, _] = vips();
    let load = lab.load(vip, 1500, 2)?;
    lab.lab().kill_node("n3")?;
    lab.wait_announced_by(&["n1", "n2"])?;
    for vip in vips() {
        let seen = lab.fetch(vip, 200)?;
        ensure!(
            seen.failed == 0,
            "{vip}: {} of 200 failed afterwards: {:?}",
            seen.failed,
            seen.errors
        );
        ensure!(
            !seen.pods.keys().any(|pod| pod.starts_with("p3")),
            "the dead answer: {:?}",
            seen.pods
        );
    }
    let seen = load.finish()?;
    ensure!(
        seen.failed * 5 < seen.requests,
        "{} of {} requests failed, over {} ms: {:?}",
        seen.failed,
        seen.requests,
        seen.failing_ms,
        seen.errors
    );
    Ok(lab.into_lab().down()?)
}
