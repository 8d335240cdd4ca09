use std::fmt::Write as _;

use bellwether_bgp::session::State;

use crate::table::PeerView;

/// Whether every required peer is Established and was sent all routes with End-of-RIB; and what is missing, a line a peer.
pub(super) fn readiness(peers: &[PeerView]) -> (bool, String) {
    let mut text = String::new();
    let missing = peers.iter().filter(|view| view.peer.required);
    for view in missing {
        let what = match view.status.state {
            State::Established if view.synchronized => continue,
            State::Established => "has not been sent all routes yet".to_owned(),
            state => match &view.status.last_error {
                Some((why, _)) => format!("is {state}: {why}"),
                None => format!("is {state}"),
            },
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "peer {} {what}", view.peer.name);
    }
    if text.is_empty() {
        (true, "ready\n".to_owned())
    } else {
        (false, format!("not ready\n{text}"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::SystemTime;

    use super::*;
    use crate::model::{Name, Peer, test_peer};
    use crate::peer::PeerStatus;
    use crate::table::Administrative;

    fn view(state: State, synchronized: bool, required: bool) -> PeerView {
        let peer = test_peer("tor1", "10.0.0.254");
        PeerView {
            peer: Arc::new(Peer { required, ..peer }),
            owner: Name::config(),
            status: PeerStatus {
                state,
                ..PeerStatus::idle(None)
            },
            advertised_routes: 0,
            administrative: Administrative::Enabled,
            synchronized,
        }
    }

    #[test]
    fn a_speaker_without_peers_is_ready() {
        assert_eq!(readiness(&[]), (true, "ready\n".to_owned()));
    }

    #[test]
    fn established_is_not_enough_without_all_routes() {
        assert!(readiness(&[view(State::Established, true, true)]).0);
        let expected = "not ready\npeer tor1 has not been sent all routes yet\n".to_owned();
        let peers = [view(State::Established, false, true)];
        assert_eq!(readiness(&peers), (false, expected));
    }

    #[test]
    fn a_peer_that_is_not_required_is_not_waited_for() {
        assert!(readiness(&[view(State::Active, false, false)]).0);
    }

    #[test]
    fn who_is_missing_is_said_with_the_reason() {
        let mut missing = view(State::Active, false, true);
        let why = "cannot connect: Connection refused".to_owned();
        missing.status.last_error = Some((why, SystemTime::UNIX_EPOCH));
        let expected = "not ready\npeer tor1 is Active: cannot connect: Connection refused\n";
        assert_eq!(readiness(&[missing]), (false, expected.to_owned()));
    }
}
