use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::table::{Command, TableHandle};
use crate::transport;

/// How long to wait when the system has no room for another connection.
const PAUSE: Duration = Duration::from_millis(100);

/// Accepts the connections of neighbors on one address, and hands them to the table, which knows whose they are.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: Arc<TcpListener>,
    /// With the port that the system gave.
    pub(crate) address: SocketAddr,
    table: TableHandle,
    stop: CancellationToken,
}

impl Listener {
    /// Listens on `address` from now on.
    ///
    /// # Errors
    /// The system does not let it.
    pub(crate) fn bind(
        address: SocketAddr,
        table: TableHandle,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        let socket = transport::listen(address)
            .with_context(|| format!("cannot listen on {address} for BGP"))?;
        Ok(Self {
            address: socket.local_addr()?,
            socket: Arc::new(socket),
            table,
            stop,
        })
    }

    /// For the options that depend on the peers.
    pub(crate) fn socket(&self) -> Arc<TcpListener> {
        Arc::clone(&self.socket)
    }

    /// Runs until it is told to stop. A connection is either accepted and handed over, or still the system's.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        loop {
            let accepted = tokio::select! {
                () = self.stop.cancelled() => return Ok(()),
                accepted = self.socket.accept() => accepted,
            };
            match accepted {
                Ok((stream, from)) => {
                    if self
                        .table
                        .tell(Command::Incoming(stream, from))
                        .await
                        .is_err()
                    {
                        return Ok(());
                    }
                }
                Err(error) => {
                    warn!(address = %self.address, "cannot accept: {}", transport::words(&error));
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}
