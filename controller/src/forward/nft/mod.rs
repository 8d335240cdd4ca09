//! nf_tables over netlink: the few messages and expressions that the forwarding needs.
//!
//! Attribute numbers follow `linux/netfilter/nf_tables.h`; all numbers are in network byte order,
//! except the values of registers, which are the packet's or the host's.

pub(crate) mod attribute;
pub(crate) mod batch;
pub(crate) mod code;
pub(crate) mod dump;
pub(crate) mod expression;
pub(crate) mod message;
pub(crate) mod socket;
