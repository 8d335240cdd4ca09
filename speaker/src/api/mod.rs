//! The gRPC service `bellwether.v1.Speaker`: converts, asks the table, and answers. It decides nothing.
//!
//! The contract is in `proto/bellwether/v1/speaker.proto`; what each message means in values is in `convert`, one file a kind.

mod convert;
mod service;
mod socket;
mod sync;
mod watch;

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use bellwether_proto::v1::speaker_server::SpeakerServer;
use tokio_stream::wrappers::UnixListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::codegen::http;
use tonic::transport::Server;
use tower::util::MapRequestLayer;
use tracing::debug;

pub(crate) use socket::Socket;

use crate::metrics::Requests;
use crate::model::Defaults;
use crate::table::TableHandle;
use service::Service;

/// Who this speaker is.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) defaults: Defaults,
    /// Where it really listens for BGP.
    pub(crate) listen: Vec<SocketAddr>,
    pub(crate) started: SystemTime,
}

/// How long clients may take to read their last answers when the speaker stops.
const GRACE: Duration = Duration::from_millis(500);

/// Serves on the socket until `stop`; then open streams end, and the socket's file is removed.
pub(crate) async fn serve(
    socket: Socket,
    table: TableHandle,
    identity: Identity,
    requests: Requests,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let (listener, _file) = socket.into_parts();
    let service = Service::new(table, identity);
    let count = move |request: http::Request<_>| {
        requests.count(request.uri().path());
        request
    };
    let server = Server::builder()
        .layer(MapRequestLayer::new(count))
        .add_service(SpeakerServer::new(service))
        .serve_with_incoming_shutdown(UnixListenerStream::new(listener), stop.cancelled());
    let grace_is_over = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = server => served?,
        () = grace_is_over => debug!("a client did not read its last answers"),
    }
    Ok(())
}
