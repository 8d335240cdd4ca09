//! Topology files: containerlab's format, read strictly.
//!
//! The same file deploys in containerlab and here, so a key that this testbed does not carry out is
//! an error and never ignored: a lab must not mean two things. [`Topology::read`] goes file → text
//! with variables expanded (`expand`) → tree with lines (`yaml`) → `parse` → `validate`
//! (which uses `merge`), and reports every problem it can find at once.

mod expand;
mod merge;
mod parse;
mod problem;
mod validate;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub use self::problem::{Problem, Problems};
use crate::image::Recipe;

/// containerlab's default for the links between nodes, in bytes.
pub const DEFAULT_MTU: u32 = 9500;

/// A lab as its file describes it: merged, complete and consistent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topology {
    /// The lab's name; also the name of its folder under `/run/bellwether-lab`.
    pub name: String,
    /// The file that it was read from, absolute.
    pub file: PathBuf,
    /// In the file's order, at least one.
    pub nodes: Vec<Node>,
    /// In the file's order; each end is an interface of a node above, and used once.
    pub links: Vec<Link>,
}

/// One node, with defaults, kind and group merged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Also its host name.
    pub name: String,
    /// What the node is.
    pub image: &'static Recipe,
    /// `topology.groups` entry it takes fields from.
    pub group: Option<String>,
    /// What runs in it: `entrypoint` and `cmd` of the file, else the image's default. Never empty.
    pub command: Vec<String>,
    /// Run in this order once the links are up; a failing one fails the lab.
    pub exec: Vec<Vec<String>>,
    /// Files and folders of the host that are seen in the node.
    pub binds: Vec<Bind>,
    /// Environment of everything that runs in the node.
    pub env: BTreeMap<String, String>,
    /// Kernel parameters, by their dotted names.
    pub sysctls: BTreeMap<String, String>,
    /// Free text for people.
    pub labels: BTreeMap<String, String>,
    /// All capabilities (containerlab's default), or only Docker's default set and `cap_add`.
    pub privileged: bool,
    /// Names in lower case without `cap_`, as `setpriv` takes them.
    pub cap_add: BTreeSet<String>,
}

/// A file or folder of the host, seen at another path in a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bind {
    /// Absolute; the file's relative paths are relative to the file.
    pub source: PathBuf,
    /// Absolute, in the node.
    pub target: PathBuf,
    /// Mounted so that the node cannot write to it.
    pub read_only: bool,
}

/// A cable between two interfaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The two ends; may be two interfaces of one node.
    pub ends: [Endpoint; 2],
    /// Bytes; [`DEFAULT_MTU`] unless the file says otherwise.
    pub mtu: u32,
}

/// One end of a link.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// Name of a node of the topology.
    pub node: String,
    /// At most 15 bytes, as the kernel has it.
    pub interface: String,
}

impl Topology {
    /// Reads and checks a topology file; variables come from this process' environment.
    ///
    /// # Errors
    /// All problems of the file, or that it cannot be read.
    pub fn read(file: &Path) -> Result<Self, Problems> {
        let text = std::fs::read_to_string(file)
            .and_then(|text| Ok((file.canonicalize()?, text)))
            .map_err(|error| Problems::of_file(file, &format!("cannot read: {error}")));
        let (file, text) = text?;
        Self::from_text(&file, &text, |name| std::env::var(name).ok())
    }

    /// Reads a topology from text that stands in `file`, an absolute path (which need not exist
    /// unless binds are given).
    ///
    /// # Errors
    /// All problems of the text.
    pub fn from_text(
        file: &Path,
        text: &str,
        variables: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let raw = yaml::read(&expand::expand(text, variables))
            .map(|document| parse::parse(&document, &mut problems));
        let topology = match raw {
            Ok(raw) => validate::validate(file, &raw, &mut problems),
            Err(problem) => {
                problems.push(problem);
                None
            }
        };
        match topology {
            Some(topology) if problems.is_empty() => Ok(topology),
            _ => Err(Problems::new(file, problems)),
        }
    }

    /// The node of this name.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name == name)
    }

    /// The images of all nodes, some of them several times.
    pub fn images(&self) -> impl Iterator<Item = &'static Recipe> {
        self.nodes.iter().map(|node| node.image)
    }

    /// Interfaces that the links give to a node, in the links' order.
    pub fn interfaces<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a str> {
        let ends = self.links.iter().flat_map(|link| &link.ends);
        ends.filter(move |end| end.node == node)
            .map(|end| end.interface.as_str())
    }
}

#[cfg(test)]
mod tests;
