//! What is measured, and how it is served.
//!
//! Each metric is a row of [`catalog::CATALOG`]: name, meaning, and how its values are read from one [`Snapshot`] of the
//! speaker. So nothing is counted twice, nothing is kept for peers that are gone, and `docs/metrics.md` is the same table.

mod catalog;
mod encode;
mod http;
mod ready;
mod requests;

use std::time::{Duration, SystemTime};

pub(crate) use http::HttpServer;
pub(crate) use requests::Requests;

use crate::operate::Operation;
use crate::table::Measures;

/// The speaker at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    now: SystemTime,
    /// Since the start.
    uptime: Duration,
    measures: Measures,
    operation: Operation,
    /// By method, in the order of their names.
    requests: Vec<(String, u64)>,
}
