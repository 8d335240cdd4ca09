//! Messages as they are on the wire (RFC 4271 section 4, and the RFCs named in each file).

mod capability;
mod error;
mod frame;
mod message;
mod notification;
mod open;
mod refresh;
mod update;

pub use capability::Capability;
pub use error::WireError;
pub use frame::Framer;
pub use message::{DecodeContext, Message, keepalive};
pub use notification::Notification;
pub use open::Open;
pub use refresh::{RefreshSubtype, RouteRefresh};
pub use update::{ReceivedUpdate, Treatment};
