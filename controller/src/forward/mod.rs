//! Local forwarding: what a node does with the packets of the addresses that it announces.

pub mod model;
