//! The stream to the local speaker.

mod convert;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use bellwether_proto::v1::speaker_client::SpeakerClient;
use bellwether_proto::v1::sync_response::Message;
use bellwether_proto::v1::{
    ListRoutesRequest, SyncAdvertised, SyncApplied, SyncRequest, SyncResponse, SyncWelcome,
};
use futures::{Stream, StreamExt};
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tonic::transport::{Channel, Endpoint, Uri};
use tonic::{Status, Streaming};
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
        /// Where changes go, as long as this stream lives.
        changes: mpsc::Sender<Change>,
    },
    /// All changes up to a generation are in force in the speaker.
    Applied(SyncApplied),
    /// So many peers have been sent all changes up to a generation.
    Advertised(SyncAdvertised),
    /// The stream has ended, or there was none to be had. Told once, not with each try.
    Lost(String),
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
            let mut connected = false;
            let began = Instant::now();
            let Err(status) = self.stream(&mut connected).await else {
                return;
            };
            let reason = describe(&status);
            if connected {
                told = None;
            }
            if began.elapsed() > BACKOFF.1 {
                // It was not refused at once, as a change that the speaker cannot accept would be.
                backoff = BACKOFF.0;
            }
            if told.as_ref() != Some(&reason) {
                told = Some(reason.clone());
                if self.events.send(SpeakerEvent::Lost(reason)).await.is_err() {
                    return;
                }
            }
            tokio::time::sleep(backoff).await;
            backoff = (backoff * 2).min(BACKOFF.1);
        }
    }

    /// One stream, from its beginning to its end. `Ok`: the listener went away.
    async fn stream(&self, connected: &mut bool) -> Result<(), Status> {
        let mut client = self.client().await?;
        let (changes, queue) = mpsc::channel::<Change>(CHANGE_QUEUE);
        let requests = requests(queue);
        let hello = futures::stream::iter([convert::hello(OWNER)]);
        let setup = async {
            let mut answers = client.sync(hello.chain(requests)).await?.into_inner();
            let generation = welcome(&mut answers).await?;
            Ok::<_, Status>((answers, generation, held_routes(&mut client).await?))
        };
        let (mut answers, generation, routes) = tokio::time::timeout(SETUP_PATIENCE, setup)
            .await
            .map_err(|_| Status::deadline_exceeded("the speaker does not answer"))??;
        *connected = true;
        let mut event = SpeakerEvent::Connected {
            generation,
            routes,
            changes,
        };
        loop {
            if self.events.send(event).await.is_err() {
                return Ok(());
            }
            event = match answers.message().await?.and_then(|answer| answer.message) {
                Some(Message::Applied(applied)) => SpeakerEvent::Applied(applied),
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
fn requests(queue: mpsc::Receiver<Change>) -> impl Stream<Item = SyncRequest> {
    let renewals = tokio::time::interval_at(Instant::now() + RENEWAL, RENEWAL);
    let said = futures::stream::unfold((queue, renewals), |(mut queue, mut renewals)| async {
        let said = tokio::select! {
            change = queue.recv() => convert::requests(change?),
            _ = renewals.tick() => vec![convert::renewal()],
        };
        Some((futures::stream::iter(said), (queue, renewals)))
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

fn describe(status: &Status) -> String {
    match status.message() {
        "" => status.code().description().to_owned(),
        message => message.to_owned(),
    }
}

/// An error with its causes, the last of which is the one that tells something.
fn causes(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
