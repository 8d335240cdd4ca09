//! The daemons that are measured, and the few things that each has to be able to do.

mod bellwether;
mod bird;
mod control;
mod frr;
mod gobgp;
mod gobgp_api;
mod rpc;

use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;

use super::namespace::Namespace;
use super::work::Work;

/// A daemon that has started, with all peers configured and no routes, and accepts connections.
pub(crate) trait Daemon {
    /// Has it announce all routes of the work, by the fastest way it has. Returns when it was told
    /// all, or later.
    ///
    /// # Errors
    /// It refuses, or does not answer.
    fn load(&mut self) -> Result<()>;

    /// Has it announce or withdraw the probe.
    ///
    /// # Errors
    /// As [`Daemon::load`].
    fn probe(&mut self, announced: bool) -> Result<()>;

    /// A second client, which changes attributes while the first one withdraws.
    ///
    /// # Errors
    /// It cannot be reached.
    fn churn(&mut self, namespace: &Namespace) -> Result<Box<dyn Churn>>;
}

/// Changes the attributes of the work's churned routes.
pub(crate) trait Churn: Send {
    /// To those of churn, or back to the usual ones.
    ///
    /// # Errors
    /// The daemon refuses, or does not answer.
    fn change(&mut self, changed: bool) -> Result<()>;
}

/// Whom to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Rival {
    /// BIRD of Debian
    Bird,
    /// FRR's bgpd of Debian
    Frr,
    /// The current GoBGP, built from its Go module
    Gobgp,
}

/// A daemon that can be started.
#[derive(Debug)]
pub(crate) struct Subject {
    /// As in the report; the same for each version.
    pub(crate) name: &'static str,
    /// What it says of itself.
    pub(crate) version: String,
    start: Start,
}

#[derive(Debug)]
enum Start {
    /// With the speaker's file.
    Bellwether(PathBuf),
    Bird,
    Frr,
    /// With the folder of its programs.
    Gobgp(PathBuf),
}

impl Subject {
    /// Our own speaker, from this file.
    ///
    /// # Errors
    /// It does not run.
    pub(crate) fn bellwether(speaker: PathBuf) -> Result<Self> {
        Ok(Self {
            name: "bellwether",
            version: bellwether::version(&speaker)?,
            start: Start::Bellwether(speaker),
        })
    }

    /// A rival, whose programs are installed or built if need be.
    ///
    /// # Errors
    /// They cannot be had here; says how to get them.
    pub(crate) fn rival(rival: Rival) -> Result<Self> {
        Ok(match rival {
            Rival::Bird => Self {
                name: "bird",
                version: bird::version()?,
                start: Start::Bird,
            },
            Rival::Frr => Self {
                name: "frr",
                version: frr::version()?,
                start: Start::Frr,
            },
            Rival::Gobgp => {
                let folder = gobgp::build()?;
                Self {
                    name: "gobgp",
                    version: gobgp::version(&folder)?,
                    start: Start::Gobgp(folder),
                }
            }
        })
    }

    /// Starts it in a namespace, without routes.
    ///
    /// # Errors
    /// It does not come up.
    pub(crate) fn start(&self, namespace: &Namespace, work: &Work) -> Result<Box<dyn Daemon>> {
        Ok(match &self.start {
            Start::Bellwether(speaker) => Box::new(bellwether::start(namespace, work, speaker)?),
            Start::Bird => Box::new(bird::start(namespace, work)?),
            Start::Frr => Box::new(frr::start(namespace, work)?),
            Start::Gobgp(folder) => Box::new(gobgp::start(namespace, work, folder)?),
        })
    }
}

/// The first line that a program prints when it is asked for its version, and that has a digit.
fn version_line(program: &std::path::Path, argument: &str) -> Result<String> {
    use anyhow::Context;
    let output = std::process::Command::new(program)
        .arg(argument)
        .stdin(std::process::Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", program.display()))?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let word = said
        .split_whitespace()
        .map(|word| word.trim_start_matches('v'))
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    word.map(str::to_owned)
        .with_context(|| format!("{} {argument} says no version", program.display()))
}
