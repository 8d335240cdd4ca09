//! Carries out a plan: the parts of the testbed that touch the system.
//!
//! A node is one process ([`node`]) with network, mount, UTS, IPC and PID namespaces of its own.
//! All else lives inside these namespaces (interfaces are made there, mounts are made there), so
//! killing that process undoes the node, whatever state it is in. What is left of a lab after that
//! is its folder under `/run/bellwether-lab` ([`state`]).

pub(crate) mod claim;
pub(crate) mod command;
pub(crate) mod guard;
pub(crate) mod node;
pub(crate) mod process;
mod root;
pub(crate) mod state;
pub(crate) mod steps;
