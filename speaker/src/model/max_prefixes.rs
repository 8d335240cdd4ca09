use std::time::Duration;

/// How many routes a neighbor may announce to us, for each family, and what happens when there are more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MaxPrefixes {
    /// At least 1.
    pub(crate) limit: u32,
    pub(crate) beyond: Beyond,
}

/// What happens when a neighbor announces more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beyond {
    /// A warning in the log.
    Warn,
    /// The session ends with Cease/Maximum Number of Prefixes Reached (RFC 4486), and stays down until an operator resets
    /// the peer, or for this long: 1 s to a day.
    Shutdown { restart_after: Option<Duration> },
}
