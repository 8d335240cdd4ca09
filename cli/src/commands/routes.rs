mod advertised;

pub(super) use advertised::run as advertised;

use bellwether_proto::v1::ListRoutesRequest;
use jiff::Timestamp;
use serde::Serialize;

use crate::connect::{Speaker, answer};
use crate::error::Error;
use crate::model::{Route, RouteAttributes, RouteState};
use crate::output::{
    self, Cell, Format, Screen, Table, Tone, optional_age, optional_time, printable,
};
use crate::prefix::Prefix;

/// Shows the routes that `owner` wants (`None`: anybody), or everything about that of `prefix`.
pub(super) async fn run(
    mut speaker: Speaker,
    format: Format,
    prefix: Option<Prefix>,
    owner: Option<String>,
) -> Result<(), Error> {
    let routes = list(&mut speaker, prefix, owner).await?;
    match prefix {
        Some(prefix) => show_one(prefix, &routes, format),
        None => show_all(&routes, format),
    }
}

/// All pages of the list.
pub(super) async fn list(
    speaker: &mut Speaker,
    prefix: Option<Prefix>,
    owner: Option<String>,
) -> Result<Vec<RouteState>, Error> {
    let mut request = ListRoutesRequest {
        prefix: prefix.map(|prefix| prefix.to_string()).unwrap_or_default(),
        owner: owner.unwrap_or_default(),
        page_size: 0, // the speaker's default fits into a message
        page_token: String::new(),
    };
    let mut routes = Vec::new();
    loop {
        let page = answer(speaker.list_routes(request.clone())).await?;
        for route in page.routes {
            routes.push(route.try_into()?);
        }
        if page.next_page_token.is_empty() {
            return Ok(routes);
        }
        request.page_token = page.next_page_token;
    }
}

fn show_one(prefix: Prefix, routes: &[RouteState], format: Format) -> Result<(), Error> {
    let route = routes
        .first()
        .ok_or_else(|| Error::NotFound(format!("no such route is announced: {prefix}")))?;
    output::show(format, route, |screen| {
        detail(route, Timestamp::now(), screen)
    })
}

fn show_all(routes: &[RouteState], format: Format) -> Result<(), Error> {
    if routes.is_empty() && format.is_text() {
        output::note("No routes.");
        return Ok(());
    }
    let columns: &[Column] = match format {
        Format::Wide => &WIDE,
        Format::Table | Format::Json | Format::Yaml => &NARROW,
    };
    output::show(format, &routes, |screen| {
        table(columns, routes, Timestamp::now()).render(screen)
    })
}

/// What is known of the routes that a peer has announced: how many they are.
#[derive(Serialize)]
struct Received {
    peer: String,
    received_routes: u64,
    routes: (),
}

/// Tells how many routes `peer` has announced, and why not which.
pub(super) async fn received(
    mut speaker: Speaker,
    format: Format,
    peer: String,
) -> Result<(), Error> {
    let peers = super::peers::list(&mut speaker, Some(peer.clone())).await?;
    let state = peers
        .first()
        .ok_or_else(|| Error::NotFound(format!("no peer has the name or address {peer}")))?;
    let received = Received {
        peer: state.peer.name.clone(),
        received_routes: state.received_routes,
        routes: (),
    };
    output::show(format, &received, |_| {
        format!(
            "{} has announced {} routes and not withdrawn them.\n\
             Which ones is not known: the speaker counts what peers announce, and keeps and uses none of it.\n",
            printable(&received.peer),
            received.received_routes
        )
    })
}

/// A title, and what stands below it for a route.
type Column = (&'static str, fn(&RouteState, Timestamp) -> Cell);

const PREFIX: Column = ("PREFIX", |state, _| (&state.route.prefix).into());
const OWNERS: Column = ("OWNERS", |state, _| state.owners.join(",").into());
const ADVERTISED: Column = ("ADVERTISED", advertised_cell);
const AGE: Column = ("AGE", |state, now| optional_age(state.since, now).into());

const NARROW: [Column; 4] = [PREFIX, OWNERS, ADVERTISED, AGE];

const WIDE: [Column; 11] = [
    PREFIX,
    OWNERS,
    ADVERTISED,
    AGE,
    ("NEXT HOP", |state, _| {
        next_hop(&state.route.attributes).into()
    }),
    ("LOCAL PREF", |state, _| {
        optional(state.route.attributes.local_pref).into()
    }),
    ("MED", |state, _| {
        optional(state.route.attributes.med).into()
    }),
    ("PREPEND", |state, _| {
        state.route.attributes.prepend.to_string().into()
    }),
    ("COMMUNITIES", |state, _| {
        state.route.attributes.communities.join(",").into()
    }),
    ("LARGE COMMUNITIES", |state, _| {
        state.route.attributes.large_communities.join(",").into()
    }),
    ("DE-PREFERRED", |state, _| {
        if state.depreferred { "yes" } else { "" }.into()
    }),
];

fn table(columns: &[Column], routes: &[RouteState], now: Timestamp) -> Table {
    let mut table = Table::with_header(columns.iter().map(|(title, _)| *title));
    for route in routes {
        table.row(columns.iter().map(|(_, cell)| cell(route, now)));
    }
    table
}

/// `k/n`; one that no peer has, although peers are to have it, is what people look for.
fn advertised_cell(state: &RouteState, _: Timestamp) -> Cell {
    let RouteState {
        advertised_peers: done,
        eligible_peers: total,
        ..
    } = state;
    let tone = match (done, total) {
        (0, 1..) => Tone::Bad,
        (done, total) if done < total => Tone::Warning,
        _ => Tone::Plain,
    };
    Cell::toned(format!("{done}/{total}"), tone)
}

fn detail(state: &RouteState, now: Timestamp, screen: Screen) -> String {
    let RouteState {
        route: Route { prefix, attributes },
        owners,
        advertised_peers,
        eligible_peers,
        since,
        depreferred,
    } = state;
    let RouteAttributes {
        communities,
        large_communities,
        local_pref,
        med,
        prepend,
        next_hop: _, // as in the column
    } = attributes;
    let mut table = Table::without_header();
    table.row(["Prefix", prefix]);
    table.row(["Owners", &owners.join(", ")]);
    table.row([
        "Advertised to",
        &format!("{advertised_peers} of {eligible_peers} established peers"),
    ]);
    table.row(["Age", &optional_age(*since, now)]);
    table.row(["Since", &optional_time(*since)]);
    table.row(["Next hop", &next_hop(attributes)]);
    table.row([
        "Local pref",
        &local_pref.map_or("100 (default)".to_owned(), |number| number.to_string()),
    ]);
    table.row(["MED", &optional(*med)]);
    table.row(["Prepend", &prepend.to_string()]);
    table.row(["Communities", &communities.join(", ")]);
    table.row(["Large communities", &large_communities.join(", ")]);
    if *depreferred {
        table.row(["De-preferred", "yes: `bellctl explain` tells why"]);
    }
    table.render(screen)
}

fn next_hop(attributes: &RouteAttributes) -> String {
    attributes.next_hop.clone().unwrap_or("self".to_owned())
}

fn optional(number: Option<u32>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::commands::samples;

    fn routes() -> Vec<RouteState> {
        vec![samples::plain_route(), samples::decorated_route()]
    }

    #[test]
    fn a_line_for_each_route() {
        assert_snapshot!(table(&NARROW, &routes(), samples::now()).render(Screen::PLAIN));
    }

    #[test]
    fn wide_adds_the_attributes() {
        assert_snapshot!(table(&WIDE, &routes(), samples::now()).render(Screen::PLAIN));
    }

    #[test]
    fn one_route_is_shown_with_everything() {
        assert_snapshot!(detail(
            &samples::decorated_route(),
            samples::now(),
            Screen::PLAIN
        ));
    }

    #[test]
    fn one_route_without_attributes_is_shown_with_the_defaults() {
        assert_snapshot!(detail(
            &samples::plain_route(),
            samples::now(),
            Screen::PLAIN
        ));
    }

    #[test]
    fn the_json_has_every_field_of_the_message_and_null_for_what_is_not_set() {
        assert_snapshot!(output::document(Format::Json, &routes()).unwrap().unwrap());
    }
}
