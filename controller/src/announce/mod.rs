//! Who announces what, and why not: pure.

pub mod choice;
pub mod decide;
mod reason;

pub use choice::Backing;
pub use decide::{Decision, decide};
pub use reason::{Conflict, Reason};
