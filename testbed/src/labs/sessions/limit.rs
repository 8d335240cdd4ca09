use anyhow::{Result, ensure};

use super::Sessions;
use crate::labs::LabTest;
use crate::labs::first_light::SOON;

pub(in crate::labs) const TEST: LabTest = LabTest {
    name: "session-limit",
    about: "a router that announces too many routes is sent away and told why; with a higher limit it is welcome",
    run,
};

fn run(name: &str) -> Result<()> {
    let sessions = Sessions::deploy(name)?;
    let words = "the peer announces more than 10 routes of ipv4-unicast";
    sessions.wait_for("bird-many", "the limit of 10 is met", |peer| {
        peer.state == "idle"
            && peer
                .last_error
                .as_deref()
                .is_some_and(|it| it.contains(words))
    })?;
    sessions.lab.wait_until(SOON, "BIRD is told", || {
        let said = sessions.protocol("bird", "toomany")?;
        ensure!(
            said.contains("Received: Maximum number of prefixes reached"),
            "{said}"
        );
        anyhow::Ok(())
    })?;

    // The other hold time forces a new session.
    sessions.edit(
        "speaker/speaker.toml",
        "max-prefixes = 10",
        "max-prefixes = 20\nhold-time = \"30s\"",
    )?;
    sessions.reload()?;
    sessions.wait_established(&["bird-many"])?;
    sessions.down()
}
