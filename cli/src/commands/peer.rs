use bellwether_proto::v1::{EnablePeerRequest, ResetPeerRequest, ShutdownPeerRequest};
use serde::Serialize;

use crate::args::{PeerAction, PeerAndReason};
use crate::connect::{Speaker, answer};
use crate::error::Error;
use crate::output::{self, Format, printable};

/// What was done to whom.
#[derive(Serialize)]
struct Done {
    peer: String,
    action: &'static str,
}

/// Resets a session, shuts it down, or enables it.
pub(super) async fn run(
    mut speaker: Speaker,
    format: Format,
    action: PeerAction,
) -> Result<(), Error> {
    let (peer, action, done) = match action {
        PeerAction::Reset(PeerAndReason { peer, reason }) => {
            let request = ResetPeerRequest {
                peer: peer.clone(),
                communication: reason,
            };
            answer(speaker.reset_peer(request)).await?;
            (peer, "reset", "is reset")
        }
        PeerAction::Shutdown(PeerAndReason { peer, reason }) => {
            let request = ShutdownPeerRequest {
                peer: peer.clone(),
                communication: reason,
            };
            answer(speaker.shutdown_peer(request)).await?;
            (peer, "shutdown", "is shut down until `bellctl peer enable`")
        }
        PeerAction::Enable { peer } => {
            let request = EnablePeerRequest { peer: peer.clone() };
            answer(speaker.enable_peer(request)).await?;
            (peer, "enable", "is enabled")
        }
    };
    let text = format!("{} {done}\n", printable(&peer));
    output::show(format, &Done { peer, action }, |_| text)
}
