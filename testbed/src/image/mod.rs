//! What a node's image means here: the recipe by which the runner does with the host's programs
//! what the Dockerfile in `testbed/images/NAME` does in a container. The two are kept side by side,
//! one file and one folder an image.

mod bird;
mod client;
mod frr;
mod gobgp;
mod host;
mod node;
mod pod;

use std::fmt;

/// Every image that a topology may name.
pub const ALL: &[Recipe] = &[
    node::RECIPE,
    host::RECIPE,
    bird::RECIPE,
    gobgp::RECIPE,
    frr::RECIPE,
    client::RECIPE,
    pod::RECIPE,
];

/// An image, and how to be it without a container.
#[derive(PartialEq, Eq)]
pub struct Recipe {
    /// Name without tag, such as `bellwether-lab/bird`.
    pub image: &'static str,
    /// Runs in the node when the topology says nothing else; never empty.
    pub command: &'static [&'static str],
    /// Programs of the host that it needs, besides those that every node needs.
    pub programs: &'static [Program],
    /// Binaries of this workspace that it holds, in `/usr/local/bin`.
    pub binaries: &'static [&'static str],
    /// Scripts of its folder under `testbed/images` that it holds, in `/usr/local/bin`.
    pub scripts: &'static [&'static str],
    /// Folders that exist in it when its command starts.
    pub directories: &'static [&'static str],
    /// What to run in the node to learn how it is doing; printed when a wait fails.
    pub questions: &'static [&'static [&'static str]],
}

impl Recipe {
    /// The name of its folder under `testbed/images`.
    #[must_use]
    pub fn folder(&self) -> &'static str {
        self.image.rsplit('/').next().unwrap_or(self.image)
    }
}

impl fmt::Debug for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipe({})", self.image)
    }
}

/// A program of the host, and the Debian package that brings it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Program {
    /// Name of the executable.
    pub name: &'static str,
    /// Debian's and Ubuntu's package.
    pub package: &'static str,
}

/// What the runner and the `exec` lines of every topology use.
pub const EVERYWHERE: &[Program] = &[
    Program {
        name: "ip",
        package: "iproute2",
    },
    Program {
        name: "mount",
        package: "mount",
    },
    Program {
        name: "ping",
        package: "iputils-ping",
    },
    Program {
        name: "setpriv",
        package: "util-linux",
    },
    Program {
        name: "setsid",
        package: "util-linux",
    },
    Program {
        name: "sh",
        package: "dash",
    },
    Program {
        name: "sleep",
        package: "coreutils",
    },
];

/// The recipe of an image by its name in a topology; tags (`:latest`) do not matter.
#[must_use]
pub fn find(image: &str) -> Option<&'static Recipe> {
    let name = image.split_once(':').map_or(image, |(name, _)| name);
    ALL.iter().find(|recipe| recipe.image == name)
}
