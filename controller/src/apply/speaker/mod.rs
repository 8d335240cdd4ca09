//! The stream to the local speaker.

mod convert;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use bellwether_proto::v1::speaker_client::SpeakerClient;
use bellwether_proto::v1::sync_response::Message;
use bellwether_proto::v1::{
    self, ListPeersRequest, ListRoutesRequest, SyncAdvertised, SyncApplied, SyncRequest,
    SyncResponse, SyncWelcome,
};
use futures::{Stream, StreamExt};
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use tokio::net::UnixStream;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tonic::transport::{Channel, Endpoint, Uri};
use tonic::{Code, Status, Streaming};
use tower::service_fn;

use super::order::Change;

/// The controller's name in the speaker.
pub const OWNER: &str = "controller";

/// Changes that may wait to be sent. While it is full, further changes gather into one.
const CHANGE_QUEUE: usize = 4;

/// How long to wait before connecting again, from the first time to the longest.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// How often the lease is begun again: two renewals may be lost.
const RENEWAL: Duration = Duration::from_secs(convert::LEASE.as_secs() / 3);

/// How long the speaker may take to answer while the stream is set up.
const SETUP_PATIENCE: Duration = Duration::from_secs(5);

/// What the link tells. The channel for it is bounded; while it is full, the link waits.
#[derive(Debug)]
pub enum SpeakerEvent {
    /// A stream is set up. The next change must be a snapshot.
    Connected {
        /// The last generation that the speaker has had from us.
        generation: u64,
        /// The routes that it has of us.
        routes: BTreeSet<IpNet>,
        /// The peers that it has of us, by name.
        peers: BTreeMap<String, IpAddr>,
        /// Where changes go, as long as this stream lives.
        changes: mpsc::Sender<Change>,
    },
    /// All changes up to a generation are in force in the speaker.
    Applied(SyncApplied),
    /// So many peers have been sent all changes up to a generation.
    Advertised(SyncAdvertised),
    /// The stream has ended, or there was none to be had. Told once, not with each try.
    Lost {
        /// Why, in the speaker's words if it said some.
        reason: String,
        /// Whether the speaker refused what it was told.
        refused: bool,
    },
}

/// How far a stream came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reached {
    Nothing,
    Connected,
    /// The speaker has applied a change.
    Applied,
}

/// The task that keeps a stream to the speaker. It owns the connection; the speaker's answers and the
/// changes wake it; cancelling it leaves what the speaker announces as it is.
pub struct SpeakerLink {
    socket: PathBuf,
    events: mpsc::Sender<SpeakerEvent>,
}

impl SpeakerLink {
    /// Connects to the speaker's Unix socket, and tells `events`.
    pub fn new(socket: PathBuf, events: mpsc::Sender<SpeakerEvent>) -> SpeakerLink {
        SpeakerLink { socket, events }
    }

    /// Runs until the listener goes away.
    pub async fn run(self) {
        let mut backoff = BACKOFF.0;
        let mut told = None;
        while !self.events.is_closed() {
            let mut reached = Reached::Nothing;
            let began = Instant::now();
            let Err(status) = self.stream(&mut reached).await else {
                return;
            };
            let reason = describe(&status);
            if reached != Reached::Nothing {
                told = None;
            }
            if reached == Reached::Applied || began.elapsed() > BACKOFF.1 {
                // The speaker took something: what it may have refused then is not told again at once.
                backoff = BACKOFF.0;
            }
            if told.as_ref() != Some(&reason) {
                told = Some(reason.clone());
                let refused = is_refusal(status.code());
                let lost = SpeakerEvent::Lost { reason, refused };
                if self.events.send(lost).await.is_err() {
                    return;
                }
            }
            tokio::time::sleep(backoff).await;
            backoff = (backoff * 2).min(BACKOFF.1);
        }
    }

    /// One stream, from its beginning to its end. `Ok`: the listener went away.
    async fn stream(&self, reached: &mut Reached) -> Result<(), Status> {
        let mut client = self.client().await?;
        let (changes, queue) = mpsc::channel::<Change>(CHANGE_QUEUE);
        // After the welcome nobody but this stream writes in our name.
        let (tell_held, held) = watch::channel(BTreeMap::new());
        let requests = requests(queue, held);
        let hello = futures::stream::iter([convert::hello(OWNER)]);
        let setup = async {
            let mut answers = client.sync(hello.chain(requests)).await?.into_inner();
            let generation = welcome(&mut answers).await?;
            let routes = held_routes(&mut client).await?;
            let peers = held_peers(&mut client).await?;
            Ok::<_, Status>((answers, generation, routes, peers))
        };
        let (mut answers, generation, routes, held) = tokio::time::timeout(SETUP_PATIENCE, setup)
            .await
            .map_err(|_| Status::deadline_exceeded("the speaker does not answer"))??;
        *reached = Reached::Connected;
        let peers = addresses(&held)?;
        tell_held.send_replace(held);
        let mut event = SpeakerEvent::Connected {
            generation,
            routes,
            peers,
            changes,
        };
        loop {
            if self.events.send(event).await.is_err() {
                return Ok(());
            }
            event = match answers.message().await?.and_then(|answer| answer.message) {
                Some(Message::Applied(applied)) => {
                    *reached = Reached::Applied;
                    SpeakerEvent::Applied(applied)
                }
                Some(Message::Advertised(advertised)) => SpeakerEvent::Advertised(advertised),
                Some(Message::Welcome(_)) => return Err(Status::internal("a second welcome")),
                None => return Err(Status::unavailable("the speaker ended the stream")),
            };
        }
    }

    async fn client(&self) -> Result<SpeakerClient<Channel>, Status> {
        let socket = self.socket.clone();
        let connector = service_fn(move |_: Uri| {
            let socket = socket.clone();
            async move { UnixStream::connect(socket).await.map(TokioIo::new) }
        });
        // The address is a formality: the connector knows where to go.
        let endpoint = Endpoint::from_static("http://speaker");
        let channel = endpoint.connect_with_connector(connector).await;
        channel
            .map(SpeakerClient::new)
            .map_err(|error| Status::unavailable(causes(&error)))
    }
}

/// What the controller has to say, and that it is alive while it has nothing to say. Ends with the queue.
fn requests(
    queue: mpsc::Receiver<Change>,
    held: watch::Receiver<BTreeMap<String, v1::Peer>>,
) -> impl Stream<Item = SyncRequest> {
    let renewals = tokio::time::interval_at(Instant::now() + RENEWAL, RENEWAL);
    let begin = (queue, renewals, held);
    let said = futures::stream::unfold(begin, |(mut queue, mut renewals, held)| async {
        let said = tokio::select! {
            change = queue.recv() => convert::requests(change?, &held.borrow()),
            _ = renewals.tick() => vec![convert::renewal()],
        };
        Some((futures::stream::iter(said), (queue, renewals, held)))
    });
    said.flatten()
}

async fn welcome(answers: &mut Streaming<SyncResponse>) -> Result<u64, Status> {
    match answers.message().await?.and_then(|answer| answer.message) {
        Some(Message::Welcome(SyncWelcome { generation })) => Ok(generation),
        other => Err(Status::internal(format!(
            "expected a welcome, got {other:?}"
        ))),
    }
}

/// The routes that the speaker has of us: from before this stream, or from before this process.
async fn held_routes(client: &mut SpeakerClient<Channel>) -> Result<BTreeSet<IpNet>, Status> {
    let mut routes = BTreeSet::new();
    let mut request = ListRoutesRequest {
        owner: OWNER.to_owned(),
        ..ListRoutesRequest::default()
    };
    loop {
        let page = client.list_routes(request.clone()).await?.into_inner();
        for route in page.routes.into_iter().filter_map(|state| state.route) {
            let parsed = route.prefix.parse();
            routes.insert(parsed.map_err(|_| Status::internal(format!("route {}", route.prefix)))?);
        }
        if page.next_page_token.is_empty() {
            return Ok(routes);
        }
        request.page_token = page.next_page_token;
    }
}

/// The peers that the speaker has of us, as [`held_routes`].
async fn held_peers(
    client: &mut SpeakerClient<Channel>,
) -> Result<BTreeMap<String, v1::Peer>, Status> {
    let all = client.list_peers(ListPeersRequest::default()).await?;
    let states = all.into_inner().peers.into_iter();
    let ours = states.filter(|state| state.owner == OWNER);
    let peers = ours.filter_map(|state| state.peer);
    Ok(peers.map(|peer| (peer.name.clone(), peer)).collect())
}

fn addresses(peers: &BTreeMap<String, v1::Peer>) -> Result<BTreeMap<String, IpAddr>, Status> {
    let address = |(name, peer): (&String, &v1::Peer)| {
        let address = peer.address.parse();
        let address = address.map_err(|_| Status::internal(format!("peer {}", peer.address)))?;
        Ok((name.clone(), address))
    };
    peers.iter().map(address).collect()
}

/// Whether it says that what was told is wrong, and not that the telling failed.
fn is_refusal(code: Code) -> bool {
    matches!(
        code,
        Code::InvalidArgument | Code::FailedPrecondition | Code::ResourceExhausted
    )
}

fn describe(status: &Status) -> String {
    match status.message() {
        "" => status.code().description().to_owned(),
        message => message.to_owned(),
    }
}

/// An error with its causes, each text once: some errors say their cause's.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = String::new();
    for error in std::iter::successors(Some(error), |error| error.source()) {
        let cause = error.to_string();
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot connect: {0}")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn a_cause_that_its_error_tells_is_not_told_again() {
        let error = Outer(std::io::Error::other("no such file"));
        assert_eq!(causes(&error), "cannot connect: no such file");
    }
}
