//! Appends attributes to a buffer. The caller puts them in order: MP_REACH_NLRI or MP_UNREACH_NLRI
//! first (RFC 7606 section 5.1), the others by ascending code; and keeps them within the peer's
//! longest message, which also keeps each value within the 65535 octets that its length can tell.

pub use super::as_path::{put as as_path, put_as4 as as4_path};
pub use super::community::{put as communities, put_large as large_communities};
pub use super::multiprotocol::{put_reach as mp_reach, put_unreach as mp_unreach};
pub use super::next_hop::put as next_hop;
pub use super::origin::put as origin;
pub use super::preference::{put_local_pref as local_pref, put_med as med};
