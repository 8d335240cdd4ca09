//! Labs for real: namespaces, links, daemons, and what is left of them afterwards (nothing).
//!
//! These need root, and say so when they are skipped.

#[macro_use]
mod support;

mod bird;
mod ending;
mod folder;
mod isolation;
mod left_over;
