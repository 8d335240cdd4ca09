//! UPDATE (RFC 4271 section 4.3): what a peer's says, and how ours are put together.

mod encode;
mod received;
mod routes;
mod template;

pub use encode::{announce_ipv4, announce_ipv6, end_of_rib, withdraw};
pub use received::{ReceivedUpdate, Treatment};
pub use routes::ReceivedRoutes;
pub use template::{Template, put_withdrawal, withdrawal_room};

/// The octets of an UPDATE that says nothing: header, and the lengths of withdrawn routes and
/// attributes.
const EMPTY: usize = super::HEADER_OCTETS + 2 + 2;
