use anyhow::{Result, ensure};

use super::LabTest;
use super::first_light::{FirstLight, SOON};
use crate::Signal;

pub(super) const TEST: LabTest = LabTest {
    name: "shutdown",
    about: "SIGTERM to a speaker: routers are told Cease/Administrative Shutdown and lose its routes at once",
    run,
};

fn run(name: &str) -> Result<()> {
    let lab = FirstLight::announced(name)?;
    lab.lab()
        .signal("n2", "bellwether-speaker", Signal::SIGTERM)?;
    lab.wait_announced_by(&["n1", "n3"])?;
    for protocol in ["n2_ipv4", "n2_ipv6"] {
        lab.lab().wait_until(
            SOON,
            &format!("BIRD's {protocol} has seen the Cease"),
            || {
                let said = lab
                    .lab()
                    .output("bird", &["birdc", "show", "protocols", "all", protocol])?;
                ensure!(said.contains("Administrative shutdown"), "{said}");
                anyhow::Ok(())
            },
        )?;
    }
    lab.lab().wait_until(SOON, "the speaker has ended", || {
        let left = lab.lab().processes("n2", "bellwether-speaker")?;
        ensure!(left.is_empty(), "it runs as {left:?}");
        anyhow::Ok(())
    })?;
    Ok(lab.into_lab().down()?)
}
