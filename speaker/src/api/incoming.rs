//! Who comes in, and who does not.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::stream::{self, Stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::transport::server::Connected;
use tracing::{debug, warn};

use super::limits::CONNECTIONS;
use crate::model::ApiAccess;
use crate::transport::words;

/// How long to wait when the system has nothing left to accept a connection with.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// A connection that has one of the [`CONNECTIONS`] places.
#[derive(Debug)]
pub(super) struct Connection<S> {
    stream: S,
    _place: OwnedSemaphorePermit,
}

/// The connections of local clients that may come in.
pub(super) fn local(
    listener: UnixListener,
    access: ApiAccess,
) -> impl Stream<Item = io::Result<Connection<UnixStream>>> {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    stream::unfold(
        (listener, access, places),
        |(listener, access, places)| async move {
            loop {
                let stream = match listener.accept().await {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        pause(&error).await;
                        continue;
                    }
                };
                if may_come_in(&stream, &access)
                    && let Some(connection) = seat(stream, &places)
                {
                    return Some((Ok(connection), (listener, access, places)));
                }
            }
        },
    )
}

/// The connections of clients elsewhere. Their certificates are looked at when TLS begins.
pub(super) fn remote(
    listener: TcpListener,
) -> impl Stream<Item = io::Result<Connection<TcpStream>>> {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    stream::unfold((listener, places), |(listener, places)| async move {
        loop {
            match listener.accept().await {
                Ok((stream, from)) => {
                    debug!(%from, "a client connects over TCP");
                    if let Some(connection) = seat(stream, &places) {
                        return Some((Ok(connection), (listener, places)));
                    }
                }
                Err(error) => pause(&error).await,
            }
        }
    })
}

async fn pause(error: &io::Error) {
    warn!("cannot accept a client: {}", words(error));
    tokio::time::sleep(EXHAUSTED).await;
}

/// SO_PEERCRED: who called connect, as the kernel knows.
fn may_come_in(stream: &UnixStream, access: &ApiAccess) -> bool {
    match stream.peer_cred() {
        Ok(peer) => {
            let (user, group, process) = (peer.uid(), peer.gid(), peer.pid());
            let allowed = access.allows(user, group);
            match allowed {
                true => debug!(user, group, process, "a client connects"),
                false => warn!(
                    user,
                    group, process, "refused a client: neither allow-users nor allow-groups has it"
                ),
            }
            allowed
        }
        Err(error) => {
            warn!(
                "refused a client: who it is cannot be told: {}",
                words(&error)
            );
            false
        }
    }
}

fn seat<S>(stream: S, places: &Arc<Semaphore>) -> Option<Connection<S>> {
    let Ok(place) = Arc::clone(places).try_acquire_owned() else {
        warn!("closed a client's connection: there are {CONNECTIONS}, which is the limit");
        return None;
    };
    Some(Connection {
        stream,
        _place: place,
    })
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl<S: Connected> Connected for Connection<S> {
    type ConnectInfo = S::ConnectInfo;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.stream.connect_info()
    }
}
