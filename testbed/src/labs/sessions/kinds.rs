use anyhow::{Result, ensure};
use serde_json::Value;

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
        let rib: Value = serde_json::from_str(&rib)?;
        let attributes = rib.pointer("/192.0.2.1~132/0/attrs");
        let attributes = attributes.and_then(Value::as_array);
        let of = |code: u64, value: &str| {
            let is_it = |one: &&Value| one.get("type").and_then(Value::as_u64) == Some(code);
            attributes?.iter().find(is_it)?.get(value)
        };
        let local_pref = of(5, "value").and_then(Value::as_u64);
        ensure!(local_pref == Some(150), "{rib}");
        let as_path = of(2, "as_paths").and_then(Value::as_array);
        ensure!(as_path.is_some_and(Vec::is_empty), "{rib}");
        anyhow::Ok(())
    })?;
    let said = sessions.protocol("bird", "linklocal")?;
    ensure!(said.contains("fe80::1"), "BIRD says {said}");
    sessions.down()
}
