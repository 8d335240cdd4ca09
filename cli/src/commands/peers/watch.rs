//! The table of peers, again and again.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::pin::pin;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{self, MissedTickBehavior};
use tokio_stream::StreamExt;

use super::{detail, lines};
use crate::commands::monitor;
use crate::connect::Speaker;
use crate::error::Error;
use crate::model::{Change, PeerEvent, PeerState, Subject};
use crate::output::{self, Format, Screen};

/// How often the ages on a terminal go on.
const TICK: Duration = Duration::from_secs(1);

/// To the upper left corner, and nothing below it.
const CLEAR: &str = "\u{1b}[H\u{1b}[2J";

/// Shows the peers, or `peer` in detail, whenever something changes; on a terminal also every second, in place.
///
/// # Errors
/// It has no other end than an error: mostly [`Error::StreamEnded`].
pub(in crate::commands) async fn run(
    mut speaker: Speaker,
    format: Format,
    peer: Option<String>,
) -> Result<(), Error> {
    // A name that is not there is an error and not an empty screen.
    super::list(&mut speaker, peer.clone()).await?;
    let mut changes = monitor::peers(speaker, String::new()).await?;
    let in_place = format.is_text() && io::stdout().is_terminal();
    let mut tick = time::interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut reader_gone = pin!(output::reader_gone());
    let mut known = Known::default();
    loop {
        tokio::select! {
            change = changes.next() => match change {
                Some(change) => known.take(change?),
                None => return Ok(()),
            },
            _ = tick.tick(), if in_place => {}
            error = &mut reader_gone => return Err(error),
        }
        if known.synced {
            show(
                &known.selected(peer.as_deref()),
                format,
                peer.is_some(),
                in_place,
            )?;
        }
    }
}

/// The peers as the events have told them.
#[derive(Default)]
struct Known {
    peers: BTreeMap<String, PeerState>,
    /// All that was there has been told.
    synced: bool,
}

impl Known {
    fn take(&mut self, change: Change) {
        match change.subject {
            Subject::Peer(PeerEvent::Upsert { peer }) => {
                self.peers.insert(peer.peer.name.clone(), *peer);
            }
            Subject::Peer(PeerEvent::Delete { peer }) => {
                self.peers.remove(&peer.peer.name);
            }
            Subject::Peer(PeerEvent::Synced) => self.synced = true,
            Subject::Peer(PeerEvent::Snapshot) => self.peers.clear(),
            Subject::Peer(PeerEvent::Resumed) | Subject::Route(_) => {}
        }
    }

    /// All, or that of this name or address.
    fn selected(&self, peer: Option<&str>) -> Vec<PeerState> {
        let wanted = |state: &&PeerState| {
            peer.is_none_or(|peer| state.peer.name == peer || state.peer.address == peer)
        };
        self.peers.values().filter(wanted).cloned().collect()
    }
}

fn show(peers: &[PeerState], format: Format, one: bool, in_place: bool) -> Result<(), Error> {
    let now = Timestamp::now();
    let screen = Screen::of_stdout();
    let text = || {
        let peers = match (one, peers.first()) {
            (true, Some(peer)) => detail::text(peer, now, screen),
            (true, None) => "It is not there any more.\n".to_owned(),
            (false, _) => lines(format, peers, now).render(screen),
        };
        match in_place {
            true => format!("{CLEAR}{peers}"),
            false => format!("{now:.0}\n{peers}\n"),
        }
    };
    output::show_next(format, &peers, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::samples;
    use crate::model::{DeletedPeer, PeerKey};

    fn told(events: impl IntoIterator<Item = PeerEvent>) -> Known {
        let mut known = Known::default();
        for event in events {
            known.take(Change {
                subject: Subject::Peer(event),
                resume_token: None,
            });
        }
        known
    }

    fn upsert(peer: PeerState) -> PeerEvent {
        PeerEvent::Upsert {
            peer: Box::new(peer),
        }
    }

    #[test]
    fn what_is_shown_is_what_the_events_leave() {
        let name = samples::refused_peer().peer.name;
        let known = told([
            upsert(samples::established_peer()),
            upsert(samples::refused_peer()),
            PeerEvent::Synced,
            PeerEvent::Delete {
                peer: DeletedPeer {
                    peer: PeerKey { name },
                },
            },
        ]);
        assert!(known.synced);
        assert_eq!(known.selected(None), [samples::established_peer()]);
    }

    #[test]
    fn one_peer_is_found_by_name_and_by_address() {
        let known = told([
            upsert(samples::established_peer()),
            upsert(samples::refused_peer()),
        ]);
        for peer in ["tor1", "10.0.0.254"] {
            assert_eq!(known.selected(Some(peer)), [samples::established_peer()]);
        }
        assert_eq!(known.selected(Some("tor9")), []);
    }
}
