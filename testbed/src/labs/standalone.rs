use std::collections::BTreeSet;
use std::fs;
use std::net::IpAddr;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::LabTest;
use super::first_light::{PeerState, SOON, list};
use super::router;
use crate::{Lab, Options, Signal};

pub(super) const TEST: LabTest = LabTest {
    name: "standalone",
    about: "two plain hosts announce a DNS service while their health checks succeed, and reload without a reset",
    run,
};

/// The address of the service.
const SERVICE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 53));

const SERVER: [&str; 3] = [
    "dnsmasq",
    "--keep-in-foreground",
    "--conf-file=/etc/dnsmasq.conf",
];

fn run(name: &str) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("labs/standalone");
    let options = Options {
        name: Some(name.to_owned()),
        private_copy: true,
        ..Options::default()
    };
    let lab = Lab::deploy(&folder, &options)?;
    wait_announced_by(&lab, &["h1", "h2"])?;
    wait_answered_by(&lab, &["h1", "h2"])?;

    lab.signal("h1", "dnsmasq", Signal::SIGKILL)?;
    wait_announced_by(&lab, &["h2"])?;
    wait_answered_by(&lab, &["h2"])?;

    lab.spawn("h1", &SERVER)?;
    wait_announced_by(&lab, &["h1", "h2"])?;

    reload(&lab)?;
    Ok(lab.down()?)
}

/// Gives the route of h1 another community, which BIRD sees while the session goes on.
fn reload(lab: &Lab) -> Result<()> {
    let before = established_count(lab)?;
    let path = lab.folder().join("hosts/h1.toml");
    let text = fs::read_to_string(&path)?;
    let changed = text.replace("64512:53", "64512:54");
    ensure!(changed != text, "h1.toml has no community to change");
    // In place: it is bound into the node as this very file.
    fs::write(&path, changed)?;
    lab.signal("h1", "bellwether-speaker", Signal::SIGHUP)?;
    lab.wait_until(SOON, "BIRD has the other community of h1", || {
        let prefix = router::host_prefix(SERVICE);
        let argv = [
            "birdc", "show", "route", &prefix, "protocol", "h1_ipv4", "all",
        ];
        let route = lab.output("bird", &argv)?;
        ensure!(route.contains("(64512,54)"), "it has {route}");
        anyhow::Ok(())
    })?;
    let after = established_count(lab)?;
    ensure!(
        before == after,
        "the session was reset: {before} became {after}"
    );
    wait_announced_by(lab, &["h1", "h2"])
}

fn established_count(lab: &Lab) -> Result<u64> {
    let output = lab.output("h1", &["bellctl", "-o", "json", "peers"])?;
    let peers: Vec<PeerState> =
        serde_json::from_str(&output).with_context(|| format!("bellctl said {output}"))?;
    let peer = peers.first().context("h1 has no peer")?;
    Ok(peer.established_count)
}

/// Waits until BIRD's kernel spreads questions over exactly these hosts.
fn wait_announced_by(lab: &Lab, hosts: &[&str]) -> Result<()> {
    let wanted: BTreeSet<String> = hosts.iter().map(|&host| host.to_owned()).collect();
    let what = format!("{SERVICE} is announced by exactly {}", list(&wanted));
    lab.wait_until(SOON, &what, || {
        let seen = router::kernel_next_hops(lab, SERVICE)?;
        ensure!(seen == wanted, "BIRD's kernel has it from {}", list(&seen));
        anyhow::Ok(())
    })?;
    Ok(())
}

/// Asks until each of these hosts has answered; all questions are answered, and by nobody else.
fn wait_answered_by(lab: &Lab, hosts: &[&str]) -> Result<()> {
    let wanted: BTreeSet<String> = hosts.iter().map(|&host| host.to_owned()).collect();
    let server = format!("@{SERVICE}");
    let question = [
        "dig",
        "+time=2",
        "+tries=1",
        "+short",
        &server,
        "id.server",
        "TXT",
    ];
    let mut seen = BTreeSet::new();
    lab.wait_until(SOON, &format!("{} answered", list(&wanted)), || {
        let answer = lab.output("client", &question)?;
        seen.insert(answer.trim().trim_matches('"').to_owned());
        ensure!(seen == wanted, "answers came from {}", list(&seen));
        anyhow::Ok(())
    })?;
    Ok(())
}
