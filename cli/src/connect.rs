//! The way to the speaker: gRPC over its Unix socket.

use std::io;
use std::path::Path;
use std::time::Duration;

use bellwether_proto::v1::speaker_client::SpeakerClient;
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tokio::time;
use tonic::transport::{Channel, Endpoint};
use tonic::{Response, Status};

use crate::error::Error;

/// A speaker that is connected to.
pub(crate) type Speaker = SpeakerClient<Channel>;

/// A speaker answers from memory: one that takes longer than this is stuck.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Connects to the speaker that listens on `socket`.
///
/// # Errors
/// [`Error::Connect`] if nobody listens there or it may not be opened.
pub(crate) async fn connect(socket: &Path) -> Result<Speaker, Error> {
    // Connected here and not by tonic, which would wrap the reason and connect again by itself.
    let stream = UnixStream::connect(socket)
        .await
        .map_err(|source| Error::Connect {
            socket: socket.to_owned(),
            source,
        })?;
    let mut stream = Some(TokioIo::new(stream));
    let connector = tower::service_fn(move |_| {
        let stream = stream.take();
        async { stream.ok_or_else(|| io::Error::other("it was closed by the other end")) }
    });
    // The URI becomes the `:authority` of the requests; a Unix socket has no name of its own.
    let channel = Endpoint::from_static("http://localhost")
        .connect_with_connector(connector)
        .await?;
    Ok(SpeakerClient::new(channel))
}

/// The answer to `call`; for a stream, its beginning.
///
/// # Errors
/// [`Error::NoAnswer`] after 10 s, or what the speaker says instead of an answer.
pub(crate) async fn answer<T>(
    call: impl Future<Output = Result<Response<T>, Status>>,
) -> Result<T, Error> {
    match time::timeout(ANSWER_WITHIN, call).await {
        Ok(answer) => Ok(answer?.into_inner()),
        Err(_elapsed) => Err(Error::NoAnswer(ANSWER_WITHIN)),
    }
}
