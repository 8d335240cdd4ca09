//! Clients of every kind: over TLS, without a certificate, too many, too much; and what helps them to find their way.

use std::net::TcpListener;
use std::path::Path;

use bellwether_proto::v1;
use bellwether_proto::v1::speaker_client::SpeakerClient;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tonic::Code;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1 as reflection;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::speaker::{Speaker, config, program, route};

/// Who signs.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Self { issuer, pem }
    }

    /// A certificate and its key.
    fn sign(&self) -> (String, String) {
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

/// Keys of `[api.tcp]` with a port that was free.
fn tcp(folder: &Path, authority: &Authority) -> (String, u16) {
    let (cert, key) = authority.sign();
    std::fs::write(folder.join("cert"), cert).unwrap();
    std::fs::write(folder.join("key"), key).unwrap();
    std::fs::write(folder.join("ca"), &authority.pem).unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    let text = format!(
        "[api.tcp]\nlisten = \"127.0.0.1:{port}\"\ncert = {:?}\nkey = {:?}\nclient-ca = {:?}\n",
        folder.join("cert"),
        folder.join("key"),
        folder.join("ca")
    );
    (text, port)
}

async fn asks(port: u16, authority: &Authority, client: Option<&Authority>) -> Result<(), String> {
    let mut tls = ClientTlsConfig::new()
        .domain_name("localhost")
        .ca_certificate(Certificate::from_pem(&authority.pem));
    if let Some(client) = client {
        let (cert, key) = client.sign();
        tls = tls.identity(Identity::from_pem(cert, key));
    }
    let endpoint = Endpoint::from_shared(format!("https://127.0.0.1:{port}")).unwrap();
    let channel = endpoint.tls_config(tls).unwrap().connect().await;
    let mut api = SpeakerClient::new(channel.map_err(|error| error.to_string())?);
    let status = api.get_status(v1::GetStatusRequest {}).await;
    status.map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn over_tcp_only_clients_with_a_certificate_of_the_client_ca_are_served() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, stranger) = (Authority::new(), Authority::new());
    let (text, port) = tcp(folder.path(), &authority);
    let _speaker = Speaker::start(&text).await;
    assert_eq!(asks(port, &authority, Some(&authority)).await, Ok(()));
    assert!(asks(port, &authority, None).await.is_err());
    assert!(asks(port, &authority, Some(&stranger)).await.is_err());
    let plain = Endpoint::from_shared(format!("http://127.0.0.1:{port}")).unwrap();
    let served = async {
        let mut api = SpeakerClient::new(plain.connect().await.ok()?);
        api.get_status(v1::GetStatusRequest {}).await.ok()
    };
    assert!(served.await.is_none());
}

#[tokio::test]
async fn without_a_client_ca_the_speaker_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let (text, _) = tcp(folder.path(), &Authority::new());
    let text: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("client-ca"))
        .collect();
    let config = config(&folder, &text.join("\n"));
    let output = program(&config, &folder).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("api.tcp.client-ca: is missing"), "{said}");
}

#[tokio::test]
async fn a_local_user_who_is_not_on_the_list_is_refused() {
    let folder: TempDir = tempfile::tempdir().unwrap();
    let text = config(&folder, "allow-users = [4242]\n");
    let mut child = program(&text, &folder)
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let path = crate::speaker::socket(&folder);
    let endpoint = Endpoint::from_shared(format!("unix://{}", path.display())).unwrap();
    let refused = crate::within("the socket", async {
        while !path.exists() {
            tokio::task::yield_now().await;
        }
        let channel = endpoint.connect().await.ok()?;
        let mut api = SpeakerClient::new(channel);
        api.get_status(v1::GetStatusRequest {}).await.ok()
    })
    .await;
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(refused.is_none());
}

#[tokio::test]
async fn reflection_lists_the_services_and_describes_them() {
    let speaker = Speaker::start("").await;
    let mut client = ServerReflectionClient::new(channel(&speaker).await);
    let ask = |message| reflection::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(message),
    };
    let asked = [
        ask(MessageRequest::ListServices(String::new())),
        ask(MessageRequest::FileContainingSymbol(
            "bellwether.v1.Speaker.Drain".to_owned(),
        )),
    ];
    let answers = client
        .server_reflection_info(tokio_stream::iter(asked))
        .await;
    let mut answers = answers.unwrap().into_inner();
    let listed = answers.message().await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(list)) = listed.message_response else {
        panic!("{listed:?}");
    };
    let names: Vec<String> = list.service.into_iter().map(|s| s.name).collect();
    for name in ["bellwether.v1.Speaker", "grpc.health.v1.Health"] {
        assert!(names.iter().any(|listed| listed == name), "{names:?}");
    }
    let described = answers.message().await.unwrap().unwrap();
    let Some(MessageResponse::FileDescriptorResponse(_)) = described.message_response else {
        panic!("{described:?}");
    };
}

#[tokio::test]
async fn health_says_serving() {
    let speaker = Speaker::start("").await;
    let mut client = HealthClient::new(channel(&speaker).await);
    for service in ["", "bellwether.v1.Speaker"] {
        let request = tonic_health::pb::HealthCheckRequest {
            service: service.to_owned(),
        };
        let answer = client.check(request).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving);
    }
}

#[tokio::test]
async fn a_message_that_is_too_long_names_the_limit() {
    let mut speaker = Speaker::start("").await;
    let request = v1::AnnounceRequest {
        routes: vec![route(&"x".repeat(5 << 20))],
        ..v1::AnnounceRequest::default()
    };
    let refused = speaker.api.announce(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert!(refused.message().contains("4194304"), "{refused:?}");
}

#[tokio::test]
async fn watches_beyond_the_limit_are_refused() {
    let speaker = Speaker::start("").await;
    let mut held = Vec::new();
    let mut api = SpeakerClient::new(channel(&speaker).await);
    for _ in 0..64 {
        let watch = api.watch_routes(v1::WatchRoutesRequest::default()).await;
        held.push(watch.unwrap());
    }
    let refused = api.watch_routes(v1::WatchRoutesRequest::default()).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert_eq!(
        refused.message(),
        "there are 64 watches, which is the limit: end one"
    );
}

async fn channel(speaker: &Speaker) -> Channel {
    let path = format!("unix://{}", speaker.socket().display());
    Endpoint::from_shared(path)
        .unwrap()
        .connect()
        .await
        .unwrap()
}
