//! A BGP-4 speaker as plain values: wire codec, state machine, table of desired routes and egress.
//!
//! Nothing here opens a socket, reads a clock, starts a task or asks for randomness. Bytes, the time and
//! decisions come in as values, and bytes and events go out as values; whoever drives this crate carries them
//! between it and the world. That makes every behaviour repeatable: the same input gives the same output.

pub mod egress;
pub mod iana;
pub mod ingest;
pub mod net;
pub mod session;
pub mod sim;
pub mod time;
pub mod wire;
