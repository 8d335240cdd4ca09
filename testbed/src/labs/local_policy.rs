use std::collections::BTreeSet;

use anyhow::{Result, ensure};

use super::LabTest;
use super::first_light::FirstLight;
use super::web::{Web, vips};

pub(super) const TEST: LabTest = LabTest {
    name: "local-policy",
    about: "externalTrafficPolicy Local: exactly the nodes with a ready pod announce, and pods see the client's address",
    run,
};

fn run(name: &str) -> Result<()> {
    let lab = FirstLight::announced(name)?;
    lab.apply(&Web::on("Local", &[1, 2]))?;
    lab.wait_announced_by(&["n1", "n2"])?;
    ensure!(
        lab.routes("n3")?.is_empty(),
        "n3 has no pod, and its speaker has {:?}",
        lab.routes("n3")
    );
    for (vip, client) in vips().into_iter().zip(["192.0.2.10", "2001:db8:c::10"]) {
        let seen = lab.fetch(vip, 200)?;
        ensure!(
            seen.failed == 0,
            "{vip}: {} of 200 failed: {:?}",
            seen.failed,
            seen.errors
        );
        let pods: BTreeSet<_> = seen.pods.keys().map(String::as_str).collect();
        ensure!(
            pods == ["p11", "p12", "p21", "p22"].into(),
            "{vip}: answers from {pods:?}"
        );
        let clients: Vec<_> = seen.clients.keys().collect();
        ensure!(
            clients == [client],
            "{vip}: pods saw {clients:?} instead of {client}"
        );
    }
    lab.apply(&Web::on("Local", &[3]))?;
    lab.wait_announced_by(&["n3"])?;
    Ok(lab.into_lab().down()?)
}
