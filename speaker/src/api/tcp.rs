use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use thiserror::Error;
use tokio::net::TcpListener;
use tonic::transport::{Certificate, Identity, ServerTlsConfig};

use crate::model::ApiTcp;
use crate::transport::words;

/// The API's TCP socket, listening, and the certificates without which nobody gets further than to connect.
#[derive(Debug)]
pub(crate) struct TcpDoor {
    pub(super) listener: TcpListener,
    pub(super) tls: ServerTlsConfig,
}

/// Why the API cannot be had over TCP.
#[derive(Debug, Error)]
pub(crate) enum TcpError {
    #[error("cannot read {}: {}", path.display(), words(error))]
    File {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("cannot listen on {address} for the API: {}", words(error))]
    Listen {
        address: SocketAddr,
        error: std::io::Error,
    },
}

impl TcpDoor {
    /// Listens, with mTLS alone: a client without a certificate of the client CA gets nowhere.
    ///
    /// # Errors
    /// A file cannot be read, or the address cannot be had.
    pub(crate) async fn open(settings: &ApiTcp) -> Result<Self, TcpError> {
        let ApiTcp {
            listen,
            cert,
            key,
            client_ca,
        } = settings;
        let identity = Identity::from_pem(read(cert)?, read(key)?);
        let tls = ServerTlsConfig::new()
            .identity(identity)
            .client_ca_root(Certificate::from_pem(read(client_ca)?))
            .client_auth_optional(false);
        let listening = TcpListener::bind(listen).await;
        let listener = listening.map_err(|error| TcpError::Listen {
            address: *listen,
            error,
        })?;
        Ok(Self { listener, tls })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TcpError> {
    std::fs::read(path).map_err(|error| TcpError::File {
        path: path.to_owned(),
        error,
    })
}
