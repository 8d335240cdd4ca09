//! A speaker that writes down what it is told, and tells what the test wants it to.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bellwether_proto::v1::speaker_server::{Speaker, SpeakerServer};
use bellwether_proto::v1::sync_request::Message as Asked;
use bellwether_proto::v1::sync_response::Message as Told;
use bellwether_proto::v1::*;
use futures::stream::{BoxStream, StreamExt};
use tokio::net::UnixListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::{ReceiverStream, UnixListenerStream};
use tonic::{Request, Response, Status, Streaming};

use crate::journal::Journal;

/// The address of a peer that the speaker refuses.
pub(crate) const REFUSED: &str = "10.0.0.66";

/// A speaker's life. What it holds is lost when it is dropped.
pub(crate) struct FakeSpeaker {
    server: JoinHandle<()>,
    /// Whether withdrawals reach the peers.
    pub(crate) peers_read: watch::Sender<bool>,
}

impl FakeSpeaker {
    pub(crate) fn start(socket: &Path, journal: Journal) -> FakeSpeaker {
        let _ = std::fs::remove_file(socket);
        let listener = UnixListener::bind(socket).unwrap();
        let (peers_read, reading) = watch::channel(true);
        let api = Api {
            journal,
            reading,
            held: Arc::default(),
            generation: Arc::new(AtomicU64::new(41)),
        };
        let serve = tonic::transport::Server::builder().add_service(SpeakerServer::new(api));
        let serve = serve.serve_with_incoming(UnixListenerStream::new(listener));
        FakeSpeaker {
            server: tokio::spawn(async { serve.await.unwrap() }),
            peers_read,
        }
    }
}

impl Drop for FakeSpeaker {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[derive(Clone)]
struct Api {
    journal: Journal,
    reading: watch::Receiver<bool>,
    held: Arc<Mutex<BTreeSet<String>>>,
    /// The last that was applied.
    generation: Arc<AtomicU64>,
}

impl Api {
    async fn follow(
        mut self,
        mut requests: Streaming<SyncRequest>,
        answers: mpsc::Sender<Result<SyncResponse, Status>>,
    ) -> Option<()> {
        let mut snapshot = None;
        loop {
            let mut alive = self.reading.clone();
            let request = tokio::select! {
                request = requests.message() => request.ok()??,
                () = async { while alive.changed().await.is_ok() {} } => return None,
            };
            let generation = match request.message? {
                Asked::Hello(SyncHello { owner, lease }) => {
                    assert_eq!(owner, "controller");
                    assert_eq!(lease.unwrap().on_expiry(), ExpiryAction::Deprefer);
                    let generation = self.generation.load(Ordering::SeqCst);
                    tell(&answers, Told::Welcome(SyncWelcome { generation })).await?;
                    continue;
                }
                Asked::Renew(SyncRenew {}) => continue,
                Asked::Begin(SyncBegin {}) => {
                    snapshot = Some(BTreeSet::new());
                    continue;
                }
                Asked::Change(change) => {
                    let generation = change.generation;
                    let mut peers = change.upsert_peers.iter();
                    if let Some(peer) = peers.find(|it| it.address == REFUSED) {
                        let words = format!("peer {} belongs to owner config", peer.name);
                        self.journal.note(format!("speaker refuses {}", peer.name));
                        let refusal = Status::failed_precondition(words);
                        return answers.send(Err(refusal)).await.ok();
                    }
                    let prefixes = change
                        .upsert_routes
                        .iter()
                        .map(|route| route.prefix.clone());
                    if let Some(snapshot) = &mut snapshot {
                        snapshot.extend(prefixes);
                    }
                    self.note(change);
                    if snapshot.is_some() {
                        continue;
                    }
                    generation
                }
                Asked::Commit(SyncCommit { generation }) => {
                    *self.held.lock().unwrap() = snapshot.take()?;
                    self.journal.note("speaker snapshot");
                    generation
                }
            };
            self.generation.store(generation, Ordering::SeqCst);
            tell(
                &answers,
                Told::Applied(SyncApplied {
                    generation,
                    routes: None,
                }),
            )
            .await?;
            self.reading.wait_for(|reading| *reading).await.ok()?;
            let (peers_done, peers_total) = (1, 1);
            let advertised = SyncAdvertised {
                generation,
                peers_done,
                peers_total,
            };
            tell(&answers, Told::Advertised(advertised)).await?;
        }
    }

    fn note(&self, change: SyncChange) {
        let mut held = self.held.lock().unwrap();
        for peer in change.upsert_peers {
            self.journal
                .note(format!("speaker peer {} {}", peer.name, peer.address));
        }
        for route in change.upsert_routes {
            self.journal.note(format!("speaker + {}", route.prefix));
            held.insert(route.prefix);
        }
        for prefix in change.delete_routes {
            self.journal.note(format!("speaker - {prefix}"));
            held.remove(&prefix);
        }
    }
}

async fn tell(answers: &mpsc::Sender<Result<SyncResponse, Status>>, message: Told) -> Option<()> {
    answers
        .send(Ok(SyncResponse {
            message: Some(message),
        }))
        .await
        .ok()
}

type Answer<T> = Result<Response<T>, Status>;

fn not_asked<T>() -> Answer<T> {
    Err(Status::unimplemented("the controller has no use for this"))
}

#[tonic::async_trait]
impl Speaker for Api {
    type SyncStream = BoxStream<'static, Result<SyncResponse, Status>>;
    type WatchRoutesStream = BoxStream<'static, Result<RouteEvent, Status>>;
    type WatchPeersStream = BoxStream<'static, Result<PeerEvent, Status>>;
    type DrainStream = BoxStream<'static, Result<DrainProgress, Status>>;

    async fn sync(&self, request: Request<Streaming<SyncRequest>>) -> Answer<Self::SyncStream> {
        let (answers, stream) = mpsc::channel(16);
        tokio::spawn(self.clone().follow(request.into_inner(), answers));
        Ok(Response::new(ReceiverStream::new(stream).boxed()))
    }

    async fn list_routes(&self, _: Request<ListRoutesRequest>) -> Answer<ListRoutesResponse> {
        let state = |prefix: &String| {
            let route = Route {
                prefix: prefix.clone(),
                attributes: None,
            };
            RouteState {
                route: Some(route),
                ..RouteState::default()
            }
        };
        let routes = self.held.lock().unwrap().iter().map(state).collect();
        Ok(Response::new(ListRoutesResponse {
            routes,
            next_page_token: String::new(),
        }))
    }

    async fn get_status(&self, _: Request<GetStatusRequest>) -> Answer<GetStatusResponse> {
        not_asked()
    }

    async fn announce(&self, _: Request<AnnounceRequest>) -> Answer<ApplyResponse> {
        not_asked()
    }

    async fn withdraw(&self, _: Request<WithdrawRequest>) -> Answer<ApplyResponse> {
        not_asked()
    }

    async fn watch_routes(
        &self,
        _: Request<WatchRoutesRequest>,
    ) -> Answer<Self::WatchRoutesStream> {
        not_asked()
    }

    async fn list_peers(&self, _: Request<ListPeersRequest>) -> Answer<ListPeersResponse> {
        Ok(Response::new(ListPeersResponse::default()))
    }

    async fn watch_peers(&self, _: Request<WatchPeersRequest>) -> Answer<Self::WatchPeersStream> {
        not_asked()
    }

    async fn replace(&self, _: Request<ReplaceRequest>) -> Answer<ApplyResponse> {
        not_asked()
    }

    async fn renew_lease(&self, _: Request<RenewLeaseRequest>) -> Answer<RenewLeaseResponse> {
        not_asked()
    }

    async fn list_owners(&self, _: Request<ListOwnersRequest>) -> Answer<ListOwnersResponse> {
        not_asked()
    }

    async fn explain(&self, _: Request<ExplainRequest>) -> Answer<ExplainResponse> {
        not_asked()
    }

    async fn reset_peer(&self, _: Request<ResetPeerRequest>) -> Answer<ResetPeerResponse> {
        not_asked()
    }

    async fn shutdown_peer(&self, _: Request<ShutdownPeerRequest>) -> Answer<ShutdownPeerResponse> {
        not_asked()
    }

    async fn enable_peer(&self, _: Request<EnablePeerRequest>) -> Answer<EnablePeerResponse> {
        not_asked()
    }

    async fn drain(&self, _: Request<DrainRequest>) -> Answer<Self::DrainStream> {
        not_asked()
    }

    async fn undrain(&self, _: Request<UndrainRequest>) -> Answer<UndrainResponse> {
        not_asked()
    }

    async fn list_drains(&self, _: Request<ListDrainsRequest>) -> Answer<ListDrainsResponse> {
        not_asked()
    }

    async fn reload(&self, _: Request<ReloadRequest>) -> Answer<ReloadResponse> {
        not_asked()
    }
}
