//! Certificates that are made for one test.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tonic::transport::{Certificate, Identity, ServerTlsConfig};

/// An authority, and what it signed for a server on 127.0.0.1 and for a client.
pub(crate) struct Certificates {
    folder: TempDir,
    ca: String,
    server: Identity,
}

impl Certificates {
    /// New ones. The client's are files.
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        let (server_certificate, server_key) = signed(&issuer, "127.0.0.1");
        let (client_certificate, client_key) = signed(&issuer, "operator");
        let folder = TempDir::new().unwrap();
        for (name, text) in [
            ("ca.pem", &ca),
            ("cert.pem", &client_certificate),
            ("key.pem", &client_key),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Self {
            folder,
            ca,
            server: Identity::from_pem(server_certificate, server_key),
        }
    }

    /// What a server needs that takes only clients of this authority.
    pub(crate) fn server(&self) -> ServerTlsConfig {
        ServerTlsConfig::new()
            .identity(self.server.clone())
            .client_ca_root(Certificate::from_pem(&self.ca))
    }

    /// Where the client's files are: `ca.pem`, `cert.pem` and `key.pem`.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn signed(issuer: &Issuer<'_, KeyPair>, name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    (certificate.pem(), key.serialize_pem())
}
