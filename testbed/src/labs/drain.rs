use anyhow::{Context, Result, ensure};

use super::LabTest;
use super::first_light::{FirstLight, NODES, SOON};
use super::web::vips;

pub(super) const TEST: LabTest = LabTest {
    name: "drain",
    about: "a node is drained: the router moves to the others while its path is there, then loses it, then sees the Cease",
    run,
};

fn run(name: &str) -> Result<()> {
    let lab = FirstLight::announced(name)?;
    let drain = ["bellctl", "drain", "--wait", "10s"];
    let drain = lab.lab().spawn("n2", &drain)?;
    for vip in vips() {
        let what = format!("BIRD has {vip} of n2 as the last resort");
        lab.lab().wait_until(SOON, &what, || {
            lab.check_last_resort(vip, "n2", &["n1", "n3"])
        })?;
    }
    lab.wait_announced_by(&["n1", "n3"])?;
    for protocol in ["n2_ipv4", "n2_ipv6"] {
        let what = format!("BIRD's {protocol} has seen the Cease");
        lab.lab().wait_until(SOON, &what, || {
            let argv = ["birdc", "show", "protocols", "all", protocol];
            let said = lab.lab().output("bird", &argv)?;
            ensure!(said.contains("Administrative shutdown"), "{said}");
            anyhow::Ok(())
        })?;
    }
    drain.wait(SOON).context("`bellctl drain` does not end")?;
    for vip in vips() {
        let seen = lab.fetch(vip, 100)?;
        ensure!(seen.failed == 0, "{vip}: {:?}", seen.errors);
    }
    lab.lab().output("n2", &["bellctl", "undrain"])?;
    lab.wait_announced_by(&NODES)?;
    Ok(lab.into_lab().down()?)
}
