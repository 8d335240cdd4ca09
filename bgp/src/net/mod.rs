//! The values that BGP speaks about, each of which cannot be built wrong.

mod asn;
mod family;
mod hold_time;
mod prefix;
mod router_id;

pub use asn::{Asn, AsnError};
pub use family::{Family, FamilySet};
pub use hold_time::{HoldTime, HoldTimeError};
pub use prefix::{Prefix, PrefixError};
pub use router_id::{RouterId, RouterIdError};
