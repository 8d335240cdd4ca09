//! The configuration file: read, checked as a whole, and printed as it is in force.
//!
//! [`Config::parse`] either has nothing to complain about or names every problem at once, each with the path of its key.
//! The display form of a [`Config`] is a file again, with all defaults filled in, and means the same.

mod raw;
mod render;
mod section;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::model::{Defaults, Peer, Problems};

/// What the speaker is told to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) defaults: Defaults,
    /// Where to wait for neighbors; may be empty.
    pub(crate) listen: Vec<SocketAddr>,
    /// The API's Unix socket.
    pub(crate) socket: PathBuf,
    /// Names and addresses are unique.
    pub(crate) peers: Vec<Peer>,
}

/// Why there is no [`Config`].
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    #[error("cannot be read: {0}")]
    Read(std::io::Error),
    /// Not TOML at all; the error shows line and column.
    #[error("{error}")]
    Syntax { error: Box<toml::de::Error> },
    #[error("{}", list(.0))]
    Invalid(Problems),
}

impl Config {
    /// The configuration in the file at `path`.
    ///
    /// # Errors
    /// The file cannot be read, is not TOML, or has problems: all of them are listed.
    pub(crate) fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(ConfigError::Read)?;
        Self::parse(&text)
    }

    /// As [`Self::load`], of a text.
    fn parse(text: &str) -> Result<Self, ConfigError> {
        let table = text.parse().map_err(|error| ConfigError::Syntax {
            error: Box::new(error),
        })?;
        let mut problems = Problems::default();
        let config = raw::read(table, &mut problems);
        if let Some(config) = &config {
            unique(&config.peers, &mut problems);
        }
        match config {
            Some(config) if problems.is_empty() => Ok(config),
            _ => Err(ConfigError::Invalid(problems)),
        }
    }
}

/// No name and no address stands for two peers.
fn unique(peers: &[Peer], problems: &mut Problems) {
    let mut names = BTreeMap::new();
    let mut addresses = BTreeMap::new();
    for (index, peer) in peers.iter().enumerate() {
        if let Some(first) = names.insert(&peer.name, index) {
            let what = format!(
                "{:?} is the name of peers[{first}], too",
                peer.name.as_str()
            );
            problems.add(format!("peers[{index}].name"), what);
        }
        if let Some(first) = addresses.insert(&peer.address, index) {
            let what = format!("{} is the address of peers[{first}], too", peer.address);
            problems.add(format!("peers[{index}].address"), what);
        }
    }
}

fn list(problems: &Problems) -> String {
    let count = match problems.len() {
        1 => "1 problem".to_owned(),
        n => format!("{n} problems"),
    };
    problems
        .iter()
        .fold(count, |text, problem| text + "\n  " + &problem)
}

#[cfg(test)]
mod tests;
