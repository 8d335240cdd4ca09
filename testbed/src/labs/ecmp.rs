use anyhow::{Result, ensure};

use super::LabTest;
use super::first_light::{FirstLight, NODES};
use super::router::host_prefix;
use super::web::{PODS, vips};

pub(super) const TEST: LabTest = LabTest {
    name: "ecmp",
    about: "BIRD spreads IPv4 and IPv6 requests over three nodes, every pod answers, and all views agree",
    run,
};

fn run(name: &str) -> Result<()> {
    let lab = FirstLight::announced(name)?;
    for vip in vips() {
        let seen = lab.fetch(vip, 300)?;
        ensure!(
            seen.failed == 0,
            "{vip}: {} of 300 failed: {:?}",
            seen.failed,
            seen.errors
        );
        let silent: Vec<_> = PODS
            .iter()
            .filter(|p| !seen.pods.contains_key(&p.to_string()))
            .collect();
        ensure!(
            silent.is_empty(),
            "{vip}: {silent:?} never answered: {:?}",
            seen.pods
        );
    }
    for node in NODES {
        for vip in vips() {
            let routes = lab.routes(node)?;
            let route = routes
                .iter()
                .find(|state| state.route.prefix == host_prefix(vip));
            // One of BIRD's two sessions carries the family, and the one with GoBGP.
            let peers = route.map(|state| (state.advertised_peers, state.eligible_peers));
            ensure!(
                peers == Some((2, 2)),
                "{node}: bellctl has {vip} at {peers:?} peers"
            );
        }
        for argv in [
            &["nft", "list", "ruleset"][..],
            &["nft", "-j", "list", "ruleset"],
        ] {
            let ruleset = lab.lab().output(node, argv)?;
            ensure!(
                ruleset.contains("bellwether"),
                "{node}: `{}`: {ruleset}",
                argv.join(" ")
            );
        }
    }
    Ok(lab.into_lab().down()?)
}
