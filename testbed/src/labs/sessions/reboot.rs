use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::Sessions;
use crate::Signal;
use crate::labs::LabTest;
use crate::labs::first_light::SOON;

pub(in crate::labs) const TEST: LabTest = LabTest {
    name: "session-reboot",
    about: "a router loses power and comes back, without a word to the speaker: the session is back within seconds",
    run,
};

/// After BIRD runs again: its own delays are 1 s each.
const BACK_WITHIN: Duration = Duration::from_secs(10);

fn run(name: &str) -> Result<()> {
    let sessions = Sessions::deploy(name)?;
    sessions.wait_established(&["bird-ttl", "bird-link-local"])?;
    let lab = &sessions.lab;

    // With the link down, not even the kernel of the router can say that its connections are gone.
    lab.output("bird", &["ip", "link", "set", "s", "down"])?;
    lab.signal("bird", "bird", Signal::SIGKILL)?;
    lab.wait_until(SOON, "BIRD is gone", || {
        ensure!(lab.processes("bird", "bird")?.is_empty(), "it is there");
        anyhow::Ok(())
    })?;
    sessions.wait_for("bird-md5", "the hold time has passed", |peer| {
        peer.state != "established"
    })?;
    lab.output("bird", &["ip", "link", "set", "s", "up"])?;
    lab.output(
        "bird",
        &[
            "ip",
            "-6",
            "address",
            "replace",
            "fe80::2/64",
            "dev",
            "s",
            "nodad",
        ],
    )?;
    lab.output(
        "bird",
        &[
            "ip",
            "-6",
            "address",
            "replace",
            "fd01::2/64",
            "dev",
            "s",
            "nodad",
        ],
    )?;

    let begin = Instant::now();
    lab.start("bird")?;
    for peer in ["bird-md5", "bird-ttl", "bird-link-local"] {
        sessions.wait_for(peer, "the session is a new one", |peer| {
            peer.established_count == 2 && peer.state == "established"
        })?;
    }
    let took = begin.elapsed();
    ensure!(took < BACK_WITHIN, "the sessions were back after {took:?}");
    sessions.down()
}
