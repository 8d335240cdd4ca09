//! What is known of a lab outside of the process that runs it: its folder under
//! `/run/bellwether-lab`.
//!
//! ```text
//! LAB/state.json     the nodes, with process numbers and start times
//! LAB/logs/          what the nodes' programs printed
//! LAB/files/         the private copy of the topology's folder, if there is one
//! LAB/scratch/       on which each node mounts its file system; empty to the host
//! LAB.lock           locked by the process that makes, uses or removes the lab; its number
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::node::Node;

/// Where labs keep what they need while they run.
const ROOT: &str = "/run/bellwether-lab";

/// The contents of a lab's state file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct State {
    /// The topology file in force, which may be the private copy.
    pub(crate) topology: PathBuf,
    /// Whether the lab stays when the process that made it has ended. If not, and it has, the lab
    /// is a left-over.
    pub(crate) kept: bool,
    /// Nodes that were made and not killed on purpose.
    pub(crate) nodes: BTreeMap<String, Node>,
}

impl State {
    /// Reads a lab's state; none when there is no such lab, or its file was never finished.
    pub(crate) fn read(lab: &str) -> Option<Self> {
        let text = fs::read(folder(lab).join("state.json")).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Replaces the lab's state file in one step: a reader sees the old or the new one.
    pub(crate) fn write(&self, lab: &str) -> io::Result<()> {
        let file = folder(lab).join("state.json");
        let new = file.with_extension("new");
        fs::write(&new, serde_json::to_vec_pretty(self)?)?;
        fs::rename(new, file)
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.nodes.values().any(Node::is_alive)
    }
}

/// The folder of a lab, whether it exists or not.
pub(crate) fn folder(lab: &str) -> PathBuf {
    Path::new(ROOT).join(lab)
}

/// The lock of a lab, whether it exists or not.
pub(crate) fn lock_file(lab: &str) -> PathBuf {
    Path::new(ROOT).join(format!("{lab}.lock"))
}

/// Names of all labs that have a folder, sorted.
pub(crate) fn names() -> Vec<String> {
    let entries = fs::read_dir(ROOT).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let mut names: Vec<_> = folders
        .filter_map(|folder| folder.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}
