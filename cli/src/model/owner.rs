use bellwether_proto::v1;
use jiff::Timestamp;
use serde::Serialize;

use super::{ExpiryAction, Malformed, Seconds, Standing, optional_time, seconds};

/// What one owner wants, and whether it is alive: message `OwnerState`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct OwnerState {
    pub(crate) name: String,
    pub(crate) generation: u64,
    pub(crate) routes: u64,
    pub(crate) peers: u64,
    pub(crate) connected: bool,
    pub(crate) lease: Option<Lease>,
    pub(crate) lease_expires: Option<Timestamp>,
    pub(crate) lease_expired: bool,
    pub(crate) standing: Standing,
    pub(crate) last_heard: Option<Timestamp>,
}

/// How long an owner may be silent: message `Lease`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Lease {
    pub(crate) ttl: Seconds,
    pub(crate) on_expiry: ExpiryAction,
}

impl TryFrom<v1::OwnerState> for OwnerState {
    type Error = Malformed;

    fn try_from(owner: v1::OwnerState) -> Result<Self, Malformed> {
        let v1::OwnerState {
            name,
            generation,
            routes,
            peers,
            connected,
            lease,
            lease_expires,
            lease_expired,
            standing,
            last_heard,
        } = owner;
        Ok(Self {
            name,
            generation,
            routes,
            peers,
            connected,
            lease: lease.map(Lease::try_from).transpose()?,
            lease_expires: optional_time("OwnerState.lease_expires", lease_expires)?,
            lease_expired,
            standing: Standing::from_number(standing),
            last_heard: optional_time("OwnerState.last_heard", last_heard)?,
        })
    }
}

impl TryFrom<v1::Lease> for Lease {
    type Error = Malformed;

    fn try_from(lease: v1::Lease) -> Result<Self, Malformed> {
        let v1::Lease { ttl, on_expiry } = lease;
        Ok(Self {
            ttl: seconds("Lease.ttl", ttl)?.unwrap_or_default(),
            on_expiry: ExpiryAction::from_number(on_expiry),
        })
    }
}
