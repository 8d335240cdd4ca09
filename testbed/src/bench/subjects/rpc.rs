//! gRPC to a daemon in a namespace, asked and answered on the calling thread.

use std::io;
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use anyhow::{Context, Result};
use futures::future::BoxFuture;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::{Builder, Runtime};
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

use crate::bench::namespace::Namespace;

/// What a daemon has to answer one request.
const LIMIT: Duration = Duration::from_secs(120);

/// A connection, and the runtime that it lives in.
pub(super) struct Rpc {
    runtime: Runtime,
    pub(super) channel: Channel,
}

impl Rpc {
    /// Connects to a Unix socket of the daemon, as soon as it listens.
    pub(super) fn unix(namespace: &Namespace, path: &str) -> Result<Self> {
        let what = format!("the daemon listens on {path}");
        let stream = namespace.reach(&what, || UnixStream::connect(path))?;
        stream.set_nonblocking(true)?;
        Self::over(|| tokio::net::UnixStream::from_std(stream))
    }

    /// Connects to a TCP address of the daemon, as soon as it listens.
    pub(super) fn tcp(namespace: &Namespace, address: &str) -> Result<Self> {
        let what = format!("the daemon listens on {address}");
        let stream = namespace.reach(&what, || TcpStream::connect(address))?;
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Self::over(|| tokio::net::TcpStream::from_std(stream))
    }

    fn over<T>(connected: impl FnOnce() -> io::Result<T>) -> Result<Self>
    where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let channel = runtime.block_on(async {
            let mut stream = Some(TokioIo::new(connected()?));
            let connector = service_fn(move |_| {
                let stream = stream.take();
                async { stream.ok_or_else(|| io::Error::other("the daemon closed it")) }
            });
            let endpoint = Endpoint::from_static("http://localhost");
            anyhow::Ok(endpoint.connect_with_connector(connector).await?)
        })?;
        Ok(Self { runtime, channel })
    }

    /// The answer to a call.
    pub(super) fn ask<T, E>(
        &self,
        call: impl FnOnce(Channel) -> BoxFuture<'static, Result<T, E>>,
    ) -> Result<T>
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        let call = call(self.channel.clone());
        let answer = self
            .runtime
            .block_on(async { tokio::time::timeout(LIMIT, call).await });
        Ok(answer.with_context(|| format!("no answer within {LIMIT:?}"))??)
    }
}
