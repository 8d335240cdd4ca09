use anyhow::{Result, ensure};

use super::Sessions;
use crate::labs::LabTest;
use crate::labs::first_light::SOON;

pub(in crate::labs) const TEST: LabTest = LabTest {
    name: "session-limit",
    about: "a peer that announces too many routes is sent away and told why; one whose limit is raised in time stays",
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
    sessions.down()
}
