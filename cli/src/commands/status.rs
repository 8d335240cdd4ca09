use bellwether_proto::v1::GetStatusRequest;
use jiff::Timestamp;

use crate::connect::{Speaker, answer};
use crate::error::Error;
use crate::model::{OwnerState, Status};
use crate::output::{self, Format, Table, age};

/// Shows who the speaker is and what it holds.
pub(super) async fn run(mut speaker: Speaker, format: Format) -> Result<(), Error> {
    let status = answer(speaker.get_status(GetStatusRequest {})).await?;
    let status = Status::try_from(status)?;
    output::write(&match format {
        Format::Json => output::document(&status)?,
        Format::Table | Format::Wide => text(&status, Timestamp::now()),
    })
}

fn text(status: &Status, now: Timestamp) -> String {
    let mut text = summary(status, now);
    if !status.owners.is_empty() {
        text.push('\n');
        text.push_str(&owners(&status.owners));
    }
    text
}

fn summary(status: &Status, now: Timestamp) -> String {
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
    table.render()
}

fn owners(owners: &[OwnerState]) -> String {
    let mut table = Table::with_header(["OWNER", "ROUTES", "PEERS", "GENERATION", "SYNC"]);
    for owner in owners {
        let OwnerState {
            name,
            generation,
            routes,
            peers,
            connected,
        } = owner;
        table.row([
            name.clone(),
            routes.to_string(),
            peers.to_string(),
            generation.to_string(),
            if *connected { "connected" } else { "" }.to_owned(),
        ]);
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::commands::samples;

    #[test]
    fn the_summary_is_followed_by_the_owners() {
        assert_snapshot!(text(&samples::status(), samples::now()));
    }

    #[test]
    fn the_json_has_every_field_of_the_message() {
        assert_snapshot!(output::document(&samples::status()).unwrap());
    }

    #[test]
    fn a_speaker_that_listens_nowhere_and_has_no_owners_has_no_table_of_owners() {
        let status = Status {
            listen: vec![],
            owners: vec![],
            ..samples::status()
        };
        assert_snapshot!(text(&status, samples::now()));
    }
}
