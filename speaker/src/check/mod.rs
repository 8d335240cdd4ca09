//! Health checks: whether something on this host answers decides whether the routes that name the check are announced.
//!
//! [`Judge`] decides, [`CheckTask`] probes and tells.

mod judge;
mod probe;
mod task;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use hyper::Uri;

pub(crate) use judge::{Health, Judge};
pub(crate) use task::{CheckTask, Probed};

use crate::model::Name;

/// A health check as it is configured. Equal values keep the task and what it knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) name: Name,
    pub(crate) probe: Probe,
    /// From the end of a probe to the begin of the next one.
    pub(crate) interval: Duration,
    /// A probe that takes longer has failed.
    pub(crate) timeout: Duration,
    /// So many successes in a row make it healthy.
    pub(crate) rise: NonZeroU32,
    /// So many failures in a row make it unhealthy.
    pub(crate) fall: NonZeroU32,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    /// A program with its arguments, without a shell; it succeeds by exit code 0. Never empty.
    Command(Vec<String>),
    /// A connection; it succeeds when it is made.
    Tcp(SocketAddr),
    /// A GET by HTTP/1.1 without TLS; it succeeds by a status from 200 to 399. Redirects are not followed.
    Http(Uri),
}

impl Check {
    pub(crate) const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);
    pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2);
    pub(crate) const DEFAULT_RISE: NonZeroU32 = NonZeroU32::MIN.saturating_add(2);
    pub(crate) const DEFAULT_FALL: NonZeroU32 = NonZeroU32::MIN.saturating_add(2);
}
