//! Local forwarding: what a node does with the packets of the addresses that it announces.
//!
//! ```text
//! Desired --plan--> Contents --diff against what is known--> Delta --netlink--> kernel
//! ```
//!
//! `model` is what the planner hands over, `plan` and `diff` are pure, `layout` is the static part
//! of the rules, `nft` the netlink messages, `observe` reads back what is there, and `kernel` holds
//! it together. There is one nf_tables table `bellwether` per family. A Service is elements of
//! shared sets and maps, never a chain or a rule of its own: a change costs microseconds, whatever
//! the number of Services. What comes for a guarded address and is not served is refused, so that no
//! packet circles between this node and its router.

mod contents;
mod diff;
mod error;
mod kernel;
mod key;
mod layout;
pub mod model;
mod nft;
mod observe;
mod plan;
mod probe;

pub use contents::{Family, SetName};
pub use error::{Deed, KernelError, Lack, Object, Refused, Step};
pub use kernel::{Applied, Kernel};
