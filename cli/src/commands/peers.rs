mod detail;
mod watch;

pub(super) use watch::run as watch;

use bellwether_proto::v1::ListPeersRequest;
use jiff::Timestamp;

use crate::connect::{Speaker, answer};
use crate::error::Error;
use crate::model::{self, AdministrativeState, Family, MessageCounters, PeerState, SessionState};
use crate::output::{self, Cell, Format, Table, Tone, ago, optional_age};

/// Shows the peers, or everything about `peer`, a name or an address.
pub(super) async fn run(
    mut speaker: Speaker,
    format: Format,
    peer: Option<String>,
) -> Result<(), Error> {
    let peers = list(&mut speaker, peer.clone()).await?;
    match peer {
        Some(peer) => show_one(&peer, &peers, format),
        None => show_all(&peers, format),
    }
}

/// The peers, or only `peer`, a name or an address.
pub(super) async fn list(
    speaker: &mut Speaker,
    peer: Option<String>,
) -> Result<Vec<PeerState>, Error> {
    let request = ListPeersRequest {
        peer: peer.unwrap_or_default(),
    };
    Ok(model::all(
        answer(speaker.list_peers(request)).await?.peers,
    )?)
}

fn show_one(name: &str, peers: &[PeerState], format: Format) -> Result<(), Error> {
    let peer = peers
        .first()
        .ok_or_else(|| Error::NotFound(format!("no peer has the name or address {name}")))?;
    output::show(format, peer, |screen| {
        detail::text(peer, Timestamp::now(), screen)
    })
}

fn show_all(peers: &[PeerState], format: Format) -> Result<(), Error> {
    if peers.is_empty() && format.is_text() {
        output::note("No peers.");
        return Ok(());
    }
    output::show(format, &peers, |screen| {
        lines(format, peers, Timestamp::now()).render(screen)
    })?;
    if format == Format::Table {
        warnings(peers).for_each(|warning| output::note(&format!("warning: {warning}")));
    }
    Ok(())
}

/// A line for each peer, in a format for people.
fn lines(format: Format, peers: &[PeerState], now: Timestamp) -> Table {
    match format {
        Format::Wide => table(&WIDE, peers, now),
        Format::Table | Format::Json | Format::Yaml => narrow_table(peers, now),
    }
}

/// What the narrow table has no room for and nobody should have to look for: an established session
/// that does not carry all that it is thought to.
pub(super) fn warnings(peers: &[PeerState]) -> impl Iterator<Item = String> {
    peers.iter().flat_map(|state| {
        let name = &state.peer.name;
        state
            .unadvertised
            .iter()
            .map(move |reason| format!("not advertised to {name}: {reason}"))
    })
}

/// A title, and what stands below it for a peer.
type Column = (&'static str, fn(&PeerState, Timestamp) -> Cell);

const NAME: Column = ("NAME", |state, _| (&state.peer.name).into());
const PEER: Column = ("PEER", |state, _| (&state.peer.address).into());
const AS: Column = ("AS", |state, _| state.peer.peer_asn.to_string().into());
const STATE: Column = ("STATE", state_cell);
const UP_DOWN: Column = ("UP/DOWN", |state, now| {
    optional_age(state.since, now).into()
});
const ADVERTISED: Column = ("ADVERTISED", |state, _| {
    state.advertised_routes.to_string().into()
});
const RECEIVED: Column = ("RECEIVED", |state, _| {
    state.received_routes.to_string().into()
});
const LAST_ERROR: Column = ("LAST ERROR", |state, now| last_error(state, now).into());
/// An error that is over is no news where there is little room.
const LAST_ERROR_UNLESS_UP: Column = ("LAST ERROR", |state, now| match state.state {
    SessionState::Established => Cell::default(),
    _ => last_error(state, now).into(),
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
    ("OWNER", |state, _| (&state.owner).into()),
    ("ESTABLISHED", |state, _| {
        state.established_count.to_string().into()
    }),
    ("LOCAL", |state, _| {
        state.local_endpoint.clone().unwrap_or_default().into()
    }),
    ("REMOTE", |state, _| {
        state.remote_endpoint.clone().unwrap_or_default().into()
    }),
    ("HOLD", |state, _| hold_time(state).into()),
    ("FAMILIES", |state, _| {
        families(negotiated_families(state)).into()
    }),
    ("MSG SENT/RCVD", |state, _| {
        format!("{}/{}", total(&state.sent), total(&state.received)).into()
    }),
    LAST_ERROR,
    ("NOT ADVERTISED", |state, _| {
        state.unadvertised.join("; ").into()
    }),
];

fn table(columns: &[Column], peers: &[PeerState], now: Timestamp) -> Table {
    let mut table = Table::with_header(columns.iter().map(|(title, _)| *title));
    for peer in peers {
        table.row(columns.iter().map(|(_, cell)| cell(peer, now)));
    }
    table
}

/// A line for each peer, in few columns, and in fewer still on a narrow terminal.
pub(super) fn narrow_table(peers: &[PeerState], now: Timestamp) -> Table {
    table(&NARROW, peers, now).expendable(&["RECEIVED", "AS", "PEER"])
}

/// The state of the session, and what an operator did to it, as `Idle,shut-down`: one word for a column.
fn state_cell(state: &PeerState, _: Timestamp) -> Cell {
    let suffix = match state.administrative_state {
        AdministrativeState::Enabled | AdministrativeState::Unknown => "",
        AdministrativeState::ShutDown => ",shut-down",
        AdministrativeState::Drained => ",drained",
    };
    let tone = match (state.state, suffix) {
        (SessionState::Established, "") => Tone::Good,
        (_, "") => Tone::Bad,
        _ => Tone::Warning,
    };
    Cell::toned(format!("{}{suffix}", state.state), tone)
}

pub(super) fn last_error(state: &PeerState, now: Timestamp) -> String {
    match &state.last_error {
        Some(error) => ago(error, state.last_error_time, now),
        None => String::new(),
    }
}

fn hold_time(state: &PeerState) -> String {
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
    use crate::output::Screen;

    fn peers() -> Vec<PeerState> {
        vec![
            samples::established_peer(),
            samples::refused_peer(),
            samples::shut_down_peer(),
        ]
    }

    #[test]
    fn a_line_for_each_peer() {
        assert_snapshot!(table(&NARROW, &peers(), samples::now()).render(Screen::PLAIN));
    }

    #[test]
    fn a_family_that_is_not_advertised_is_warned_of() {
        let warnings: Vec<_> = warnings(&peers()).collect();
        assert_eq!(
            warnings,
            ["not advertised to tor1: ipv6-unicast: no next hop (set next_hop_ipv6)"]
        );
    }

    #[test]
    fn wide_adds_the_session_and_what_is_not_advertised() {
        assert_snapshot!(table(&WIDE, &peers(), samples::now()).render(Screen::PLAIN));
    }

    #[test]
    fn it_fits_a_terminal_of_80_columns() {
        let screen = Screen {
            width: Some(80),
            colour: false,
        };
        let text = narrow_table(&peers(), samples::now()).render(screen);
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        assert_snapshot!(text);
    }

    #[test]
    fn the_yaml_has_the_fields_of_the_json() {
        assert_snapshot!(output::document(Format::Yaml, &peers()).unwrap().unwrap());
    }

    #[test]
    fn the_json_has_every_field_of_the_message_and_null_for_what_is_not_set() {
        assert_snapshot!(output::document(Format::Json, &peers()).unwrap().unwrap());
    }
}
