//! Labs for real: namespaces, links, daemons, and what is left of them afterwards (nothing).
//!
//! These need root, and say so when they are skipped.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[macro_use]
mod support;

mod bird;
mod ending;
mod folder;
mod isolation;
mod left_over;
