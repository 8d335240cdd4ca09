use std::fmt;
use std::time::Duration;

use super::Name;

/// What is drained.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DrainTarget {
    /// All that any peer is sent.
    All,
    /// What this owner announces.
    Owner(Name),
    /// What this peer is sent.
    Peer(Name),
}

/// How something is drained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DrainPlan {
    /// How long the routes stay de-preferred before they are withdrawn.
    pub(crate) wait: Duration,
    /// They are not withdrawn, and no session ends.
    pub(crate) depreference_only: bool,
    /// What the neighbors' operators read when the sessions end (RFC 9003).
    pub(crate) communication: String,
}

/// What the configuration says of draining.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DrainSettings {
    /// How often the local AS is prepended to a route that is de-preferred, on eBGP: 0 to [`Self::MAX_PREPEND`].
    pub(crate) prepend: u8,
    /// [`DrainPlan::wait`] of who does not say.
    pub(crate) wait: Duration,
    /// How long the speaker takes to end when it is told to by a signal. Zero: all is withdrawn at once.
    pub(crate) grace: Duration,
}

impl DrainSettings {
    pub(crate) const MAX_PREPEND: u8 = 16;
    pub(crate) const MAX_WAIT: Duration = Duration::from_secs(3600);
}

impl Default for DrainSettings {
    fn default() -> Self {
        Self {
            prepend: 3,
            wait: Duration::from_secs(30),
            grace: Duration::ZERO,
        }
    }
}

impl fmt::Display for DrainTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("everything"),
            Self::Owner(name) => write!(f, "owner {name}"),
            Self::Peer(name) => write!(f, "peer {name}"),
        }
    }
}
