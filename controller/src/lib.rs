//! The controller's parts, shared by the binary and the tests.

pub mod forward;
