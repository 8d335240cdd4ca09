use bellwether_proto::v1;
use bellwether_proto::v1::sync_request::Message as Asked;
use bellwether_proto::v1::sync_response::Message as Told;
use futures::stream::{self, BoxStream, StreamExt};
use tokio::sync::oneshot;
use tonic::{Status, Streaming};

use super::convert::refusal::invalid;
use super::convert::{lease, owner, peer, route};
use super::limits::in_limits;
use crate::model::{Defaults, Name, Peer, Problems};
use crate::table::{
    Advertised, Applied, Change, Command, OwnerCommand, Routes, TableHandle, Ticket,
};

/// How many routes and peers a snapshot may have before it is committed.
const SNAPSHOT_ROUTES: usize = 1_000_000;
const SNAPSHOT_PEERS: usize = 10_000;

/// The answers of a Sync stream. The stream is the whole of it: it reads a request when its last answer was read, and it
/// ends, as far as the table is concerned, when it is dropped.
pub(super) fn stream(
    inbound: Streaming<v1::SyncRequest>,
    table: TableHandle,
    defaults: Defaults,
) -> BoxStream<'static, Result<v1::SyncResponse, Status>> {
    let sync = Sync {
        inbound,
        table,
        defaults,
        opened: None,
        snapshot: None,
    };
    stream::unfold(Some(sync), |sync| async {
        let mut sync = sync?;
        match sync.next().await {
            Ok(Some(message)) => {
                let response = v1::SyncResponse {
                    message: Some(message),
                };
                Some((Ok(response), Some(sync)))
            }
            Ok(None) => None,
            Err(status) => Some((Err(status), None)),
        }
    })
    .boxed()
}

struct Sync {
    inbound: Streaming<v1::SyncRequest>,
    table: TableHandle,
    defaults: Defaults,
    /// After `hello`.
    opened: Option<Opened>,
    /// Between `begin` and `commit`.
    snapshot: Option<Snapshot>,
}

struct Opened {
    owner: Name,
    ticket: Ticket,
    /// A snapshot was committed: deltas may follow.
    begun: bool,
    progress: Option<oneshot::Receiver<Advertised>>,
}

#[derive(Default)]
struct Snapshot {
    routes: Routes,
    peers: Vec<Peer>,
}

enum Wake {
    Request(Option<v1::SyncRequest>),
    Advertised(Advertised),
}

impl Sync {
    /// The next answer; `None`: the client has ended the stream.
    async fn next(&mut self) -> Result<Option<Told>, Status> {
        loop {
            match self.wait().await? {
                Wake::Advertised(news) => return Ok(Some(advertised(news))),
                Wake::Request(None) => return Ok(None),
                Wake::Request(Some(request)) => {
                    if let Some(answer) = self.handle(request).await? {
                        return Ok(Some(answer));
                    }
                }
            }
        }
    }

    async fn wait(&mut self) -> Result<Wake, Status> {
        let Some(opened) = &mut self.opened else {
            return Ok(Wake::Request(
                self.inbound.message().await.map_err(in_limits)?,
            ));
        };
        if opened.progress.is_none() {
            let (owner, stream) = (opened.owner.clone(), opened.ticket.stream);
            let ask = |reply| {
                Command::Owner(OwnerCommand::Progress {
                    owner,
                    stream,
                    reply,
                })
            };
            opened.progress = Some(self.table.start_asking(ask).await?);
        }
        tokio::select! {
            // That another took over comes first, so that this one does not write once more; news before requests, so that
            // who writes all the time hears of it.
            biased;
            end = &mut opened.ticket.end => Err(match end {
                Ok(refusal) => refusal.into(),
                Err(_) => crate::table::Gone.into(),
            }),
            Some(news) = news(&mut opened.progress) => Ok(Wake::Advertised(news)),
            request = self.inbound.message() => Ok(Wake::Request(request.map_err(in_limits)?)),
        }
    }

    async fn handle(&mut self, request: v1::SyncRequest) -> Result<Option<Told>, Status> {
        let v1::SyncRequest { message } = request;
        let message = message.ok_or_else(|| Status::invalid_argument("message: is missing"))?;
        match (message, self.opened.is_some()) {
            (Asked::Hello(hello), false) => self.hello(&hello).await.map(Some),
            (Asked::Hello(_), true) => Err(Status::invalid_argument("hello: was said before")),
            (_, false) => Err(Status::invalid_argument("hello: must come first")),
            (Asked::Begin(v1::SyncBegin {}), true) => {
                self.heard().await?;
                self.begin().map(|()| None)
            }
            (Asked::Renew(v1::SyncRenew {}), true) => self.heard().await.map(|()| None),
            (Asked::Change(change), true) => match self.snapshot.take() {
                Some(snapshot) => {
                    self.heard().await?;
                    self.collect(snapshot, change).map(|()| None)
                }
                None => self.delta(change).await.map(Some),
            },
            (Asked::Commit(commit), true) => self.commit(&commit).await.map(Some),
        }
    }

    async fn hello(&mut self, hello: &v1::SyncHello) -> Result<Told, Status> {
        let v1::SyncHello { owner, lease } = hello;
        let mut problems = Problems::default();
        let owner = owner::from_proto(owner, "hello.owner", &mut problems);
        let lease = lease::from_proto(*lease, "hello.lease", &mut problems);
        let Some(owner) = owner.filter(|_| problems.is_empty()) else {
            return Err(invalid(&problems));
        };
        let name = owner.clone();
        let open = |reply| {
            Command::Owner(OwnerCommand::Open {
                owner,
                lease,
                reply,
            })
        };
        let ticket = self.table.ask(open).await??;
        let generation = ticket.generation;
        self.opened = Some(Opened {
            owner: name,
            ticket,
            begun: false,
            progress: None,
        });
        Ok(Told::Welcome(v1::SyncWelcome { generation }))
    }

    /// Tells the table that the owner is alive.
    async fn heard(&self) -> Result<(), Status> {
        let Some(opened) = &self.opened else {
            return Err(Status::invalid_argument("hello: must come first"));
        };
        let (owner, stream) = (opened.owner.clone(), opened.ticket.stream);
        let heard = Command::Owner(OwnerCommand::Heard { owner, stream });
        Ok(self.table.tell(heard).await?)
    }

    fn begin(&mut self) -> Result<(), Status> {
        if self.snapshot.is_some() {
            return Err(Status::invalid_argument(
                "begin: the snapshot before has no commit yet",
            ));
        }
        self.snapshot = Some(Snapshot::default());
        Ok(())
    }

    fn collect(&mut self, mut snapshot: Snapshot, change: v1::SyncChange) -> Result<(), Status> {
        let v1::SyncChange {
            generation: _,
            upsert_routes,
            delete_routes,
            upsert_peers,
            delete_peers,
        } = change;
        let mut problems = Problems::default();
        if let Some(prefix) = delete_routes.first() {
            problems.add(
                "change.delete_routes[0]",
                format!("{prefix}: a snapshot only upserts"),
            );
        }
        if let Some(name) = delete_peers.first() {
            problems.add(
                "change.delete_peers[0]",
                format!("{name}: a snapshot only upserts"),
            );
        }
        let routes = route::from_proto(upsert_routes, "change.upsert_routes", &mut problems);
        let field = "change.upsert_peers";
        let peers = peer::from_proto(upsert_peers, field, self.defaults, &mut problems);
        if !problems.is_empty() {
            return Err(invalid(&problems));
        }
        snapshot.routes.extend(routes);
        snapshot.peers.extend(peers);
        if snapshot.routes.len() > SNAPSHOT_ROUTES || snapshot.peers.len() > SNAPSHOT_PEERS {
            return Err(Status::resource_exhausted(format!(
                "a snapshot has at most {SNAPSHOT_ROUTES} routes and {SNAPSHOT_PEERS} peers"
            )));
        }
        self.snapshot = Some(snapshot);
        Ok(())
    }

    async fn commit(&mut self, commit: &v1::SyncCommit) -> Result<Told, Status> {
        let v1::SyncCommit { generation } = *commit;
        let Some(Snapshot { routes, peers }) = self.snapshot.take() else {
            return Err(Status::invalid_argument("commit: there was no begin"));
        };
        let told = self
            .write(generation, Change::Snapshot { routes, peers })
            .await?;
        if let Some(opened) = &mut self.opened {
            opened.begun = true;
        }
        Ok(told)
    }

    async fn delta(&mut self, change: v1::SyncChange) -> Result<Told, Status> {
        if !self.opened.as_ref().is_some_and(|opened| opened.begun) {
            let what = "the first change of a stream must be a snapshot: begin, change, commit";
            return Err(Status::failed_precondition(what));
        }
        let v1::SyncChange {
            generation,
            upsert_routes,
            delete_routes,
            upsert_peers,
            delete_peers,
        } = change;
        let mut problems = Problems::default();
        let field = "change.upsert_peers";
        let change = Change::Delta {
            upsert_routes: route::from_proto(upsert_routes, "change.upsert_routes", &mut problems),
            delete_routes: route::prefixes(&delete_routes, "change.delete_routes", &mut problems),
            upsert_peers: peer::from_proto(upsert_peers, field, self.defaults, &mut problems),
            delete_peers: peer::names(&delete_peers, "change.delete_peers", &mut problems),
        };
        if !problems.is_empty() {
            return Err(invalid(&problems));
        }
        self.write(generation, change).await
    }

    async fn write(&mut self, generation: u64, change: Change) -> Result<Told, Status> {
        let Some(opened) = &self.opened else {
            return Err(Status::invalid_argument("hello: must come first"));
        };
        let (owner, stream) = (opened.owner.clone(), opened.ticket.stream);
        let write = |reply| {
            Command::Owner(OwnerCommand::Write {
                owner,
                stream,
                generation,
                change,
                reply,
            })
        };
        Ok(applied(self.table.ask(write).await??))
    }
}

/// News of the generations, if they were asked for; then they have to be asked for again.
async fn news(progress: &mut Option<oneshot::Receiver<Advertised>>) -> Option<Advertised> {
    let news = progress.as_mut()?.await.ok();
    *progress = None;
    news
}

fn applied(applied: Applied) -> Told {
    Told::Applied(v1::SyncApplied {
        generation: applied.generation,
        routes: Some(route::applied(applied)),
    })
}

fn advertised(news: Advertised) -> Told {
    let Advertised {
        generation,
        peers_done,
        peers_total,
    } = news;
    Told::Advertised(v1::SyncAdvertised {
        generation,
        peers_done,
        peers_total,
    })
}
