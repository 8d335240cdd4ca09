use std::time::Duration;

/// How long an owner may be silent, and what is done with its routes then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lease {
    /// [`Self::MIN_TTL`] to [`Self::MAX_TTL`].
    pub(crate) ttl: Duration,
    pub(crate) on_expiry: OnExpiry,
}

/// What is done with the routes of an owner that was silent for too long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum OnExpiry {
    /// They become the last resort: dying must never withdraw the last path.
    #[default]
    Depreferred,
    Withdraw,
    Keep,
}

/// What an owner says of its lease.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LeaseChange {
    /// Nothing: it stays as it is, and begins again.
    #[default]
    Keep,
    Set(Lease),
    Remove,
}

impl Lease {
    pub(crate) const MIN_TTL: Duration = Duration::from_secs(1);
    pub(crate) const MAX_TTL: Duration = Duration::from_secs(30 * 24 * 3600);
}
