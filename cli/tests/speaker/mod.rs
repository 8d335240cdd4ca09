//! The other end of the connection: a real gRPC server that gives prepared answers.

mod tls;

pub(crate) use tls::Certificates;

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use bellwether_proto::v1::speaker_server::{Speaker, SpeakerServer};
use bellwether_proto::v1::*;
use tempfile::TempDir;
use tokio::net::{TcpListener, UnixListener};
use tokio::runtime::Runtime;
use tokio_stream::Stream;
use tokio_stream::wrappers::{TcpListenerStream, UnixListenerStream};
use tonic::transport::Server;
use tonic::{Request, Response, Status, Streaming};

/// A server of its own. It is gone when this is dropped.
pub(crate) struct TestSpeaker {
    socket: PathBuf,
    port: u16,
    announced: Arc<Mutex<Vec<AnnounceRequest>>>,
    _folder: TempDir,
    _runtime: Runtime,
}

/// The answers. What is not prepared is answered with `refusal`.
pub(crate) struct Script {
    pub(crate) refusal: Status,
    pub(crate) status: Option<GetStatusResponse>,
    pub(crate) route_events: Option<Vec<Result<RouteEvent, Status>>>,
    /// Prefixes, a page each.
    pub(crate) pages: Vec<Vec<String>>,
    pub(crate) peers: Vec<PeerState>,
    /// To every change of an owner's routes.
    pub(crate) apply: Option<ApplyResponse>,
    pub(crate) explanation: Option<ExplainResponse>,
    pub(crate) drain: Option<Vec<DrainProgress>>,
    pub(crate) reload: Option<ReloadResponse>,
    /// What it was asked to announce.
    pub(crate) announced: Arc<Mutex<Vec<AnnounceRequest>>>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            refusal: Status::unimplemented("not in the script"),
            status: None,
            route_events: None,
            pages: vec![],
            peers: vec![],
            apply: None,
            explanation: None,
            drain: None,
            reload: None,
            announced: Arc::default(),
        }
    }
}

impl TestSpeaker {
    /// One that answers everything with `status`.
    pub(crate) fn refusing(status: Status) -> Self {
        Self::serve(Script {
            refusal: status,
            ..Script::default()
        })
    }

    /// One that has these prefixes, a page each.
    pub(crate) fn paged(pages: &[&[&str]]) -> Self {
        let page = |prefixes: &&[&str]| prefixes.iter().map(|text| text.to_string()).collect();
        Self::serve(Script {
            pages: pages.iter().map(page).collect(),
            ..Script::default()
        })
    }

    /// Where it listens.
    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    /// Where it listens with TLS.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What it was asked to announce.
    pub(crate) fn announced(&self) -> Vec<AnnounceRequest> {
        self.announced.lock().unwrap().clone()
    }

    /// One on a socket.
    pub(crate) fn serve(script: Script) -> Self {
        let runtime = Runtime::new().unwrap();
        let folder = TempDir::new().unwrap();
        let socket = folder.path().join("speaker.sock");
        let listener = {
            let _inside = runtime.enter();
            UnixListener::bind(&socket).unwrap()
        };
        let announced = script.announced.clone();
        runtime.spawn(
            Server::builder()
                .add_service(SpeakerServer::new(script).max_decoding_message_size(4 << 20))
                .serve_with_incoming(UnixListenerStream::new(listener)),
        );
        Self {
            socket,
            port: 0,
            announced,
            _folder: folder,
            _runtime: runtime,
        }
    }

    /// One on a TCP port that asks its clients for a certificate.
    pub(crate) fn serve_tls(script: Script, certificates: &Certificates) -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime
            .block_on(TcpListener::bind(("127.0.0.1", 0)))
            .unwrap();
        let port = listener.local_addr().unwrap().port();
        let announced = script.announced.clone();
        runtime.spawn(
            Server::builder()
                .tls_config(certificates.server())
                .unwrap()
                .add_service(SpeakerServer::new(script))
                .serve_with_incoming(TcpListenerStream::new(listener)),
        );
        Self {
            socket: PathBuf::new(),
            port,
            announced,
            _folder: TempDir::new().unwrap(),
            _runtime: runtime,
        }
    }
}

type Events<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl Script {
    fn refuse<T>(&self) -> Result<Response<T>, Status> {
        Err(self.refusal.clone())
    }

    fn or_refuse<T>(&self, prepared: &Option<T>) -> Result<Response<T>, Status>
    where
        T: Clone,
    {
        match prepared {
            Some(answer) => Ok(Response::new(answer.clone())),
            None => self.refuse(),
        }
    }

    fn stream<T: Send + 'static>(
        &self,
        events: Option<Vec<Result<T, Status>>>,
    ) -> Result<Response<Events<T>>, Status> {
        match events {
            Some(events) => Ok(Response::new(Box::pin(tokio_stream::iter(events)))),
            None => self.refuse(),
        }
    }
}

#[tonic::async_trait]
impl Speaker for Script {
    type SyncStream = Events<SyncResponse>;
    type WatchRoutesStream = Events<RouteEvent>;
    type WatchPeersStream = Events<PeerEvent>;
    type DrainStream = Events<DrainProgress>;

    async fn get_status(
        &self,
        _: Request<GetStatusRequest>,
    ) -> Result<Response<GetStatusResponse>, Status> {
        self.or_refuse(&self.status)
    }

    async fn sync(
        &self,
        _: Request<Streaming<SyncRequest>>,
    ) -> Result<Response<Self::SyncStream>, Status> {
        self.refuse()
    }

    async fn announce(
        &self,
        request: Request<AnnounceRequest>,
    ) -> Result<Response<ApplyResponse>, Status> {
        let mut announced = self.announced.lock().unwrap();
        announced.push(request.into_inner());
        self.or_refuse(&self.apply)
    }

    async fn withdraw(
        &self,
        _: Request<WithdrawRequest>,
    ) -> Result<Response<ApplyResponse>, Status> {
        self.or_refuse(&self.apply)
    }

    async fn replace(&self, _: Request<ReplaceRequest>) -> Result<Response<ApplyResponse>, Status> {
        self.or_refuse(&self.apply)
    }

    async fn renew_lease(
        &self,
        _: Request<RenewLeaseRequest>,
    ) -> Result<Response<RenewLeaseResponse>, Status> {
        self.refuse()
    }

    async fn list_owners(
        &self,
        _: Request<ListOwnersRequest>,
    ) -> Result<Response<ListOwnersResponse>, Status> {
        self.refuse()
    }

    async fn list_routes(
        &self,
        request: Request<ListRoutesRequest>,
    ) -> Result<Response<ListRoutesResponse>, Status> {
        let token = request.into_inner().page_token;
        let number: usize = token.parse().unwrap_or(0);
        let Some(page) = self.pages.get(number) else {
            return self.refuse();
        };
        let next = number + 1;
        Ok(Response::new(ListRoutesResponse {
            routes: page.iter().map(|prefix| route(prefix)).collect(),
            next_page_token: match self.pages.get(next) {
                Some(_) => next.to_string(),
                None => String::new(),
            },
        }))
    }

    async fn watch_routes(
        &self,
        _: Request<WatchRoutesRequest>,
    ) -> Result<Response<Self::WatchRoutesStream>, Status> {
        self.stream(self.route_events.clone())
    }

    async fn explain(
        &self,
        request: Request<ExplainRequest>,
    ) -> Result<Response<ExplainResponse>, Status> {
        let prefix = request.into_inner().prefix;
        match &self.explanation {
            Some(explanation) if explanation.prefix == prefix => {
                Ok(Response::new(explanation.clone()))
            }
            Some(_) => Ok(Response::new(ExplainResponse {
                prefix,
                ..ExplainResponse::default()
            })),
            None => self.refuse(),
        }
    }

    async fn list_peers(
        &self,
        _: Request<ListPeersRequest>,
    ) -> Result<Response<ListPeersResponse>, Status> {
        match self.peers.is_empty() {
            true => self.refuse(),
            false => Ok(Response::new(ListPeersResponse {
                peers: self.peers.clone(),
            })),
        }
    }

    async fn watch_peers(
        &self,
        _: Request<WatchPeersRequest>,
    ) -> Result<Response<Self::WatchPeersStream>, Status> {
        let there = self.peers.iter().map(|peer| PeerEvent {
            r#type: EventType::Upsert.into(),
            peer: Some(peer.clone()),
            resume_token: String::new(),
        });
        let synced = PeerEvent {
            r#type: EventType::Synced.into(),
            peer: None,
            resume_token: "t1".to_owned(),
        };
        let events: Vec<_> = there.chain([synced]).map(Ok).collect();
        if self.peers.is_empty() {
            return Ok(Response::new(Box::pin(tokio_stream::pending())));
        }
        self.stream(Some(events))
    }

    async fn reset_peer(
        &self,
        _: Request<ResetPeerRequest>,
    ) -> Result<Response<ResetPeerResponse>, Status> {
        self.refuse()
    }

    async fn shutdown_peer(
        &self,
        request: Request<ShutdownPeerRequest>,
    ) -> Result<Response<ShutdownPeerResponse>, Status> {
        match request.into_inner().communication.as_str() {
            "maintenance" => Ok(Response::new(ShutdownPeerResponse {})),
            _ => self.refuse(),
        }
    }

    async fn enable_peer(
        &self,
        _: Request<EnablePeerRequest>,
    ) -> Result<Response<EnablePeerResponse>, Status> {
        self.refuse()
    }

    async fn drain(&self, _: Request<DrainRequest>) -> Result<Response<Self::DrainStream>, Status> {
        let steps = self.drain.clone();
        self.stream(steps.map(|steps| steps.into_iter().map(Ok).collect()))
    }

    async fn undrain(
        &self,
        request: Request<UndrainRequest>,
    ) -> Result<Response<UndrainResponse>, Status> {
        match request.into_inner().target.and_then(|target| target.target) {
            Some(drain_target::Target::Peer(_)) => Ok(Response::new(UndrainResponse {})),
            _ => self.refuse(),
        }
    }

    async fn list_drains(
        &self,
        _: Request<ListDrainsRequest>,
    ) -> Result<Response<ListDrainsResponse>, Status> {
        self.refuse()
    }

    async fn reload(&self, _: Request<ReloadRequest>) -> Result<Response<ReloadResponse>, Status> {
        self.or_refuse(&self.reload)
    }
}

fn route(prefix: &str) -> RouteState {
    RouteState {
        route: Some(Route {
            prefix: prefix.to_owned(),
            attributes: None,
        }),
        since: Some(prost_types::Timestamp::default()),
        ..RouteState::default()
    }
}
