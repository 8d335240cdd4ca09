mod detail;

use bellwether_proto::v1::ListPeersRequest;
use jiff::Timestamp;

use crate::connect::{Speaker, answer};
use crate::error::Error;
use crate::model::{Family, MessageCounters, PeerState, SessionState};
use crate::output::{self, Format, Table, ago, optional_age};

/// Shows the peers, or everything about `peer`, a name or an address.
pub(super) async fn run(
    mut speaker: Speaker,
    format: Format,
    peer: Option<String>,
) -> Result<(), Error> {
    let request = ListPeersRequest {
        peer: peer.clone().unwrap_or_default(),
    };
    let peers = answer(speaker.list_peers(request)).await?.peers;
    let peers: Vec<_> = peers
        .into_iter()
        .map(PeerState::try_from)
        .collect::<Result<_, _>>()?;
    match peer {
        Some(peer) => show_one(&peer, &peers, format),
        None => show_all(&peers, format),
    }
}

fn show_one(name: &str, peers: &[PeerState], format: Format) -> Result<(), Error> {
    let peer = peers
        .first()
        .ok_or_else(|| Error::NotFound(format!("no peer has the name or address {name}")))?;
    output::write(&match format {
        Format::Json => output::document(peer)?,
        Format::Table | Format::Wide => detail::text(peer, Timestamp::now()),
    })
}

fn show_all(peers: &[PeerState], format: Format) -> Result<(), Error> {
    if peers.is_empty() && format != Format::Json {
        output::note("No peers.");
        return Ok(());
    }
    output::write(&match format {
        Format::Json => output::document(&peers)?,
        Format::Table => table(&NARROW, peers, Timestamp::now()),
        Format::Wide => table(&WIDE, peers, Timestamp::now()),
    })?;
    if format == Format::Table {
        warnings(peers).for_each(|warning| output::note(&warning));
    }
    Ok(())
}

/// What the narrow table has no room for and nobody should have to look for: an established session
/// that does not carry all that it is thought to.
fn warnings(peers: &[PeerState]) -> impl Iterator<Item = String> {
    peers.iter().flat_map(|state| {
        let name = &state.peer.name;
        state
            .unadvertised
            .iter()
            .map(move |reason| format!("warning: not advertised to {name}: {reason}"))
    })
}

/// A title, and what stands below it for a peer.
type Column = (&'static str, fn(&PeerState, Timestamp) -> String);

const NAME: Column = ("NAME", |state, _| state.peer.name.clone());
const PEER: Column = ("PEER", |state, _| state.peer.address.clone());
const AS: Column = ("AS", |state, _| state.peer.peer_asn.to_string());
const STATE: Column = ("STATE", |state, _| state.state.to_string());
const UP_DOWN: Column = ("UP/DOWN", |state, now| optional_age(state.since, now));
const ADVERTISED: Column = ("ADVERTISED", |state, _| state.advertised_routes.to_string());
const RECEIVED: Column = ("RECEIVED", |state, _| state.received_routes.to_string());
const LAST_ERROR: Column = ("LAST ERROR", last_error);
/// An error that is over is no news where there is little room.
const LAST_ERROR_UNLESS_UP: Column = ("LAST ERROR", |state, now| match state.state {
    SessionState::Established => String::new(),
    _ => last_error(state, now),
});

/// Texts of many words stand last, so that the other columns can be told apart by their position.
const NARROW: [Column; 8] = [
    NAME,
    PEER,
    AS,
    STATE,
    UP_DOWN,
    ADVERTISED,
    RECEIVED,
    LAST_ERROR_UNLESS_UP,
];

const WIDE: [Column; 16] = [
    NAME,
    PEER,
    AS,
    STATE,
    UP_DOWN,
    ADVERTISED,
    RECEIVED,
    ("OWNER", |state, _| state.owner.clone()),
    ("ESTABLISHED", |state, _| {
        state.established_count.to_string()
    }),
    ("LOCAL", |state, _| {
        state.local_endpoint.clone().unwrap_or_default()
    }),
    ("REMOTE", |state, _| {
        state.remote_endpoint.clone().unwrap_or_default()
    }),
    ("HOLD", hold_time),
    ("FAMILIES", |state, _| families(negotiated_families(state))),
    ("MSG SENT/RCVD", |state, _| {
        format!("{}/{}", total(&state.sent), total(&state.received))
    }),
    LAST_ERROR,
    ("NOT ADVERTISED", |state, _| state.unadvertised.join("; ")),
];

fn table(columns: &[Column], peers: &[PeerState], now: Timestamp) -> String {
    let mut table = Table::with_header(columns.iter().map(|(title, _)| *title));
    for peer in peers {
        table.row(columns.iter().map(|(_, cell)| cell(peer, now)));
    }
    table.render()
}

fn last_error(state: &PeerState, now: Timestamp) -> String {
    match &state.last_error {
        Some(error) => ago(error, state.last_error_time, now),
        None => String::new(),
    }
}

fn hold_time(state: &PeerState, _: Timestamp) -> String {
    match &state.negotiated {
        Some(negotiated) => negotiated.hold_time.to_string(),
        None => String::new(),
    }
}

fn negotiated_families(state: &PeerState) -> &[Family] {
    match &state.negotiated {
        Some(negotiated) => &negotiated.families,
        None => &[],
    }
}

fn families(families: &[Family]) -> String {
    let words: Vec<_> = families.iter().map(Family::to_string).collect();
    words.join(",")
}

fn total(counters: &MessageCounters) -> u64 {
    let MessageCounters {
        open,
        update,
        notification,
        keepalive,
        route_refresh,
    } = *counters;
    [open, update, notification, keepalive, route_refresh]
        .into_iter()
        .fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::commands::samples;

    fn peers() -> Vec<PeerState> {
        vec![samples::established_peer(), samples::refused_peer()]
    }

    #[test]
    fn a_line_for_each_peer() {
        assert_snapshot!(table(&NARROW, &peers(), samples::now()));
    }

    #[test]
    fn a_family_that_is_not_advertised_is_warned_of() {
        let warnings: Vec<_> = warnings(&peers()).collect();
        assert_eq!(
            warnings,
            ["warning: not advertised to tor1: ipv6-unicast: no next hop (set next_hop_ipv6)"]
        );
    }

    #[test]
    fn wide_adds_the_session_and_what_is_not_advertised() {
        assert_snapshot!(table(&WIDE, &peers(), samples::now()));
    }

    #[test]
    fn the_json_has_every_field_of_the_message_and_null_for_what_is_not_set() {
        assert_snapshot!(output::document(&peers()).unwrap());
    }
}
