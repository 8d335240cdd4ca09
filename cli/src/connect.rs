//! The way to the speaker: gRPC over its Unix socket, or over TCP with mutual TLS.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bellwether_proto::v1::speaker_client::SpeakerClient;
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tokio::time;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Response, Status};

use crate::error::Error;
use crate::target::{Target, TlsFiles};

/// A speaker that is connected to.
pub(crate) type Speaker = SpeakerClient<Channel>;

/// A speaker answers from memory: one that takes longer than this is stuck.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How often a host is asked whether it is still there, so that `monitor` notices one that is not.
const KEEPALIVE: Duration = Duration::from_secs(10);

/// The largest answer that is taken: all of 10,000 peers with everything about them.
const LARGEST_ANSWER: usize = 64 << 20;

/// Connects to the speaker at `target`.
///
/// # Errors
/// [`Error::Connect`] if nobody listens there or it may not be opened, [`Error::File`] for a file of TLS
/// that cannot be read, [`Error::Handshake`] if the two do not trust each other.
pub(crate) async fn connect(target: Target) -> Result<Speaker, Error> {
    let channel = match target {
        Target::Unix(path) => unix(path).await?,
        Target::Https { uri, files } => https(uri, &files).await?,
    };
    Ok(SpeakerClient::new(channel).max_decoding_message_size(LARGEST_ANSWER))
}

async fn unix(socket: PathBuf) -> Result<Channel, Error> {
    // Connected here and not by tonic, which would wrap the reason and connect again by itself.
    let stream = UnixStream::connect(&socket)
        .await
        .map_err(|source| Error::Connect {
            address: socket.display().to_string(),
            hint: hint(&source),
            source,
        })?;
    let mut stream = Some(TokioIo::new(stream));
    let connector = tower::service_fn(move |_| {
        let stream = stream.take();
        async { stream.ok_or_else(|| io::Error::other("it was closed by the other end")) }
    });
    // The URI becomes the `:authority` of the requests; a Unix socket has no name of its own.
    Ok(Endpoint::from_static("http://localhost")
        .connect_with_connector(connector)
        .await?)
}

async fn https(uri: String, files: &TlsFiles) -> Result<Channel, Error> {
    let TlsFiles { ca, cert, key } = files;
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(read(ca)?))
        .identity(Identity::from_pem(read(cert)?, read(key)?));
    let handshake = |why: String| Error::Handshake {
        address: uri.clone(),
        why,
    };
    let endpoint = Endpoint::from_shared(uri.clone())
        .and_then(|endpoint| endpoint.tls_config(tls))
        .map_err(|error| {
            handshake(format!(
                "--ca, --cert or --key is not valid: {}",
                innermost(&error)
            ))
        })?;
    let connected = endpoint
        .connect_timeout(ANSWER_WITHIN)
        .http2_keep_alive_interval(KEEPALIVE)
        .keep_alive_while_idle(true)
        .connect()
        .await;
    connected.map_err(|error| match network_error(&error) {
        Some(source) => Error::Connect {
            address: uri.clone(),
            hint: "Is bellwether-speaker running there, and does it have [api] listen with TLS?",
            source,
        },
        None => handshake(innermost(&error).to_string()),
    })
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })
}

/// What the network said, if it was the network: what TLS says comes as an error that has a cause.
fn network_error(error: &(dyn std::error::Error + 'static)) -> Option<io::Error> {
    let found = innermost(error).downcast_ref::<io::Error>()?;
    if found.get_ref().is_some() {
        return None;
    }
    Some(match found.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(found.kind(), found.to_string()),
    })
}

/// The first cause; those around it only say "transport error".
pub(crate) fn innermost<'a>(
    mut error: &'a (dyn std::error::Error + 'static),
) -> &'a (dyn std::error::Error + 'static) {
    while let Some(source) = error.source() {
        error = source;
    }
    error
}

/// What a person can do about a socket that cannot be connected to.
fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => {
            "Is bellwether-speaker running? Name another socket with --socket or BELLWETHER_SOCKET."
        }
        io::ErrorKind::ConnectionRefused => {
            "The socket is there, but nobody listens on it: is bellwether-speaker running?"
        }
        io::ErrorKind::PermissionDenied => {
            "The socket is open to its owner and group only: use sudo, or join the group of the socket."
        }
        _ => "Name the speaker's socket with --socket or BELLWETHER_SOCKET.",
    }
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
