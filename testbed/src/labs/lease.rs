use std::time::Duration;

use anyhow::{Result, ensure};

use super::LabTest;
use super::first_light::{FirstLight, NODES};
use super::restart::{CONTROLLER, kill};
use super::router;
use super::web::vips;

pub(super) const TEST: LabTest = LabTest {
    name: "lease",
    about: "a controller that stays dead: its node is the last resort of the router, and no path is lost",
    run,
};

/// Longer than the controller's lease of 30 s.
const RUN_OUT: Duration = Duration::from_secs(60);

fn run(name: &str) -> Result<()> {
    let lab = FirstLight::announced(name)?;
    kill(lab.lab(), "bellwether-controller")?;
    for vip in vips() {
        let what = format!("BIRD has {vip} of n1 as the last resort");
        lab.lab().wait_until(RUN_OUT, &what, || {
            lab.check_last_resort(vip, "n1", &["n2", "n3"])
        })?;
        let prefix = router::host_prefix(vip);
        let argv = ["birdc", "show", "route", &prefix, "all"];
        let said = lab.lab().output("bird", &argv)?;
        ensure!(said.contains("64512 64512 64512 64512"), "{said}");
        let seen = lab.fetch(vip, 100)?;
        ensure!(seen.failed == 0, "{vip}: {:?}", seen.errors);
    }
    lab.lab().spawn("n1", &CONTROLLER)?;
    lab.wait_announced_by(&NODES)?;
    Ok(lab.into_lab().down()?)
}
