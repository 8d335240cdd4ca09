//! The command line.

use std::path::PathBuf;

use clap::{Args as Arguments, Parser, Subcommand};

use crate::bench::args::Bench;
use crate::graph::Format;

/// The command line of `cargo lab`.
#[derive(Debug, Parser)]
#[command(
    name = "cargo lab",
    bin_name = "cargo lab",
    version,
    about = "Labs of real routers, nodes, pods and clients on this machine",
    long_about = "Labs of real routers, nodes, pods and clients on this machine.\n\n\
        A lab is a containerlab topology file in testbed/labs/NAME. Its nodes run in network and \
        mount namespaces, without Docker; the same file deploys in containerlab, too. Needs Linux \
        and root. What a lab needs and the machine lacks is \
        installed by apt (BELLWETHER_LAB_INSTALL=never only names it).",
    after_long_help = "Examples:\n  \
        cargo lab demo                                    see everything at once\n  \
        cargo lab up first-light                          make a lab and leave it running\n  \
        cargo lab exec first-light bird -- birdc show route\n  \
        cargo lab exec first-light n1 -- sh               look around in a node\n  \
        cargo lab down first-light                        remove it\n  \
        cargo lab bench announce --against bird,frr       how fast are we?\n  \
        cargo lab up path/to/my.clab.yml                  a topology of your own"
)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `cargo lab` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// See the main job working: a Service announced to BIRD and GoBGP, and what happens to its
    /// clients
    ///
    /// Builds what is needed, makes the lab, tells each step with what it shows, and removes the
    /// lab. Exits 0 only if all of it was seen.
    Demo(Demo),
    /// Run every test: unit, property, simulation and documentation tests, and the labs with real
    /// routers
    ///
    /// Ends with a line that counts passed, failed and skipped tests; exits 0 only if none failed.
    Test(Test),
    /// Measure the speaker beside other daemons, in the same run on the same work
    #[command(subcommand)]
    Bench(Bench),
    /// Show which labs there are, and which are running
    List,
    /// Make a lab and leave it running
    Up {
        /// A lab's name, its folder, or a topology file
        lab: PathBuf,
        /// Take the workspace's binaries from this folder instead of building them
        #[arg(long, value_name = "FOLDER")]
        binaries: Option<PathBuf>,
    },
    /// Remove a running lab, or what a crash left of it
    Down {
        /// The lab's name, as `list` shows it
        lab: String,
    },
    /// Run a command in a node of a running lab
    #[command(after_help = "Exits as the command does. \
            Where containerlab runs the lab: docker exec clab-LAB-NODE ...")]
    Exec {
        /// The lab's name, as `list` shows it
        lab: String,
        /// The node's name
        node: String,
        /// The command and its arguments, behind `--`
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
    /// Print a picture of a topology
    Graph {
        /// A lab's name, its folder, or a topology file
        lab: PathBuf,
        /// How to draw it
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Build the container images for containerlab (needs Docker)
    Images(Images),
}

/// How the demo is told.
#[derive(Debug, Arguments)]
pub struct Demo {
    /// Leave the lab running in the end, to look around
    #[arg(long)]
    pub keep: bool,
    /// Print nothing but one JSON object with what was seen
    #[arg(long)]
    pub json: bool,
}

/// Which tests are run.
#[derive(Debug, Arguments)]
pub struct Test {
    /// Only these lab tests, and none of cargo's [default: everything]
    pub names: Vec<String>,
    /// Show the lab tests, and what each proves
    #[arg(long)]
    pub list: bool,
}

/// What images are built from.
#[derive(Debug, Arguments)]
pub struct Images {
    /// The Debian image to build on; it must be of this machine's Debian release, since the
    /// binaries are built here
    #[arg(long, default_value = "debian:bookworm-slim")]
    pub base: String,
    /// Only these images, such as `bird` [default: all]
    pub names: Vec<String>,
}
