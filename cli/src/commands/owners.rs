use bellwether_proto::v1::ListOwnersRequest;
use jiff::Timestamp;

use crate::connect::{Speaker, answer};
use crate::error::Error;
use crate::model::{self, OwnerState, Standing};
use crate::output::{self, Cell, Format, Table, Tone, age, left, note, optional_age};

/// Shows all owners, or only `owner`.
pub(super) async fn run(
    mut speaker: Speaker,
    format: Format,
    owner: Option<String>,
) -> Result<(), Error> {
    let request = ListOwnersRequest {
        owner: owner.clone().unwrap_or_default(),
    };
    let owners: Vec<OwnerState> = model::all(answer(speaker.list_owners(request)).await?.owners)?;
    let show_table = |owners: &[OwnerState], screen| table(owners, Timestamp::now()).render(screen);
    match owner {
        Some(name) => {
            let one = owners
                .first()
                .ok_or_else(|| Error::NotFound(format!("no owner has the name {name}")))?;
            output::show(format, one, |screen| show_table(&owners, screen))
        }
        None if owners.is_empty() && format.is_text() => {
            note("No owners.");
            Ok(())
        }
        None => output::show(format, &owners, |screen| show_table(&owners, screen)),
    }
}

/// A line for each owner.
pub(super) fn table(owners: &[OwnerState], now: Timestamp) -> Table {
    let mut table = Table::with_header([
        "OWNER",
        "ROUTES",
        "PEERS",
        "GENERATION",
        "SYNC",
        "STANDING",
        "HEARD",
        "LEASE",
    ])
    .expendable(&["SYNC", "GENERATION", "HEARD", "PEERS"]);
    for owner in owners {
        let OwnerState {
            name,
            generation,
            routes,
            peers,
            connected,
            lease: _, // with what belongs to it
            lease_expires: _,
            lease_expired: _,
            standing,
            last_heard,
        } = owner;
        table.row([
            Cell::from(name),
            routes.to_string().into(),
            peers.to_string().into(),
            generation.to_string().into(),
            if *connected { "connected" } else { "" }.into(),
            Cell::toned(standing.to_string(), tone(*standing)),
            optional_age(*last_heard, now).into(),
            lease(owner, now),
        ]);
    }
    table
}

fn tone(standing: Standing) -> Tone {
    match standing {
        Standing::Active | Standing::Unknown => Tone::Plain,
        Standing::Depreferred => Tone::Warning,
        Standing::Withdrawn => Tone::Bad,
    }
}

fn lease(owner: &OwnerState, now: Timestamp) -> Cell {
    let Some(lease) = &owner.lease else {
        return Cell::default();
    };
    let lease_words = format!("{} then {}", lease.ttl, lease.on_expiry);
    match (owner.lease_expires, owner.lease_expired) {
        (Some(expired), true) => Cell::toned(
            format!("{lease_words}, ran out {} ago", age(expired, now)),
            Tone::Bad,
        ),
        (None, true) => Cell::toned(format!("{lease_words}, ran out"), Tone::Bad),
        (Some(expires), false) => format!("{lease_words}, {} left", left(expires, now)).into(),
        (None, false) => lease_words.into(),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::commands::samples;
    use crate::output::{Screen, document};

    #[test]
    fn a_line_for_each_owner() {
        let owners = samples::status().owners;
        assert_snapshot!(table(&owners, samples::now()).render(Screen::PLAIN));
    }

    #[test]
    fn the_json_has_every_field_of_the_message() {
        let owners = samples::status().owners;
        assert_snapshot!(document(Format::Json, &owners).unwrap().unwrap());
    }
}
