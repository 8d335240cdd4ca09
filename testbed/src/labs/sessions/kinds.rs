use anyhow::{Result, ensure};

use super::Sessions;
use crate::labs::LabTest;
use crate::labs::first_light::SOON;

pub(in crate::labs) const TEST: LabTest = LabTest {
    name: "session-kinds",
    about: "iBGP with GoBGP, which sees LOCAL_PREF; link-local with BIRD, which connects",
    run,
};

fn run(name: &str) -> Result<()> {
    let sessions = Sessions::deploy(name)?;
    sessions.wait_established(&["gobgp", "bird-link-local"])?;
    let what = "GoBGP has the route with LOCAL_PREF 150 and an empty AS_PATH";
    sessions.lab.wait_until(SOON, what, || {
        let rib = ["gobgp", "--json", "global", "rib", "-a", "ipv4"];
        let rib = sessions.lab.output("gobgp", &rib)?;
        let rib: serde_json::Value = serde_json::from_str(&rib)?;
        let paths = &rib["192.0.2.1/32"];
        let attributes = paths[0]["attrs"].as_array().cloned().unwrap_or_default();
        let of = |code: u64| attributes.iter().find(|one| one["type"] == code);
        ensure!(of(5).is_some_and(|pref| pref["value"] == 150), "{rib}");
        ensure!(
            of(2).is_some_and(|path| path["as_paths"].as_array().is_some_and(Vec::is_empty)),
            "{rib}"
        );
        anyhow::Ok(())
    })?;
    let said = sessions.protocol("bird", "linklocal")?;
    ensure!(said.contains("fe80::1"), "BIRD says {said}");
    sessions.down()
}
