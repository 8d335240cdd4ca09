//! Notes -> log lines. Each is about something that changed, so that none is repeated while it lasts.

use tracing::{debug, info, warn};

use crate::announce::{Decision, Reason};
use crate::plan::{Note, Verdict};

/// Logs a note: what a person has to mend as a warning, what follows from the world as information.
pub fn note(note: &Note) {
    match note {
        Note::Rejected(rejected) => warn!("{rejected}"),
        Note::Accepted(object) => info!("{object} is no longer rejected"),
        Note::Service(service, Some(address), verdict) => address_note(service, *address, verdict),
        Note::Service(
            service,
            None,
            Verdict {
                decision: Decision::Skip(reason),
                ..
            },
        ) => {
            info!(%service, "not announced: {reason}");
        }
        Note::Service(service, None, _) => debug!(%service, "announced without an address"),
        Note::Forgotten(service, Some(address)) => info!(%service, %address, "gone"),
        Note::Forgotten(service, None) => debug!(%service, "gone, or no longer without an address"),
        Note::Peer(peer, Ok(())) => info!(peer, "to have a session"),
        Note::Peer(peer, Err(reason @ Reason::PeerAddressTaken { .. })) => {
            warn!(peer, "no session: {reason}");
        }
        Note::Peer(peer, Err(reason)) => info!(peer, "no session: {reason}"),
        Note::PeerForgotten(peer) => info!(peer, "gone"),
    }
}

fn address_note(service: &impl std::fmt::Display, address: std::net::IpAddr, verdict: &Verdict) {
    match &verdict.decision {
        Decision::Announce(_) => info!(%service, %address, "announced"),
        Decision::Skip(reason) if verdict.forwarded => {
            info!(%service, %address, "not announced: {reason}");
        }
        Decision::Skip(reason) => warn!(%service, %address, "refused: {reason}"),
    }
}
