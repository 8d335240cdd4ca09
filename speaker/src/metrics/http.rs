use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::ready::readiness;
use super::{Requests, Snapshot, encode};
use crate::clock::Clock;
use crate::notify;
use crate::operate::Operation;
use crate::table::{Command, Gone, Measures, TableHandle, ViewCommand};
use crate::transport::words;

/// How many clients are served at once; further ones wait in the system's queue.
const CLIENTS: usize = 16;
/// How long a client may keep its place, whatever it does.
const CONNECTION_TIME: Duration = Duration::from_secs(30);
/// How long a client may take to say what it wants.
const HEADER_TIME: Duration = Duration::from_secs(5);
/// How long the table may take to answer, if it is healthy.
const ANSWER_TIME: Duration = Duration::from_secs(2);
/// How long to wait when the system has no room for another connection.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves `/metrics`, `/healthz` and `/readyz` by HTTP/1.1.
#[derive(Debug)]
pub(crate) struct HttpServer {
    socket: TcpListener,
    /// With the port that the system gave.
    pub(crate) address: SocketAddr,
    speaker: Speaker,
    stop: CancellationToken,
}

/// Where the answers come from.
#[derive(Clone, Debug)]
struct Speaker {
    table: TableHandle,
    operation: watch::Receiver<Operation>,
    requests: Requests,
    clock: Clock,
}

impl HttpServer {
    /// Listens on `address` from now on.
    ///
    /// # Errors
    /// The system does not let it.
    pub(crate) async fn bind(
        address: SocketAddr,
        table: TableHandle,
        operation: watch::Receiver<Operation>,
        requests: Requests,
        clock: Clock,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        let socket = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address} for metrics"))?;
        Ok(Self {
            address: socket.local_addr()?,
            socket,
            speaker: Speaker {
                table,
                operation,
                requests,
                clock,
            },
            stop,
        })
    }

    /// Runs until it is told to stop; clients that are being served are let go then.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let room = Semaphore::new(CLIENTS);
        let mut clients = JoinSet::new();
        loop {
            while clients.try_join_next().is_some() {
                room.add_permits(1);
            }
            tokio::select! {
                () = self.stop.cancelled() => return Ok(()),
                Some(_) = clients.join_next() => room.add_permits(1),
                accepted = accept(&self.socket, &room) => match accepted {
                    Ok(stream) => {
                        clients.spawn(serve(stream, self.speaker.clone()));
                    }
                    Err(error) => {
                        warn!(address = %self.address, "cannot accept: {}", words(&error));
                        tokio::time::sleep(PAUSE).await;
                    }
                },
            }
        }
    }
}

/// The next client, when there is room for it.
async fn accept(socket: &TcpListener, room: &Semaphore) -> std::io::Result<TcpStream> {
    // Never closed.
    let place = room.acquire().await;
    let (stream, _) = socket.accept().await?;
    if let Ok(place) = place {
        place.forget();
    }
    Ok(stream)
}

async fn serve(stream: TcpStream, speaker: Speaker) {
    let service = service_fn(move |request| {
        let speaker = speaker.clone();
        async move { Ok::<_, Infallible>(speaker.answer(&request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .serve_connection(TokioIo::new(stream), service);
    match tokio::time::timeout(CONNECTION_TIME, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => debug!("an HTTP client was let go: {error}"),
        Err(_) => debug!("an HTTP client stayed for too long"),
    }
}

impl Speaker {
    async fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return text(StatusCode::METHOD_NOT_ALLOWED, "only GET is known here\n");
        }
        match request.uri().path() {
            "/metrics" => self.metrics().await,
            "/healthz" => self.health().await,
            "/readyz" => self.readiness().await,
            _ => text(
                StatusCode::NOT_FOUND,
                "here are /metrics, /healthz and /readyz\n",
            ),
        }
    }

    async fn metrics(&self) -> Response<Full<Bytes>> {
        let Some(measures) = self.measures().await else {
            return silent();
        };
        let now = self.clock.read();
        let snapshot = Snapshot {
            now: now.wall,
            uptime: now.instant.since_origin(),
            measures,
            operation: self.operation.borrow().clone(),
            requests: self.requests.counts(),
        };
        match encode::text(snapshot) {
            Ok(body) => answer(StatusCode::OK, encode::CONTENT_TYPE, body),
            Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, &format!("{error}\n")),
        }
    }

    async fn health(&self) -> Response<Full<Bytes>> {
        match notify::answers(&self.table, ANSWER_TIME).await {
            true => text(StatusCode::OK, "healthy\n"),
            false => silent(),
        }
    }

    async fn readiness(&self) -> Response<Full<Bytes>> {
        let Some(measures) = self.measures().await else {
            return silent();
        };
        let (ready, body) = readiness(&measures.peers);
        let status = match ready {
            true => StatusCode::OK,
            false => StatusCode::SERVICE_UNAVAILABLE,
        };
        text(status, &body)
    }

    async fn measures(&self) -> Option<Measures> {
        let ask = self
            .table
            .ask(|reply| Command::View(ViewCommand::Measures(reply)));
        let asked: Result<Result<Measures, Gone>, _> = tokio::time::timeout(ANSWER_TIME, ask).await;
        asked.ok()?.ok()
    }
}

fn silent() -> Response<Full<Bytes>> {
    let body = "the table of routes does not answer\n";
    text(StatusCode::SERVICE_UNAVAILABLE, body)
}

fn text(status: StatusCode, body: &str) -> Response<Full<Bytes>> {
    answer(status, "text/plain; charset=utf-8", body.to_owned())
}

fn answer(status: StatusCode, kind: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let kind = header::HeaderValue::from_static(kind);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
