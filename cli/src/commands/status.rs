use bellwether_proto::v1::GetStatusRequest;
use jiff::Timestamp;
use serde::Serialize;

use super::{drain, owners, peers};
use crate::connect::{Speaker, answer};
use crate::error::Error;
use crate::model::{
    AdministrativeState, DrainPhase, DrainProgress, OwnerState, PeerState, SessionState, Standing,
    Status,
};
use crate::output::{self, Format, Screen, Table, age, ago, lasting, printable};

/// So many lines of a kind fit with the others on one screen.
const LINES: usize = 12;

/// What needs attention, and what else the speaker says of itself.
#[derive(Serialize)]
struct Report {
    attention: Vec<String>,
    #[serde(flatten)]
    status: Status,
}

/// Shows what needs attention, who the speaker is, and what it holds.
pub(super) async fn run(mut speaker: Speaker, format: Format) -> Result<(), Error> {
    let status: Status = answer(speaker.get_status(GetStatusRequest {}))
        .await?
        .try_into()?;
    let peers = peers::list(&mut speaker, None).await?;
    let now = Timestamp::now();
    let report = Report {
        attention: attention(&status, &peers, now),
        status,
    };
    output::show(format, &report, |screen| text(&report, &peers, now, screen))
}

/// A sentence for everything that is not as it should be, the worst first.
fn attention(status: &Status, peers: &[PeerState], now: Timestamp) -> Vec<String> {
    let mut sentences: Vec<_> = status
        .drains
        .iter()
        .filter(|step| step.phase != DrainPhase::Undrained)
        .map(|step| drain_trouble(step, now))
        .collect();
    sentences.extend(peers.iter().filter_map(|state| session_trouble(state, now)));
    if peers.is_empty() {
        sentences.push("there are no peers: nothing is announced to anybody".to_owned());
    }
    sentences.extend(peers::warnings(peers));
    sentences.extend(
        status
            .owners
            .iter()
            .filter_map(|owner| lease_trouble(owner, now)),
    );
    sentences
}

fn drain_trouble(step: &DrainProgress, now: Timestamp) -> String {
    let undrain = match (&step.target.owner, &step.target.peer) {
        (Some(owner), _) => format!("bellctl undrain --owner {owner}"),
        (None, Some(peer)) => format!("bellctl undrain --peer {peer}"),
        (None, None) => "bellctl undrain".to_owned(),
    };
    let how_far = drain::sentence(step, now);
    format!("drain of {how_far}: `{undrain}` takes it back")
}

fn session_trouble(state: &PeerState, now: Timestamp) -> Option<String> {
    let name = &state.peer.name;
    let session = lasting(state.state, state.since, now);
    let reason = state.administrative_reason.as_deref();
    let why = reason
        .map(|reason| format!(" ({reason})"))
        .unwrap_or_default();
    match (state.administrative_state, state.state) {
        (AdministrativeState::ShutDown, _) => Some(format!(
            "peer {name} is shut down{why}: `bellctl peer enable {name}` takes it back"
        )),
        // The drain has a sentence of its own.
        (AdministrativeState::Drained, _) => None,
        (_, SessionState::Established) => None,
        (_, _) => Some(match &state.last_error {
            Some(error) => {
                let error = ago(error, state.last_error_time, now);
                format!("peer {name} is {session}: {error}")
            }
            None => format!("peer {name} is {session}"),
        }),
    }
}

fn lease_trouble(owner: &OwnerState, now: Timestamp) -> Option<String> {
    if !owner.lease_expired {
        return None;
    }
    let name = &owner.name;
    let since = owner
        .lease_expires
        .map(|expired| format!(" {} ago", age(expired, now)))
        .unwrap_or_default();
    let consequence = match owner.standing {
        Standing::Depreferred => "its routes are de-preferred",
        Standing::Withdrawn => "its routes are withdrawn",
        Standing::Active | Standing::Unknown => "its routes stay as they are",
    };
    Some(format!(
        "the lease of owner {name} ran out{since}: {consequence}"
    ))
}

fn text(report: &Report, peers: &[PeerState], now: Timestamp, screen: Screen) -> String {
    let Report { attention, status } = report;
    let mut text = attention_text(attention);
    text.push('\n');
    text.push_str(&summary(status, now).render(screen));
    section(&mut text, peers, "bellctl peers", |peers| {
        peers::narrow_table(peers, now).render(screen)
    });
    section(&mut text, &status.owners, "bellctl owners", |owners| {
        owners::table(owners, now).render(screen)
    });
    text
}

fn attention_text(attention: &[String]) -> String {
    if attention.is_empty() {
        return "Nothing needs attention.\n".to_owned();
    }
    let mut text = "Needs attention:\n".to_owned();
    for sentence in attention.iter().take(LINES) {
        text.push_str(&format!("  {}\n", printable(sentence)));
    }
    if let Some(more @ 1..) = attention.len().checked_sub(LINES) {
        text.push_str(&format!("  and {more} more\n"));
    }
    text
}

/// A table of the first `LINES` of `rows`, and where the others are; nothing where there are none.
fn section<T>(text: &mut String, rows: &[T], command: &str, table: impl Fn(&[T]) -> String) {
    let shown = rows.get(..LINES).unwrap_or(rows);
    if shown.is_empty() {
        return;
    }
    text.push('\n');
    text.push_str(&table(shown));
    if let more @ 1.. = rows.len() - shown.len() {
        text.push_str(&format!("and {more} more: `{command}`\n"));
    }
}

fn summary(status: &Status, now: Timestamp) -> Table {
    let Status {
        version,
        asn,
        router_id,
        started,
        listen,
        peers,
        established_peers,
        routes_ipv4,
        routes_ipv6,
        owners: _, // a table of their own
        drains: _, // need attention
    } = status;
    let mut table = Table::without_header();
    table.row(["Version", version]);
    table.row(["AS", &asn.to_string()]);
    table.row(["Router ID", router_id]);
    let uptime = age(*started, now);
    table.row(["Up", &format!("{uptime}, since {started:.0}")]);
    table.row(["Listens on", &listen.join(", ")]);
    table.row([
        "Peers",
        &format!("{established_peers} of {peers} established"),
    ]);
    table.row(["Routes", &format!("{routes_ipv4} IPv4, {routes_ipv6} IPv6")]);
    table
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::commands::samples;

    fn report(peers: &[PeerState]) -> Report {
        let status = samples::status();
        Report {
            attention: attention(&status, peers, samples::now()),
            status,
        }
    }

    fn troubled() -> Vec<PeerState> {
        vec![
            samples::established_peer(),
            samples::refused_peer(),
            samples::shut_down_peer(),
        ]
    }

    #[test]
    fn what_needs_attention_stands_before_the_summary() {
        let peers = troubled();
        let text = text(&report(&peers), &peers, samples::now(), Screen::PLAIN);
        assert_snapshot!(text);
    }

    #[test]
    fn the_json_has_every_field_of_the_message_and_what_needs_attention() {
        let document = output::document(Format::Json, &report(&troubled()));
        assert_snapshot!(document.unwrap().unwrap());
    }

    #[test]
    fn where_all_is_well_it_says_so() {
        let peer = PeerState {
            unadvertised: vec![],
            ..samples::established_peer()
        };
        let status = Status {
            owners: vec![],
            drains: vec![],
            listen: vec![],
            ..samples::status()
        };
        let peers = [peer];
        let report = Report {
            attention: attention(&status, &peers, samples::now()),
            status,
        };
        assert_snapshot!(text(&report, &peers, samples::now(), Screen::PLAIN));
    }

    #[test]
    fn many_peers_leave_room_for_the_rest() {
        let peers = vec![samples::refused_peer(); 30];
        let text = text(&report(&peers), &peers, samples::now(), Screen::PLAIN);
        assert!(text.contains("and 18 more: `bellctl peers`"), "{text}");
        assert!(text.lines().count() < 50, "{text}");
    }

    #[test]
    fn a_speaker_without_peers_needs_attention() {
        let sentences = attention(&samples::status(), &[], samples::now());
        assert!(
            sentences
                .iter()
                .any(|sentence| sentence.contains("no peers"))
        );
    }
}
