use anyhow::{Result, ensure};

use super::Sessions;
use crate::labs::LabTest;
use crate::labs::first_light::SOON;

pub(in crate::labs) const TEST: LabTest = LabTest {
    name: "session-md5",
    about: "TCP MD5 with BIRD and FRR: the right key, the wrong one, and another one without a restart",
    run,
};

fn run(name: &str) -> Result<()> {
    let sessions = Sessions::deploy(name)?;
    sessions.wait_established(&["bird-md5", "frr-md5"])?;
    sessions.wait_unreachable("bird-wrong-key", "has the neighbor the same key?")?;

    rotate_with_frr(&sessions)?;
    rotate_with_bird(&sessions)?;

    let log = sessions.lab.log("s")?;
    let told = [
        "the key of bird",
        "another key",
        "the-key-of-frr",
        "another-key",
    ]
    .into_iter()
    .find(|key| log.contains(key));
    ensure!(told.is_none(), "the log has a key:\n{log}");
    sessions.down()
}

/// FRR takes another key by a reset, and cannot come back before the speaker has the key, too.
fn rotate_with_frr(sessions: &Sessions) -> Result<()> {
    let before = sessions.peer("frr-md5")?.established_count;
    let set = "neighbor fd02::1 password another-key";
    sessions.vtysh(&["configure terminal", "router bgp 64514", set])?;
    sessions.wait_for("frr-md5", "FRR has ended the session", |peer| {
        peer.state != "established"
    })?;
    sessions.edit("speaker/frr.key", "the-key-of-frr", "another-key")?;
    sessions.reload()?;
    sessions.wait_for("frr-md5", "FRR is back with the other key", |peer| {
        peer.established_count > before && peer.state == "established"
    })?;
    Ok(())
}

/// Until BIRD has the new key, the connection is stalled; then BIRD begins another one.
fn rotate_with_bird(sessions: &Sessions) -> Result<()> {
    sessions.edit("speaker/bird.key", "the key of bird", "another key")?;
    sessions.reload()?;
    let what = "the speaker has the other key";
    sessions.lab.wait_until(SOON, what, || {
        let log = sessions.lab.log("s")?;
        ensure!(log.contains("changed without a reset"), "not yet");
        anyhow::Ok(())
    })?;
    sessions.edit("bird/password.conf", "the key of bird", "another key")?;
    sessions.lab.output("bird", &["birdc", "configure"])?;
    sessions.wait_for("bird-md5", "BIRD is back with the other key", |peer| {
        peer.established_count > 1 && peer.state == "established"
    })?;
    Ok(())
}
