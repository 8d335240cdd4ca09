//! The other end of the socket: a real gRPC server that gives one prepared answer.

use std::path::{Path, PathBuf};
use std::pin::Pin;

use bellwether_proto::v1::speaker_server::{Speaker, SpeakerServer};
use bellwether_proto::v1::{
    AnnounceRequest, ApplyResponse, GetStatusRequest, GetStatusResponse, ListPeersRequest,
    ListPeersResponse, ListRoutesRequest, ListRoutesResponse, PeerEvent, Route, RouteEvent,
    RouteState, SyncRequest, SyncResponse, WatchPeersRequest, WatchRoutesRequest, WithdrawRequest,
};
use tempfile::TempDir;
use tokio::net::UnixListener;
use tokio::runtime::Runtime;
use tokio_stream::Stream;
use tokio_stream::wrappers::UnixListenerStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status, Streaming};

/// A server on a socket of its own. It is gone when this is dropped.
pub(crate) struct TestSpeaker {
    socket: PathBuf,
    _folder: TempDir,
    _runtime: Runtime,
}

impl TestSpeaker {
    /// One that answers everything with `status`.
    pub(crate) fn refusing(status: Status) -> Self {
        Self::serve(Script {
            refusal: status,
            ..Script::default()
        })
    }

    /// One whose stream of routes brings `events` and ends; that of the peers stays silent.
    pub(crate) fn watched(events: Vec<Result<RouteEvent, Status>>) -> Self {
        Self::serve(Script {
            events: Some(events),
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

    fn serve(script: Script) -> Self {
        let runtime = Runtime::new().unwrap();
        let folder = TempDir::new().unwrap();
        let socket = folder.path().join("speaker.sock");
        let listener = {
            let _inside = runtime.enter();
            UnixListener::bind(&socket).unwrap()
        };
        runtime.spawn(
            Server::builder()
                .add_service(SpeakerServer::new(script))
                .serve_with_incoming(UnixListenerStream::new(listener)),
        );
        Self {
            socket,
            _folder: folder,
            _runtime: runtime,
        }
    }
}

struct Script {
    refusal: Status,
    events: Option<Vec<Result<RouteEvent, Status>>>,
    pages: Vec<Vec<String>>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            refusal: Status::unimplemented("not in the script"),
            events: None,
            pages: vec![],
        }
    }
}

impl Script {
    fn refuse<T>(&self) -> Result<Response<T>, Status> {
        Err(self.refusal.clone())
    }
}

type Events<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl Speaker for Script {
    type SyncStream = Events<SyncResponse>;
    type WatchRoutesStream = Events<RouteEvent>;
    type WatchPeersStream = Events<PeerEvent>;

    async fn get_status(
        &self,
        _: Request<GetStatusRequest>,
    ) -> Result<Response<GetStatusResponse>, Status> {
        self.refuse()
    }

    async fn sync(
        &self,
        _: Request<Streaming<SyncRequest>>,
    ) -> Result<Response<Self::SyncStream>, Status> {
        self.refuse()
    }

    async fn announce(
        &self,
        _: Request<AnnounceRequest>,
    ) -> Result<Response<ApplyResponse>, Status> {
        self.refuse()
    }

    async fn withdraw(
        &self,
        _: Request<WithdrawRequest>,
    ) -> Result<Response<ApplyResponse>, Status> {
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
        match self.events.clone() {
            Some(events) => Ok(Response::new(Box::pin(tokio_stream::iter(events)))),
            None => self.refuse(),
        }
    }

    async fn list_peers(
        &self,
        _: Request<ListPeersRequest>,
    ) -> Result<Response<ListPeersResponse>, Status> {
        self.refuse()
    }

    async fn watch_peers(
        &self,
        _: Request<WatchPeersRequest>,
    ) -> Result<Response<Self::WatchPeersStream>, Status> {
        Ok(Response::new(Box::pin(tokio_stream::pending())))
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
