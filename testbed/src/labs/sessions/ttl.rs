use anyhow::{Result, ensure};

use super::Sessions;
use crate::labs::LabTest;
use crate::labs::first_light::SOON;

pub(in crate::labs) const TEST: LabTest = LabTest {
    name: "session-ttl",
    about: "TTL security with BIRD and FRR, which keeps out who sends with less; and multihop over a router",
    run,
};

fn run(name: &str) -> Result<()> {
    let sessions = Sessions::deploy(name)?;
    sessions.wait_established(&["bird-ttl", "frr-ttl", "far"])?;
    sessions.wait_unreachable("bird-low-ttl", "does the neighbor send with TTL 255")?;

    // Over a router, the packets of BIRD come with one less than it sends, which is less than 255: they are dropped.
    sessions.edit("speaker/speaker.toml", "multihop = 2", "ttl-security = 1")?;
    sessions.reload()?;
    sessions.wait_for("far", "the packets of a distant peer are dropped", |peer| {
        peer.state != "established"
    })?;

    // Nothing but TTL 2 gets over a router: with the default of eBGP there is no session.
    sessions.edit(
        "speaker/speaker.toml",
        "ttl-security = 1\n\n[[routes]]",
        "\n[[routes]]",
    )?;
    sessions.reload()?;
    let words = "if the neighbor is not on a network of ours, set multihop";
    let what = "the speaker says what is missing";
    sessions.lab.wait_until(SOON, what, || {
        let peer = sessions.peer("far")?;
        let error = peer.last_error.clone().unwrap_or_default();
        ensure!(error.contains(words), "{peer:?}");
        anyhow::Ok(())
    })?;
    sessions.down()
}
