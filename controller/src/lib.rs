//! The controller's parts, shared by the binary and the tests.
//!
//! A change goes one way through them: `source` tells of it, `world` holds it, `validate` checks it,
//! `plan` (by `announce`) works out what follows, `apply` does it. Only `source` and `apply` touch the
//! outside; everything between is values in, values out.

pub mod announce;
pub mod apply;
pub mod crd;
pub mod forward;
pub mod node;
pub mod object;
pub mod plan;
pub mod report;
pub mod run;
pub mod source;
pub mod validate;
pub mod world;
