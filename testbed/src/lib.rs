//! The testbed: labs of real routers, nodes, pods and clients, in network and mount namespaces of
//! this machine.
//!
//! A lab is a containerlab topology file and the files that it binds, in `testbed/labs/NAME`. It
//! goes [`topology`] (read strictly) → [`plan`] (a list of steps, pure) → `run` (does them; a guard
//! undoes them) → [`Lab`], which tests and the demo hold, ask and break.
//!
//! Invariants:
//! - A topology file deploys unchanged in containerlab; a key that is not carried out here is an
//!   error.
//! - Everything of a lab lives in its nodes' namespaces and in `/run/bellwether-lab/LAB`. When the
//!   lab is gone, so is all of it, also after a failure, a panic, Ctrl-C; after a kill, the next
//!   start of the lab tidies up.
//! - Nothing is waited for by sleeping ([`wait`]).

/// As `println!`, but a reader that has gone away (`| head`) is no reason to stop in the middle of things.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

pub mod agent;
pub mod args;
pub mod bench;
pub mod binaries;
mod commands;
mod demo;
mod dump;
mod error;
pub mod graph;
pub mod image;
mod lab;
mod labs;
pub mod plan;
mod run;
mod suite;
pub mod tools;
pub mod topology;
pub mod wait;

pub use commands::run;
pub use error::{Error, Result};
pub use lab::{ExecOutput, Lab, Options, Process, topology_file};
pub use nix::sys::signal::Signal;
