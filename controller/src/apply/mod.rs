//! Desired -> done, in the order that loses no packet.

pub mod kernel;
pub mod order;
pub mod speaker;
