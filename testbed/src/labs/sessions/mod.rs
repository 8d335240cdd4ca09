//! The sessions lab: one speaker without the controller, and the kinds of sessions that an operator needs.

pub(super) mod changes;
pub(super) mod kinds;
pub(super) mod limit;
pub(super) mod md5;
pub(super) mod reboot;
pub(super) mod ttl;

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::first_light::{Peer, SOON};
use crate::{Lab, Options, Signal};

/// Who is silent is waited for until the hold timer of 9 s has run out, perhaps of the second connection only.
const SILENCE: Duration = Duration::from_secs(60);

/// A peer, of what `bellctl -o json peers` prints.
#[derive(Debug, Deserialize)]
struct PeerState {
    peer: Peer,
    state: String,
    /// When it came into this state.
    since: Option<String>,
    established_count: u64,
    last_error: Option<String>,
}

/// A running sessions lab, from a copy of its files.
#[derive(Debug)]
struct Sessions {
    lab: Lab,
}

impl Sessions {
    fn deploy(name: &str) -> Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("labs/sessions");
        let options = Options {
            name: Some(name.to_owned()),
            private_copy: true,
            ..Options::default()
        };
        Ok(Self {
            lab: Lab::deploy(&folder, &options)?,
        })
    }

    fn peer(&self, name: &str) -> Result<PeerState> {
        let output = self.lab.output("s", &["bellctl", "-o", "json", "peers"])?;
        let peers: Vec<PeerState> =
            serde_json::from_str(&output).with_context(|| format!("bellctl said {output}"))?;
        let mut peers = peers.into_iter();
        peers
            .find(|state| state.peer.name == name)
            .with_context(|| format!("the speaker has no peer {name}"))
    }

    /// Waits until the session of each of these peers is Established.
    fn wait_established(&self, names: &[&str]) -> Result<()> {
        for name in names {
            let what = format!("the session with {name}");
            self.wait_for(name, &what, |peer| peer.state == "established")?;
        }
        Ok(())
    }

    /// Waits until a peer is as wanted.
    fn wait_for(
        &self,
        name: &str,
        what: &str,
        wanted: impl Fn(&PeerState) -> bool,
    ) -> Result<PeerState> {
        self.wait_within(SOON, name, what, wanted)
    }

    fn wait_within(
        &self,
        limit: Duration,
        name: &str,
        what: &str,
        wanted: impl Fn(&PeerState) -> bool,
    ) -> Result<PeerState> {
        let seen = self.lab.wait_until(limit, what, || {
            let peer = self.peer(name)?;
            ensure!(wanted(&peer), "{peer:?}");
            Ok(peer)
        });
        Ok(seen?)
    }

    /// Waits until a peer cannot be reached, and the reason has these words.
    fn wait_unreachable(&self, name: &str, words: &str) -> Result<()> {
        let what = format!("{name} is not reached: {words}");
        let told = |peer: &PeerState| {
            let error = peer.last_error.as_deref().unwrap_or_default();
            peer.state != "established" && error.contains(words)
        };
        let peer = self.wait_within(SILENCE, name, &what, told)?;
        ensure!(peer.established_count == 0, "it was reached: {peer:?}");
        Ok(())
    }

    /// Replaces a text in a file of the lab.
    fn edit(&self, file: &str, from: &str, to: &str) -> Result<()> {
        let path = self.lab.folder().join(file);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {file}"))?;
        ensure!(text.contains(from), "{file} has no {from:?}");
        fs::write(&path, text.replace(from, to)).with_context(|| format!("cannot write {file}"))
    }

    /// Has the speaker read its files again.
    fn reload(&self) -> Result<()> {
        self.lab.signal("s", "bellwether-speaker", Signal::SIGHUP)?;
        Ok(())
    }

    /// What BIRD says of a protocol.
    fn protocol(&self, node: &str, name: &str) -> Result<String> {
        let argv = ["birdc", "show", "protocols", "all", name];
        Ok(self.lab.output(node, &argv)?)
    }

    /// What FRR answers.
    fn vtysh(&self, commands: &[&str]) -> Result<String> {
        let mut argv = vec!["vtysh", "--vty_socket", "/run/frr"];
        for command in commands {
            argv.extend(["-c", command]);
        }
        Ok(self.lab.output("frr", &argv)?)
    }

    fn down(self) -> Result<()> {
        Ok(self.lab.down()?)
    }
}
