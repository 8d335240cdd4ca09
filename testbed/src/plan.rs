//! What has to be done to have a lab, as a list of steps. Pure: nothing is touched, the same
//! topology gives the same list.
//!
//! The order is containerlab's as far as a node can see it: a node's file system, kernel parameters
//! and binds are there before its links, its links before its command, and its `exec` lines come
//! when everything runs.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::image::Recipe;
use crate::topology::{Bind, Endpoint, Node, Topology};

/// Where the binaries and scripts of an image are found in a node.
const PROGRAMS: &str = "/usr/local/bin";

/// Where the runner finds what images hold besides the host's programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources {
    /// Folder of the workspace's built binaries.
    pub binaries: PathBuf,
    /// The folder `testbed/images`.
    pub images: PathBuf,
}

/// One step. Steps are done in their list's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A node begins: its namespaces, its own view of the file system, its first process.
    Namespace {
        /// Node, and its host name.
        node: String,
    },
    /// A folder in the node, with its parents.
    Directory {
        /// Node.
        node: String,
        /// Absolute, in the node.
        path: PathBuf,
    },
    /// A file in the node.
    File {
        /// Node.
        node: String,
        /// Absolute, in the node.
        path: PathBuf,
        /// The whole of it.
        content: String,
    },
    /// A file or folder of the host, seen in the node.
    Bind {
        /// Node.
        node: String,
        /// From where to where.
        bind: Bind,
    },
    /// A kernel parameter of the node's network.
    Sysctl {
        /// Node.
        node: String,
        /// Dotted name.
        key: String,
        /// As written into it.
        value: String,
    },
    /// A pair of interfaces.
    Link {
        /// Both ends, which need not be of different nodes.
        ends: [Endpoint; 2],
        /// Bytes.
        mtu: u32,
    },
    /// The loopback and all links of a node are switched on.
    Up {
        /// Node.
        node: String,
        /// Without `lo`.
        interfaces: Vec<String>,
    },
    /// The node's command starts and stays.
    Spawn {
        /// Node.
        node: String,
        /// Program and arguments.
        argv: Vec<String>,
    },
    /// A command of the node that has to succeed.
    Exec {
        /// Node.
        node: String,
        /// Program and arguments.
        argv: Vec<String>,
    },
}

/// The deed, in words that follow "cannot".
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Namespace { node } => write!(f, "make the node `{node}`"),
            Self::Directory { node, path } => {
                write!(f, "make {} in node `{node}`", path.display())
            }
            Self::File { node, path, .. } => write!(f, "write {} in node `{node}`", path.display()),
            Self::Bind { node, bind } => {
                let (source, target) = (bind.source.display(), bind.target.display());
                let how = if bind.read_only { ", read-only" } else { "" };
                write!(f, "bind {source} to {target} in node `{node}`{how}")
            }
            Self::Sysctl { node, key, value } => {
                write!(f, "set {key} to `{value}` in node `{node}`")
            }
            Self::Link { ends: [a, b], mtu } => {
                let (a, b) = (
                    format!("{}:{}", a.node, a.interface),
                    format!("{}:{}", b.node, b.interface),
                );
                write!(f, "link {a} with {b}, MTU {mtu}")
            }
            Self::Up { node, interfaces } => {
                write!(f, "switch on lo {} in node `{node}`", interfaces.join(" "))
            }
            Self::Spawn { node, argv } => write!(f, "start `{}` in node `{node}`", argv.join(" ")),
            Self::Exec { node, argv } => write!(f, "run `{}` in node `{node}`", argv.join(" ")),
        }
    }
}

/// The steps that make `topology` exist.
#[must_use]
pub fn plan(topology: &Topology, sources: &Sources) -> Vec<Step> {
    let mut steps = Vec::new();
    for node in &topology.nodes {
        file_system(node, sources, &mut steps);
        sysctls(node, &mut steps);
    }
    for link in &topology.links {
        steps.push(Step::Link {
            ends: link.ends.clone(),
            mtu: link.mtu,
        });
    }
    for node in &topology.nodes {
        let interfaces = topology.interfaces(&node.name).map(str::to_owned).collect();
        steps.push(Step::Up {
            node: node.name.clone(),
            interfaces,
        });
    }
    for node in &topology.nodes {
        steps.push(Step::Spawn {
            node: node.name.clone(),
            argv: node.command.clone(),
        });
    }
    for node in &topology.nodes {
        let exec = |argv: &Vec<String>| Step::Exec {
            node: node.name.clone(),
            argv: argv.clone(),
        };
        steps.extend(node.exec.iter().map(exec));
    }
    steps
}

fn file_system(node: &Node, sources: &Sources, steps: &mut Vec<Step>) {
    let name = &node.name;
    steps.push(Step::Namespace { node: name.clone() });
    for path in node.image.directories {
        steps.push(Step::Directory {
            node: name.clone(),
            path: PathBuf::from(path),
        });
    }
    let hosts = format!(
        "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n127.0.1.1 {name}\n"
    );
    for (path, content) in [
        ("/etc/hosts", hosts),
        ("/etc/hostname", format!("{name}\n")),
    ] {
        steps.push(Step::File {
            node: name.clone(),
            path: PathBuf::from(path),
            content,
        });
    }
    for bind in programs(node.image, sources).chain(node.binds.iter().cloned()) {
        steps.push(Step::Bind {
            node: name.clone(),
            bind,
        });
    }
}

/// The binaries and scripts that the image holds.
fn programs<'a>(image: &'a Recipe, sources: &'a Sources) -> impl Iterator<Item = Bind> + 'a {
    let scripts = sources.images.join(image.folder());
    let binaries = image
        .binaries
        .iter()
        .map(|name| sources.binaries.join(name));
    binaries
        .chain(image.scripts.iter().map(move |name| scripts.join(name)))
        .filter_map(|source| {
            let target = Path::new(PROGRAMS).join(source.file_name()?);
            Some(Bind {
                source,
                target,
                read_only: true,
            })
        })
}

/// IPv6 is on in the nodes, whatever the host's default is; the topology's own values come last.
fn sysctls(node: &Node, steps: &mut Vec<Step>) {
    let on = ["all", "default"].map(|scope| {
        (
            format!("net.ipv6.conf.{scope}.disable_ipv6"),
            "0".to_owned(),
        )
    });
    for (key, value) in on.into_iter().chain(node.sysctls.clone()) {
        steps.push(Step::Sysctl {
            node: node.name.clone(),
            key,
            value,
        });
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const TEXT: &str = "
name: pair
topology:
  defaults: {kind: linux, network-mode: none, privileged: false, cap-add: [NET_ADMIN]}
  nodes:
    n1:
      image: bellwether-lab/node
      sysctls: {net.ipv4.ip_forward: 1}
      binds: [/etc/hostname:/etc/bellwether/speaker.toml:ro]
      exec: [ip address add 10.0.0.1/24 dev tor]
    tor:
      image: bellwether-lab/bird
  links:
    - endpoints: [n1:tor, tor:n1]
    - endpoints: [n1:second, tor:second]
      mtu: 1500
";

    fn steps() -> Vec<Step> {
        let topology = Topology::from_text(Path::new("/labs/pair.clab.yml"), TEXT, |_| None);
        let sources = Sources {
            binaries: "/target/debug".into(),
            images: "/images".into(),
        };
        plan(&topology.unwrap(), &sources)
    }

    #[test]
    fn a_pair_of_nodes_becomes_these_steps() {
        let lines: Vec<_> = steps().iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn a_node_knows_its_own_name() {
        let hosts = steps().into_iter().find_map(|step| match step {
            Step::File {
                node,
                path,
                content,
            } if node == "tor" && path.ends_with("hosts") => Some(content),
            _ => None,
        });
        assert!(hosts.unwrap().ends_with("127.0.1.1 tor\n"));
    }
}
