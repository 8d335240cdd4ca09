use anyhow::{Result, ensure};

use super::LabTest;
use super::first_light::FirstLight;
use super::web::vips;

pub(super) const TEST: LabTest = LabTest {
    name: "unserved-port",
    about: "a port of the Service's address that nobody serves is refused at once, and the address answers ping",
    run,
};

fn run(name: &str) -> Result<()> {
    let lab = FirstLight::announced(name)?;
    for vip in vips() {
        let target = std::net::SocketAddr::new(vip, 81).to_string();
        let argv = [
            "lab-agent",
            "fetch",
            &target,
            "--count",
            "20",
            "--timeout-ms",
            "3000",
        ];
        let output = lab.lab().exec("client", &argv)?.stdout;
        let seen: crate::agent::Summary = serde_json::from_str(&output)?;
        let refused = seen
            .errors
            .iter()
            .filter(|(error, _)| error.contains("Connection refused"));
        let refused: u32 = refused.map(|(_, count)| count).sum();
        ensure!(
            refused == 20,
            "{target}: {refused} of 20 refused: {:?}",
            seen.errors
        );
        lab.lab().output(
            "client",
            &["ping", "-c", "3", "-i", "0.2", "-W", "2", &vip.to_string()],
        )?;
    }
    Ok(lab.into_lab().down()?)
}
