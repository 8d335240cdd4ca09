//! The gRPC service `bellwether.v1.Speaker`: converts, asks the table, and answers. It decides nothing.
//!
//! The contract is in `proto/bellwether/v1/speaker.proto`; what each message means in values is in `convert`, one file a kind.
//! Beside it the server tells of its health (grpc.health.v1) and of its methods (grpc.reflection.v1).

mod convert;
mod incoming;
mod limits;
mod lists;
mod operator;
mod owners;
mod service;
mod socket;
mod sync;
mod tcp;
mod watch;

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use bellwether_proto::v1::speaker_server::SpeakerServer;
use futures::Stream;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use tonic::codegen::http;
use tonic::service::Routes;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Server;
use tonic::transport::server::Connected;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tower::util::{MapRequestLayer, MapResponseLayer};
use tracing::debug;

pub(crate) use socket::Socket;
pub(crate) use tcp::TcpDoor;

use crate::clock::Clock;
use crate::metrics::Requests;
use crate::model::{ApiAccess, Defaults, DrainSettings};
use crate::operate::ReloadHandle;
use crate::table::TableHandle;
use limits::{CALLS_AT_A_TIME, MESSAGE_OCTETS, RateLimit, answer_in_limits};
use service::Service;

/// Who this speaker is.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) defaults: Defaults,
    pub(crate) drain: DrainSettings,
    /// Where it really listens for BGP.
    pub(crate) listen: Vec<SocketAddr>,
    pub(crate) started: SystemTime,
}

/// Where clients come in.
#[derive(Debug)]
pub(crate) struct Doors {
    pub(crate) socket: Socket,
    pub(crate) access: ApiAccess,
    pub(crate) tcp: Option<TcpDoor>,
}

/// When the API ends.
#[derive(Clone, Debug)]
pub(crate) struct Ends {
    /// The speaker is told to stop: it is not to be relied on any more.
    pub(crate) leaving: CancellationToken,
    /// The speaker has stopped.
    pub(crate) stop: CancellationToken,
}

/// How long clients may take to read their last answers when the speaker stops.
const GRACE: Duration = Duration::from_millis(500);

/// How long a client may be silent before it is asked whether it is still there, and how long it may take to answer.
const KEEPALIVE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(20));

/// Serves at the doors until `stop`; then open streams end, and the socket's file is removed.
pub(crate) async fn serve(
    doors: Doors,
    table: TableHandle,
    identity: Identity,
    clock: Clock,
    requests: Requests,
    reload: ReloadHandle,
    ends: Ends,
) -> anyhow::Result<()> {
    let Doors {
        socket,
        access,
        tcp,
    } = doors;
    let Ends { leaving, stop } = ends;
    let (listener, _file) = socket.into_parts();
    let service = Service::new(table, identity, reload);
    let (health, routes) = routes(service, clock).await?;
    let local = serve_at(
        Server::builder(),
        routes.clone(),
        requests.clone(),
        incoming::local(listener, access),
        stop.clone(),
    );
    let remote = async {
        let Some(TcpDoor { listener, tls }) = tcp else {
            return Ok(());
        };
        let server = Server::builder().tls_config(tls)?;
        let incoming = incoming::remote(listener);
        serve_at(server, routes, requests, incoming, stop.clone()).await
    };
    let served = async { tokio::try_join!(local, remote) };
    let told = async {
        leaving.cancelled().await;
        tell_leaving(&health).await;
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = served => drop(served?),
        () = told => debug!("a client did not read its last answers"),
    }
    Ok(())
}

/// All services, as every door has them.
async fn routes(service: Service, clock: Clock) -> anyhow::Result<(HealthReporter, Routes)> {
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<SpeakerServer<Service>>().await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(bellwether_proto::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()?;
    let speaker = SpeakerServer::new(service).max_decoding_message_size(MESSAGE_OCTETS);
    let routes = Routes::new(InterceptedService::new(speaker, RateLimit::new(clock)))
        .add_service(health_service)
        .add_service(reflection);
    Ok((health, routes))
}

async fn tell_leaving(health: &HealthReporter) {
    health.set_not_serving::<SpeakerServer<Service>>().await;
    health
        .set_service_status("", ServingStatus::NotServing)
        .await;
}

async fn serve_at<S>(
    server: Server,
    routes: Routes,
    requests: Requests,
    incoming: impl Stream<Item = std::io::Result<S>>,
    stop: CancellationToken,
) -> anyhow::Result<()>
where
    S: AsyncRead + AsyncWrite + Connected + Unpin + Send + 'static,
    S::ConnectInfo: Clone + Send + Sync + 'static,
{
    let (interval, timeout) = KEEPALIVE;
    let count = move |request: http::Request<_>| {
        requests.count(request.uri().path());
        request
    };
    server
        .max_concurrent_streams(Some(CALLS_AT_A_TIME))
        .http2_keepalive_interval(Some(interval))
        .http2_keepalive_timeout(Some(timeout))
        .layer(MapRequestLayer::new(count))
        .layer(MapResponseLayer::new(answer_in_limits))
        .add_routes(routes)
        .serve_with_incoming_shutdown(incoming, stop.cancelled_owned())
        .await?;
    Ok(())
}
