//! The configuration file: read, checked as a whole, and printed as it is in force.
//!
//! [`Config::parse`] either has nothing to complain about or names every problem at once, each with the path of its key.
//! The display form of a [`Config`] is a file again, with all defaults filled in, and means the same.

mod api;
mod checks;
mod difference;
mod drain;
mod groups;
mod raw;
mod render;
mod routes;
mod section;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use bellwether_bgp::egress::RouteAttributes;
use bellwether_bgp::net::Prefix;
use thiserror::Error;

pub(crate) use difference::{Change, Difference, Effect};

use crate::args::LogFormat;
use crate::check::Check;
use crate::model::{ApiSettings, Defaults, DrainSettings, Name, Peer, Problems};

/// What the speaker is told to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) defaults: Defaults,
    /// Where to wait for neighbors; may be empty.
    pub(crate) listen: Vec<SocketAddr>,
    /// The API's Unix socket.
    pub(crate) socket: PathBuf,
    pub(crate) api: ApiSettings,
    pub(crate) drain: DrainSettings,
    /// Where metrics and health are served by HTTP; `None`: nowhere.
    pub(crate) metrics: Option<SocketAddr>,
    pub(crate) logging: Logging,
    /// Names and addresses are unique.
    pub(crate) peers: Vec<Peer>,
    /// Names are unique.
    pub(crate) checks: Vec<Check>,
    /// Prefixes are unique.
    pub(crate) routes: Vec<StaticRoute>,
}

/// What is logged, unless the command line says something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Logging {
    /// A filter as `--log-level` takes it.
    pub(crate) level: String,
    pub(crate) format: LogFormat,
}

impl Default for Logging {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Human,
        }
    }
}

/// A route that the file declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StaticRoute {
    pub(crate) prefix: Prefix,
    pub(crate) attributes: RouteAttributes,
    /// One of [`Config::checks`]: the route is announced while that is healthy. `None`: always.
    pub(crate) check: Option<Name>,
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

impl ConfigError {
    /// What is wrong, a line each; with the path of its key where it has one.
    pub(crate) fn problems(&self) -> Vec<String> {
        match self {
            Self::Invalid(problems) => problems.iter().collect(),
            Self::Read(_) | Self::Syntax { .. } => vec![self.to_string()],
        }
    }
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
            let Config {
                peers,
                checks,
                routes,
                ..
            } = config;
            let peer_names = peers.iter().map(|peer| &peer.name);
            let peer_addresses = peers.iter().map(|peer| &peer.address);
            unique("peers", "name", peer_names, &mut problems);
            unique("peers", "address", peer_addresses, &mut problems);
            unique(
                "checks",
                "name",
                checks.iter().map(|check| &check.name),
                &mut problems,
            );
            unique(
                "routes",
                "prefix",
                routes.iter().map(|route| route.prefix),
                &mut problems,
            );
        }
        match config {
            Some(config) if problems.is_empty() => Ok(config),
            _ => Err(ConfigError::Invalid(problems)),
        }
    }
}

/// No value of `key` stands in two of the sections.
fn unique<T: Ord + fmt::Display>(
    sections: &str,
    key: &str,
    values: impl Iterator<Item = T>,
    problems: &mut Problems,
) {
    let mut known = BTreeMap::new();
    for (index, value) in values.enumerate() {
        match known.entry(value) {
            Entry::Vacant(entry) => {
                entry.insert(index);
            }
            Entry::Occupied(first) => {
                let what = format!(
                    "{} is the {key} of {sections}[{}], too",
                    first.key(),
                    first.get()
                );
                problems.add(format!("{sections}[{index}].{key}"), what);
            }
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
