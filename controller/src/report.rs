//! Notes -> log lines. Each is about something that changed, so that none is repeated while it lasts.

use std::net::IpAddr;

use tracing::{debug, info, warn};

use crate::announce::{Decision, Reason};
use crate::object::ServiceKey;
use crate::plan::{Note, Verdict};

/// Logs a note: what a person has to mend as a warning, what follows from the world as information.
pub fn note(note: &Note) {
    match note {
        Note::Rejected(rejected) => warn!("{rejected}"),
        Note::Accepted(object) => info!("{object} is no longer rejected"),
        Note::Service(service, address, verdict) => verdict_line(service, *address, verdict),
        Note::Forgotten(service, Some(address)) => info!(%service, %address, "gone"),
        Note::Forgotten(service, None) => debug!(%service, "no longer without an address"),
        Note::Peer(peer, Ok(())) => info!(peer, "to have a session"),
        Note::Peer(peer, Err(reason @ Reason::PeerAddressTaken { .. })) => {
            warn!(peer, "no session: {reason}");
        }
        Note::Peer(peer, Err(reason)) => info!(peer, "no session: {reason}"),
        Note::PeerForgotten(peer) => info!(peer, "gone"),
    }
}

fn verdict_line(service: &ServiceKey, address: Option<IpAddr>, verdict: &Verdict) {
    let Verdict {
        forwarded,
        decision,
    } = verdict;
    let address = address.map(tracing::field::display);
    match decision {
        Decision::Announce(_) => info!(%service, address, "to be announced"),
        Decision::Skip(reason @ Reason::NoAddress) => {
            info!(%service, address, "not announced: {reason}");
        }
        Decision::Skip(reason) if *forwarded => {
            info!(%service, address, "not announced: {reason}");
        }
        Decision::Skip(reason) => warn!(%service, address, "refused: {reason}"),
    }
}
