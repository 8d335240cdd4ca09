//! The Sync stream.

use bellwether_proto::v1;
use bellwether_proto::v1::sync_request::Message as Ask;
use bellwether_proto::v1::sync_response::Message as Told;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};

use crate::router::Router;
use crate::speaker::{Speaker, active, route};
use crate::within;

/// A client's end of a Sync stream.
struct Sync {
    requests: mpsc::Sender<v1::SyncRequest>,
    answers: Streaming<v1::SyncResponse>,
}

impl Sync {
    /// Opens a stream as `controller`, and reads the welcome.
    async fn open(speaker: &mut Speaker) -> (Self, u64) {
        let mut sync = Self::silent(speaker).await;
        sync.ask(hello("controller")).await;
        match sync.answer().await {
            Ok(Told::Welcome(welcome)) => (sync, welcome.generation),
            other => panic!("expected a welcome, got {other:?}"),
        }
    }

    /// Opens a stream and says nothing.
    async fn silent(speaker: &mut Speaker) -> Self {
        let (requests, stream) = mpsc::channel(16);
        let answers = speaker.api.sync(ReceiverStream::new(stream)).await.unwrap();
        Self {
            requests,
            answers: answers.into_inner(),
        }
    }

    async fn ask(&self, message: Ask) {
        let message = Some(message);
        self.requests
            .send(v1::SyncRequest { message })
            .await
            .unwrap();
    }

    async fn answer(&mut self) -> Result<Told, Status> {
        let answer = within("an answer of the Sync stream", self.answers.message()).await?;
        Ok(answer.unwrap().message.unwrap())
    }

    /// The answer to a change.
    async fn applied(&mut self) -> v1::ApplyResponse {
        loop {
            match self.answer().await {
                Ok(Told::Applied(applied)) => return applied.routes.unwrap(),
                Ok(Told::Advertised(_)) => {}
                other => panic!("expected applied, got {other:?}"),
            }
        }
    }

    /// Why the stream ends.
    async fn refused(&mut self) -> Status {
        loop {
            if let Err(status) = self.answer().await {
                return status;
            }
        }
    }

    async fn snapshot(&mut self, generation: u64, prefixes: &[&str]) -> v1::ApplyResponse {
        self.ask(Ask::Begin(v1::SyncBegin {})).await;
        for prefix in prefixes {
            self.ask(upsert(0, &[prefix])).await;
        }
        self.ask(Ask::Commit(v1::SyncCommit { generation })).await;
        self.applied().await
    }
}

fn hello(owner: &str) -> Ask {
    Ask::Hello(v1::SyncHello {
        owner: owner.to_owned(),
        ..v1::SyncHello::default()
    })
}

fn upsert(generation: u64, prefixes: &[&str]) -> Ask {
    Ask::Change(v1::SyncChange {
        generation,
        upsert_routes: prefixes.iter().map(|prefix| route(prefix)).collect(),
        ..v1::SyncChange::default()
    })
}

fn delete(generation: u64, prefixes: &[&str]) -> Ask {
    Ask::Change(v1::SyncChange {
        generation,
        delete_routes: prefixes.iter().map(|prefix| (*prefix).to_owned()).collect(),
        ..v1::SyncChange::default()
    })
}

fn peers(generation: u64, peers: Vec<v1::Peer>) -> Ask {
    Ask::Change(v1::SyncChange {
        generation,
        upsert_peers: peers,
        ..v1::SyncChange::default()
    })
}

fn peer(name: &str, router: &Router) -> v1::Peer {
    v1::Peer {
        name: name.to_owned(),
        address: router.address.ip().to_string(),
        port: router.address.port().into(),
        peer_asn: 64513,
        local_address: "127.0.0.1".to_owned(),
        connect_retry_time: Some(prost_types::Duration {
            seconds: 1,
            nanos: 0,
        }),
        ..v1::Peer::default()
    }
}

#[tokio::test]
async fn a_snapshot_that_differs_in_one_route_sends_that_route_only() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&active("tor1", router.address)).await;
    let (mut sync, _) = Sync::open(&mut speaker).await;
    sync.snapshot(1, &["192.0.2.1/32", "192.0.2.2/32"]).await;
    router.holds(&["192.0.2.1/32", "192.0.2.2/32"]).await;
    let changes = sync.snapshot(2, &["192.0.2.2/32", "192.0.2.3/32"]).await;
    assert_eq!(
        (changes.added, changes.removed, changes.unchanged),
        (1, 1, 1)
    );
    let seen = router.holds(&["192.0.2.2/32", "192.0.2.3/32"]).await;
    assert!(seen.routes.values().all(|times| *times == 1), "{seen:?}");
}

#[tokio::test]
async fn deltas_add_and_remove() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&active("tor1", router.address)).await;
    let (mut sync, _) = Sync::open(&mut speaker).await;
    sync.snapshot(1, &["192.0.2.1/32"]).await;
    sync.ask(upsert(2, &["192.0.2.2/32"])).await;
    sync.ask(delete(3, &["192.0.2.1/32", "192.0.2.9/32"])).await;
    assert_eq!(sync.applied().await.added, 1);
    assert_eq!(sync.applied().await.removed, 1);
    router.holds(&["192.0.2.2/32"]).await;
}

#[tokio::test]
async fn a_change_is_reported_applied_and_then_advertised_to_all() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&active("tor1", router.address)).await;
    speaker.established("tor1").await;
    let (mut sync, _) = Sync::open(&mut speaker).await;
    assert_eq!(sync.snapshot(5, &["192.0.2.1/32"]).await.generation, 5);
    loop {
        let Ok(Told::Advertised(news)) = sync.answer().await else {
            panic!("expected advertised");
        };
        assert_eq!((news.generation, news.peers_total), (5, 1));
        if news.peers_done == 1 {
            break;
        }
    }
}

#[tokio::test]
async fn the_first_change_of_a_stream_must_be_a_snapshot() {
    let mut speaker = Speaker::start("").await;
    let (mut sync, _) = Sync::open(&mut speaker).await;
    sync.ask(upsert(1, &["192.0.2.1/32"])).await;
    assert_eq!(sync.refused().await.code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn hello_must_come_first() {
    let mut speaker = Speaker::start("").await;
    let mut sync = Sync::silent(&mut speaker).await;
    sync.ask(Ask::Begin(v1::SyncBegin {})).await;
    let refused = sync.refused().await;
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(refused.message(), "hello: must come first");
}

#[tokio::test]
async fn the_owner_config_is_taken() {
    let mut speaker = Speaker::start("").await;
    let mut sync = Sync::silent(&mut speaker).await;
    sync.ask(hello("config")).await;
    assert_eq!(sync.refused().await.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn an_old_generation_is_refused_with_the_current_one() {
    let mut speaker = Speaker::start("").await;
    let (mut sync, _) = Sync::open(&mut speaker).await;
    sync.snapshot(7, &[]).await;
    sync.ask(upsert(7, &["192.0.2.1/32"])).await;
    let refused = sync.refused().await;
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(
        refused.message(),
        "generation 7 is not after 7, the one in force of owner controller"
    );
}

#[tokio::test]
async fn a_second_stream_ends_the_first_and_is_told_the_generation() {
    let mut speaker = Speaker::start("").await;
    let (mut first, _) = Sync::open(&mut speaker).await;
    first.snapshot(7, &["192.0.2.1/32"]).await;
    let (_second, generation) = Sync::open(&mut speaker).await;
    assert_eq!(generation, 7);
    assert_eq!(first.refused().await.code(), Code::Aborted);
}

#[tokio::test]
async fn a_stream_that_ends_leaves_the_routes_and_drops_half_a_snapshot() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&active("tor1", router.address)).await;
    let (mut sync, _) = Sync::open(&mut speaker).await;
    sync.snapshot(1, &["192.0.2.1/32"]).await;
    sync.ask(Ask::Begin(v1::SyncBegin {})).await;
    sync.ask(upsert(0, &["192.0.2.2/32"])).await;
    drop(sync);
    let (mut sync, _) = Sync::open(&mut speaker).await;
    assert_eq!(
        sync.snapshot(2, &["192.0.2.1/32", "192.0.2.3/32"])
            .await
            .added,
        1
    );
    router.holds(&["192.0.2.1/32", "192.0.2.3/32"]).await;
}

#[tokio::test]
async fn peers_come_and_go_with_the_owners_set() {
    let (stays, goes) = (Router::listen("127.0.0.2"), Router::listen("127.0.0.3"));
    let mut speaker = Speaker::start("").await;
    let (mut sync, _) = Sync::open(&mut speaker).await;
    sync.snapshot(1, &[]).await;
    sync.ask(peers(2, vec![peer("a", &stays), peer("b", &goes)]))
        .await;
    stays.established().await;
    goes.established().await;
    // The same peer again, alone: the session of the one stays, the other is told that it is gone.
    sync.ask(Ask::Begin(v1::SyncBegin {})).await;
    sync.ask(peers(0, vec![peer("a", &stays)])).await;
    sync.ask(Ask::Commit(v1::SyncCommit { generation: 3 }))
        .await;
    let seen = goes
        .when("the end of the session", |seen| !seen.down.is_empty())
        .await;
    assert_eq!(seen.down, ["the peer sent Cease/Peer De-configured"]);
    assert!(stays.seen().down.is_empty());
    assert_eq!(speaker.established("a").await.established_count, 1);
}

#[tokio::test]
async fn a_peer_that_changes_gets_a_new_session_and_keeps_its_history() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start("").await;
    let (mut sync, _) = Sync::open(&mut speaker).await;
    sync.snapshot(1, &[]).await;
    sync.ask(peers(2, vec![peer("a", &router)])).await;
    router.established().await;
    let changed = v1::Peer {
        hold_time: Some(prost_types::Duration {
            seconds: 30,
            nanos: 0,
        }),
        ..peer("a", &router)
    };
    sync.ask(peers(3, vec![changed])).await;
    router
        .when("the end of the session", |seen| !seen.down.is_empty())
        .await;
    let again = |peer: &v1::PeerState| {
        let hold_time = peer.negotiated.as_ref().and_then(|n| n.hold_time);
        hold_time.is_some_and(|time| time.seconds == 30)
    };
    let state = speaker.peer_when("a", again).await;
    assert_eq!(state.established_count, 2);
    // The text is that of the last try to connect, or of the reset.
    assert!(!state.last_error.is_empty());
}

#[tokio::test]
async fn a_name_of_the_configuration_file_is_taken() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&active("tor1", router.address)).await;
    let (mut sync, _) = Sync::open(&mut speaker).await;
    sync.snapshot(1, &[]).await;
    sync.ask(peers(2, vec![peer("tor1", &router)])).await;
    let refused = sync.refused().await;
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(refused.message(), "peer tor1 belongs to owner config");
}

#[tokio::test]
async fn a_stream_that_is_silent_loses_its_lease_and_a_renewal_brings_it_back() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&crate::speaker::active("tor1", router.address)).await;
    let mut sync = Sync::silent(&mut speaker).await;
    sync.ask(Ask::Hello(v1::SyncHello {
        owner: "controller".to_owned(),
        lease: Some(v1::Lease {
            ttl: Some(prost_types::Duration {
                seconds: 1,
                nanos: 0,
            }),
            ..v1::Lease::default()
        }),
    }))
    .await;
    sync.answer().await.unwrap();
    sync.snapshot(1, &["192.0.2.10/32"]).await;
    router.holds(&["192.0.2.10/32"]).await;
    let seen = router.when("the community", |seen| seen.depreferred == 1);
    assert_eq!(seen.await.withdrawn, 0);
    sync.ask(Ask::Renew(v1::SyncRenew {})).await;
    let prefix = "192.0.2.10/32".parse().unwrap();
    router
        .when("the route as it was", |seen| seen.routes[&prefix] >= 3)
        .await;
}
