use std::pin::{Pin, pin};

use bellwether_proto::v1::{WatchPeersRequest, WatchRoutesRequest};
use jiff::Timestamp;
use serde::Serialize;
use tokio_stream::{Stream, StreamExt};
use tonic::Streaming;

use crate::args::Watched;
use crate::connect::{Speaker, answer};
use crate::error::Error;
use crate::model::{
    AdministrativeState, Change, Malformed, PeerEvent, PeerState, RouteEvent, RouteState,
    SessionState, Subject,
};
use crate::output::{self, Format, ago, lasting, printable};

/// Shows what is there, then each change, until the speaker ends the stream.
///
/// # Errors
/// It has no other end than an error: mostly [`Error::StreamEnded`].
pub(super) async fn run(
    speaker: Speaker,
    format: Format,
    what: Option<Watched>,
    resume: Option<String>,
) -> Result<(), Error> {
    let resume = resume.unwrap_or_default();
    let mut changes = match what {
        Some(Watched::Peers) => peers(speaker, resume).await?,
        Some(Watched::Routes) => routes(speaker, resume).await?,
        None => {
            let peers = peers(speaker.clone(), String::new()).await?;
            Box::pin(peers.merge(routes(speaker, String::new()).await?))
        }
    };
    let mut reader_gone = pin!(output::reader_gone());
    // Each stream ends with an error, so that the merged stream ends with the first of them.
    loop {
        let change = tokio::select! {
            change = changes.try_next() => change?,
            error = &mut reader_gone => return Err(error),
        };
        let Some(change) = change else {
            return Ok(());
        };
        let event = Event {
            time: Timestamp::now(),
            change,
        };
        output::show_next(format, &event, || text(&event))?;
    }
}

pub(super) type Changes = Pin<Box<dyn Stream<Item = Result<Change, Error>>>>;

/// The peers and what changes of them, from the event with this token on; without it: from the beginning.
pub(super) async fn peers(mut speaker: Speaker, resume_token: String) -> Result<Changes, Error> {
    let request = WatchPeersRequest { resume_token };
    let events = answer(speaker.watch_peers(request)).await?;
    Ok(until_the_end("peers", events))
}

async fn routes(mut speaker: Speaker, resume_token: String) -> Result<Changes, Error> {
    let request = WatchRoutesRequest { resume_token };
    let events = answer(speaker.watch_routes(request)).await?;
    Ok(until_the_end("routes", events))
}

/// The changes of a stream of `what`, and last of all why there are no more.
fn until_the_end<T>(what: &'static str, events: Streaming<T>) -> Changes
where
    T: TryInto<Change, Error = Malformed> + 'static,
{
    let ended = move |why| Error::StreamEnded { what, why };
    let closed = tokio_stream::once(Err(ended("the speaker closed it".to_owned())));
    let changes = events.map(move |event| match event {
        Ok(event) => Ok(event.try_into()?),
        Err(status) => Err(ended(Error::from(status).to_string())),
    });
    Box::pin(changes.chain(closed))
}

/// A change, and when it was received.
#[derive(Serialize)]
struct Event {
    time: Timestamp,
    #[serde(flatten)]
    change: Change,
}

/// The event as a line: when, what kind, which, what.
fn text(event: &Event) -> String {
    let Event { time, change } = event;
    let (kind, what) = match &change.subject {
        Subject::Peer(PeerEvent::Upsert { peer }) => ("peer", peer_text(peer, *time)),
        Subject::Peer(PeerEvent::Delete { peer }) => {
            ("peer", format!("{} removed", peer.peer.name))
        }
        Subject::Peer(PeerEvent::Synced) => ("peers", SYNCED.to_owned()),
        Subject::Peer(PeerEvent::Resumed) => ("peers", RESUMED.to_owned()),
        Subject::Peer(PeerEvent::Snapshot) => ("peers", SNAPSHOT.to_owned()),
        Subject::Route(RouteEvent::Upsert { route }) => ("route", route_text(route)),
        Subject::Route(RouteEvent::Delete { route }) => {
            ("route", format!("{} withdrawn", route.route.prefix))
        }
        Subject::Route(RouteEvent::Synced) => ("routes", SYNCED.to_owned()),
        Subject::Route(RouteEvent::Resumed) => ("routes", RESUMED.to_owned()),
        Subject::Route(RouteEvent::Snapshot) => ("routes", SNAPSHOT.to_owned()),
    };
    format!("{time:.3}  {kind:6}  {}\n", printable(&what))
}

const SYNCED: &str = "-- these are all, changes follow --";
const RESUMED: &str = "-- resumed, what changed since follows --";
const SNAPSHOT: &str = "-- not resumed, everything follows --";

fn peer_text(state: &PeerState, now: Timestamp) -> String {
    let mut text = format!(
        "{} {}, {} AS {}, advertised {}, received {}",
        state.peer.name,
        lasting(state.state, state.since, now),
        state.peer.address,
        state.peer.peer_asn,
        state.advertised_routes,
        state.received_routes,
    );
    if state.administrative_state != AdministrativeState::Enabled {
        text.push_str(&format!(", {}", state.administrative_state));
    }
    if let (Some(error), false) = (&state.last_error, state.state == SessionState::Established) {
        text.push_str(", last error: ");
        text.push_str(&ago(error, state.last_error_time, now));
    }
    text
}

fn route_text(state: &RouteState) -> String {
    let depreferred = if state.depreferred {
        ", de-preferred"
    } else {
        ""
    };
    format!(
        "{} wanted by {}, advertised to {} of {} peers{depreferred}",
        state.route.prefix,
        state.owners.join(","),
        state.advertised_peers,
        state.eligible_peers,
    )
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::commands::samples;
    use crate::model::{DeletedPeer, DeletedRoute, PeerKey, RouteKey};

    fn events() -> impl Iterator<Item = Event> {
        let peer = PeerKey {
            name: "tor2".to_owned(),
        };
        let route = RouteKey {
            prefix: "192.0.2.10/32".to_owned(),
        };
        [
            Subject::Peer(PeerEvent::Upsert {
                peer: Box::new(samples::established_peer()),
            }),
            Subject::Peer(PeerEvent::Upsert {
                peer: Box::new(samples::refused_peer()),
            }),
            Subject::Peer(PeerEvent::Synced),
            Subject::Route(RouteEvent::Upsert {
                route: Box::new(samples::plain_route()),
            }),
            Subject::Route(RouteEvent::Synced),
            Subject::Peer(PeerEvent::Delete {
                peer: DeletedPeer { peer },
            }),
            Subject::Route(RouteEvent::Delete {
                route: DeletedRoute { route },
            }),
        ]
        .into_iter()
        .map(|subject| Event {
            time: samples::now(),
            change: Change {
                subject,
                resume_token: Some("t1".to_owned()),
            },
        })
    }

    #[test]
    fn each_event_is_one_line() {
        assert_snapshot!(events().map(|event| text(&event)).collect::<String>());
    }

    #[test]
    fn each_event_is_one_line_of_json() {
        let line = |event| output::one_of_many(Format::Json, &event).unwrap().unwrap();
        assert_snapshot!(events().map(line).collect::<String>());
    }

    #[test]
    fn each_event_is_a_document_of_yaml() {
        let document = |event| output::one_of_many(Format::Yaml, &event).unwrap().unwrap();
        assert_snapshot!(events().skip(2).map(document).collect::<String>());
    }
}
