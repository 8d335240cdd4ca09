use anyhow::{Result, ensure};

use super::LabTest;
use super::first_light::{FirstLight, NODES};
use super::web::{Web, vips};

pub(super) const TEST: LabTest = LabTest {
    name: "scale-to-zero",
    about: "a Service without endpoints is withdrawn everywhere, and announced again when it has some",
    run,
};

fn run(name: &str) -> Result<()> {
    let lab = FirstLight::announced(name)?;
    lab.apply(&Web::on("Cluster", &[]))?;
    lab.wait_announced_by(&[])?;
    for node in NODES {
        let routes = lab.routes(node)?;
        ensure!(routes.is_empty(), "{node} still announces {routes:?}");
    }
    lab.apply(&Web::everywhere("Cluster"))?;
    lab.wait_announced_by(&NODES)?;
    for vip in vips() {
        let seen = lab.fetch(vip, 100)?;
        ensure!(
            seen.failed == 0,
            "{vip}: {} of 100 failed: {:?}",
            seen.failed,
            seen.errors
        );
    }
    Ok(lab.into_lab().down()?)
}
