//! A seeded world in which real sessions talk over late, cut, stalled, refused and half-open links.
//!
//! Nothing in it reads a clock: time jumps from one happening to the next, so that hours pass in
//! milliseconds, and the same seed and the same faults give the same [trace](World::trace). Links
//! carry octets as TCP does: late and in any portions, but in order, and none is lost before the
//! connection is.
//!
//! ```
//! use std::time::Duration;
//!
//! use bellwether_bgp::ingest::Intake;
//! use bellwether_bgp::net::{Asn, FamilySet, HoldTime};
//! use bellwether_bgp::session::{PeerConfig, State};
//! use bellwether_bgp::sim::{Fault, Side, World};
//!
//! let left = PeerConfig {
//!     local_asn: Asn::new(64512)?,
//!     peer_asn: Asn::new(64513)?,
//!     router_id: "10.0.0.1".parse()?,
//!     passive: false,
//!     hold_time: HoldTime::DEFAULT,
//!     connect_retry_time: Duration::from_secs(5),
//!     families: FamilySet::ALL,
//!     intake: Intake::default(),
//! };
//! let right = PeerConfig {
//!     local_asn: left.peer_asn,
//!     peer_asn: left.local_asn,
//!     router_id: "10.0.0.2".parse()?,
//!     ..left.clone()
//! };
//! let mut world = World::new(left, right, 42);
//! world.start();
//! assert!(world.run_until_established(Duration::from_secs(60)));
//!
//! world.inject(Fault::PowerLoss(Side::Right, Duration::from_secs(20)));
//! assert!(world.run_until_established(Duration::from_secs(300)));
//! assert_eq!(world.session(Side::Left).state(), State::Established);
//! assert!(world.breaches().is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod contract;
mod host;
mod link;
mod tcp;
#[cfg(test)]
mod tests;
mod world;

pub use contract::Contract;
pub use host::Side;
pub use world::{Fault, World};
