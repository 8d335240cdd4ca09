//! World -> what is usable of it, and what is not and why.
//!
//! One bad object is rejected by itself; everything else stays in force. Which objects are rejected
//! depends on the objects alone, not on the order in which they came: so a rejected object is not in
//! force even if an earlier version of it was, and every restart and every node finds the same.

mod address;
mod advertisement;
mod config;
mod endpoints;
mod node;
mod peer;
mod pool;
mod selector;
mod service;

use std::fmt;
use std::ops::Deref;

use crate::object::ObjectRef;

pub use address::AddressRange;
pub use advertisement::{Advertisement, Attributes, Community, MAX_COMMUNITY_OCTETS};
pub use config::{Config, config};
pub use endpoints::{SliceEndpoint, endpoints};
pub use node::Node;
pub use peer::Peer;
pub use pool::Pool;
pub(crate) use selector::selects;
pub use service::{LOAD_BALANCER_CLASS, Service, ServicePort, service};

/// A value that was checked: only this module makes one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Valid<T>(T);

impl<T> Deref for Valid<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// An object, or a field of one, that is not in force, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rejected {
    /// The object.
    pub object: ObjectRef,
    /// How much of it is not in force.
    pub extent: Extent,
    /// What is wrong with it.
    pub problem: Problem,
}

/// How much of an object is not in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// The whole of it.
    Object,
    /// The one field that the problem names.
    Field,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rejected {
            object,
            extent,
            problem,
        } = self;
        match extent {
            Extent::Object => write!(f, "{object} is rejected: {problem}"),
            Extent::Field => write!(f, "{object}: {problem}; the field is ignored"),
        }
    }
}

/// What is wrong with an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The path of the field, as `spec.addresses[2]`.
    pub field: String,
    /// The offending value, as it was written.
    pub value: String,
    /// Why it cannot be used, and what could.
    pub reason: String,
}

impl Problem {
    fn new(
        field: impl Into<String>,
        value: impl fmt::Display,
        reason: impl Into<String>,
    ) -> Problem {
        Problem {
            field: field.into(),
            value: value.to_string(),
            reason: reason.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}: {}", self.field, self.value, self.reason)
    }
}
