//! What can go wrong with a lab.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::{tools, topology};

/// A lab could not be made, used or removed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The topology file has problems.
    #[error(transparent)]
    Topology(#[from] topology::Problems),
    /// A folder was named, and it does not hold exactly one topology file.
    #[error(
        "{} holds {found} files named *.clab.yml; one is needed, or the name of the file",
        folder.display()
    )]
    NoTopology {
        /// The folder.
        folder: PathBuf,
        /// How many are there.
        found: usize,
    },
    /// Namespaces need root.
    #[error(
        "labs run in network namespaces, which only root may make: \
         try `sudo -E env \"PATH=$PATH\" cargo lab ...`"
    )]
    NotRoot,
    /// Programs of the host are missing.
    #[error(transparent)]
    Tools(#[from] tools::Missing),
    /// The workspace's binaries could not be built or found.
    #[error("{0}")]
    Binaries(String),
    /// A lab of this name exists and works.
    #[error("the lab `{lab}` is running{by}; `cargo lab down {lab}` removes it")]
    Running {
        /// Name of the lab.
        lab: String,
        /// Who runs it, when it is another process.
        by: String,
    },
    /// No lab of this name exists.
    #[error("no lab `{lab}` is running; `cargo lab list` shows which are")]
    NotRunning {
        /// Name of the lab.
        lab: String,
    },
    /// The lab has no such node, or not any more.
    #[error("the lab `{lab}` has no running node `{node}`")]
    NoNode {
        /// Name of the lab.
        lab: String,
        /// Name of the node.
        node: String,
    },
    /// No process of the node runs this program.
    #[error("no process of `{node}` runs `{program}`")]
    NoProcess {
        /// Name of the node.
        node: String,
        /// Name of the executable.
        program: String,
    },
    /// A command in a node ended with another status than 0.
    #[error("`{command}` in node `{node}` failed with {status}: {stderr}")]
    Exec {
        /// Name of the node.
        node: String,
        /// The command line.
        command: String,
        /// How it ended, in words.
        status: String,
        /// What it printed to stderr, or else to stdout.
        stderr: String,
    },
    /// A command in a node did not end in time, and was killed.
    #[error("`{command}` in node `{node}` did not end within {limit:?}")]
    ExecTimeout {
        /// Name of the node.
        node: String,
        /// The command line.
        command: String,
        /// What it was given.
        limit: Duration,
    },
    /// A condition did not come true in time.
    #[error(transparent)]
    Wait(#[from] crate::wait::TimedOut),
    /// The system refused something.
    #[error("cannot {deed}: {source}")]
    System {
        /// What was tried, with its values.
        deed: String,
        /// What the system said.
        source: io::Error,
    },
}

/// [`Error`] is the error of everything about labs.
pub type Result<T> = std::result::Result<T, Error>;

/// Names the deed that an error of the system stopped.
pub(crate) trait Doing<T> {
    fn doing(self, deed: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: Into<io::Error>> Doing<T> for std::result::Result<T, E> {
    fn doing(self, deed: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| Error::System {
            deed: deed(),
            source: error.into(),
        })
    }
}
