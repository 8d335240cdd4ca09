use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};

use super::LabTest;
use super::first_light::{FirstLight, NODES, SOON};

pub(super) const TEST: LabTest = LabTest {
    name: "gobgp",
    about: "sessions with GoBGP come up whoever connects: the node, GoBGP, or both at once",
    run,
};

/// The port of the side that was connected to.
const BGP: u16 = 179;

fn run(name: &str) -> Result<()> {
    let lab = FirstLight::announced(name)?;
    for node in NODES {
        let what = format!("{node} and GoBGP agree on one session");
        lab.lab().wait_until(SOON, &what, || check(&lab, node))?;
    }
    Ok(lab.into_lab().down()?)
}

fn check(lab: &FirstLight, node: &str) -> Result<()> {
    let peers = lab.peers(node)?;
    let peer = peers
        .iter()
        .find(|state| state.peer.name.starts_with("gobgp"));
    let peer = peer.context("the speaker has no peer for GoBGP")?;
    ensure!(peer.state == "established", "{node}: {peer:?}");
    let waited = |end: Option<SocketAddr>| end.is_some_and(|end| end.port() == BGP);
    let (node_waited, gobgp_waited) = (waited(peer.local_endpoint), waited(peer.remote_endpoint));
    ensure!(
        node_waited != gobgp_waited,
        "{node}: who connected? {peer:?}"
    );
    match node {
        "n1" => ensure!(
            gobgp_waited,
            "GoBGP is passive, and has connected: {peer:?}"
        ),
        "n2" => ensure!(
            node_waited,
            "the node is passive, and has connected: {peer:?}"
        ),
        _ => {}
    }
    let number = node.trim_start_matches('n');
    let neighbor = lab
        .lab()
        .output("gobgp", &["gobgp", "neighbor", &format!("10.0.0.{number}")])?;
    ensure!(
        neighbor.contains("BGP state = ESTABLISHED"),
        "GoBGP says {neighbor}"
    );
    Ok(())
}
