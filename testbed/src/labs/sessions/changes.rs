use anyhow::{Result, ensure};

use super::{PeerState, Sessions};
use crate::labs::LabTest;
use crate::labs::first_light::SOON;

pub(in crate::labs) const TEST: LabTest = LabTest {
    name: "session-changes",
    about: "what a change of configuration does not force keeps the session; what it forces resets that one alone",
    run,
};

fn run(name: &str) -> Result<()> {
    let sessions = Sessions::deploy(name)?;
    sessions.wait_established(&["bird-ttl", "far", "frr-ttl"])?;
    let age = |peer: PeerState| (peer.since, peer.established_count);
    let (far, frr) = (age(sessions.peer("far")?), age(sessions.peer("frr-ttl")?));

    sessions.edit(
        "speaker/speaker.toml",
        "multihop = 2",
        "multihop = 5\nnext-hop-ipv4 = \"10.4.0.77\"\nmax-prefixes = 100\npassive = true",
    )?;
    sessions.edit("speaker/speaker.toml", "behind a router", "far away")?;
    // The other one is reset by it.
    let (from, to) = ("fd01::2\"\n", "fd01::2\"\nhold-time = \"30s\"\n");
    sessions.edit("speaker/speaker.toml", from, to)?;
    sessions.reload()?;

    sessions
        .lab
        .wait_until(SOON, "far has the other next hop", || {
            let argv = ["birdc", "show", "route", "192.0.2.1/32", "all"];
            let said = sessions.lab.output("far", &argv)?;
            ensure!(said.contains("BGP.next_hop: 10.4.0.77"), "{said}");
            anyhow::Ok(())
        })?;
    sessions.wait_for("bird-ttl", "the other hold time is negotiated", |peer| {
        peer.established_count == 2 && peer.state == "established"
    })?;
    ensure!(
        age(sessions.peer("far")?) == far && age(sessions.peer("frr-ttl")?) == frr,
        "a session was reset: {:?}, {:?}",
        sessions.peer("far")?,
        sessions.peer("frr-ttl")?
    );
    sessions.down()
}
