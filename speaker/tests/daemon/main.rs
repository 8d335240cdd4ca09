//! The daemon as a whole: the real program, spoken to over its socket, with routers that are sessions of `bellwether-bgp`
//! on real TCP. Each peer has a loopback address of its own, each speaker ports of its own.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod checks;
mod clients;
mod command_line;
mod drain;
mod explain;
mod leases;
mod metrics;
mod peers;
mod reload;
mod router;
mod routes;
mod service;
mod sessions;
mod shutdown;
mod speaker;
mod strangers;
mod sync;
mod watch;

use std::future::Future;
use std::time::Duration;

/// How long anything may take that a test waits for.
const DEADLINE: Duration = Duration::from_secs(20);

/// The value, if it is there within [`DEADLINE`].
async fn within<T>(what: &str, wait: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, wait).await {
        Ok(value) => value,
        Err(_) => panic!("not within {DEADLINE:?}: {what}"),
    }
}
