//! What the service manager is told (sd_notify(3)). Without one, nothing happens.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::table::{Command, TableHandle, ViewCommand};

/// The sockets are there, the tasks run.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The speaker is about to end.
pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// The configuration is read again; that is over when the value is dropped.
#[must_use]
pub(crate) fn reloading() -> Reloading {
    // Type=notify-reload wants the time, to tell this reload from one before.
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => debug!("there is no monotonic clock: {error}"),
    }
    Reloading
}

/// See [`reloading`].
#[derive(Debug)]
pub(crate) struct Reloading;

impl Drop for Reloading {
    fn drop(&mut self) {
        ready();
    }
}

/// Tells the watchdog of the service manager that the speaker is alive, for as long as the table answers. Ends at `stop`.
pub(crate) async fn watchdog(table: TableHandle, stop: CancellationToken) -> anyhow::Result<()> {
    let Some(timeout) = sd_notify::watchdog_enabled() else {
        stop.cancelled().await;
        return Ok(());
    };
    let alive = async {
        while answers(&table, timeout).await {
            tell(&[NotifyState::Watchdog]);
            // sd_watchdog_enabled(3): "It is recommended that a daemon sends a keep-alive notification message to the
            // service manager every half of the time returned here."
            tokio::time::sleep(timeout / 2).await;
        }
        // Whoever waits for the table waits in vain: that is what the service manager has a timeout for.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = stop.cancelled() => Ok(()),
        () = alive => Ok(()),
    }
}

/// Whether the table, which everything goes through, does something within the time.
pub(crate) async fn answers(table: &TableHandle, within: Duration) -> bool {
    let ask = table.ask(|reply| Command::View(ViewCommand::Alive(reply)));
    matches!(tokio::time::timeout(within, ask).await, Ok(Ok(())))
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        debug!("the service manager does not listen: {error}");
    }
}
