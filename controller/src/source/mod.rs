//! Where objects come from. Every source yields the same events.

use crate::object::{Object, ObjectRef};

pub mod directory;

/// What a source tells of its objects. Each event is about one object.
///
/// A source first tells all that is there, then `Synced`, then each change. Nothing may be decided
/// before `Synced`: an object that is yet to come is not an object that is gone.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The object is new, or not as it was.
    Upsert(ObjectRef, Object),
    /// The object is gone.
    Delete(ObjectRef),
    /// All that was there at the start has been told.
    Synced,
}
