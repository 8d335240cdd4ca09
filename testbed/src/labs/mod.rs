//! The labs that are tests: each makes a lab of its own, breaks something in it, and looks at what the real routers,
//! kernels, pods and clients make of that.

mod bad_manifest;
mod bench;
mod capture;
mod drain;
mod ecmp;
pub(crate) mod first_light;
mod gobgp;
mod lease;
mod local_policy;
mod node_death;
mod restart;
pub(crate) mod router;
mod scale_to_zero;
mod sessions;
mod shutdown;
mod standalone;
mod unserved_port;
pub(crate) mod web;

use anyhow::Result;

use crate::image::Program;

/// A test that runs in a lab.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LabTest {
    /// As `cargo lab test NAME` takes it, and the lab's name.
    pub(crate) name: &'static str,
    /// What it proves.
    pub(crate) about: &'static str,
    /// Fails with what was seen instead.
    pub(crate) run: fn(&str) -> Result<()>,
}

/// What the tests use besides the programs of the images.
pub(crate) const PROGRAMS: [Program; 2] = [
    Program {
        name: "tcpdump",
        package: "tcpdump",
    },
    Program {
        name: "tshark",
        package: "tshark",
    },
];

/// In the order in which they run.
pub(crate) const ALL: &[LabTest] = &[
    ecmp::TEST,
    gobgp::TEST,
    local_policy::TEST,
    scale_to_zero::TEST,
    node_death::TEST,
    shutdown::TEST,
    restart::TEST,
    lease::TEST,
    drain::TEST,
    unserved_port::TEST,
    bad_manifest::TEST,
    capture::TEST,
    sessions::md5::TEST,
    sessions::ttl::TEST,
    sessions::kinds::TEST,
    sessions::reboot::TEST,
    sessions::limit::TEST,
    sessions::changes::TEST,
    standalone::TEST,
    bench::TEST,
];
