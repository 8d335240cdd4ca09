//! Everything about one peer.

use std::fmt::Display;

use jiff::Timestamp;

use super::{families, last_error};
use crate::model::{MessageCounters, Negotiated, Peer, PeerState};
use crate::output::{Table, lasting, optional_time};

/// The neighbor and its session, what is configured, and the messages of both directions.
pub(super) fn text(state: &PeerState, now: Timestamp) -> String {
    let mut table = Table::without_header();
    session(&mut table, state, now);
    if let Some(negotiated) = &state.negotiated {
        agreement(&mut table, negotiated);
    }
    configuration(&mut table, &state.peer);
    format!(
        "{}\n{}",
        table.render(),
        messages(&state.sent, &state.received)
    )
}

fn session(table: &mut Table, state: &PeerState, now: Timestamp) {
    let PeerState {
        peer,
        owner,
        state: session_state,
        since,
        established_count,
        last_error: _, // together with its time, below
        last_error_time: _,
        negotiated: _, // a section of its own
        local_endpoint,
        remote_endpoint,
        advertised_routes,
        received_routes,
        sent: _, // a table of their own
        received: _,
        unadvertised,
    } = state;
    table.row(["Name", &peer.name]);
    table.row(["Peer address", &peer.address]);
    table.row(["Peer AS", &peer.peer_asn.to_string()]);
    table.row(["Owner", owner]);
    table.row(["State", &lasting(session_state, *since, now)]);
    table.row(["Since", &optional_time(*since)]);
    table.row(["Times established", &established_count.to_string()]);
    table.row(["Last error", &last_error(state, now)]);
    table.row(["Local end", local_endpoint.as_deref().unwrap_or_default()]);
    table.row(["Remote end", remote_endpoint.as_deref().unwrap_or_default()]);
    table.row(["Routes advertised", &advertised_routes.to_string()]);
    table.row(["Routes received", &received_routes.to_string()]);
    for reason in unadvertised {
        table.row(["Not advertised", reason]);
    }
}

fn agreement(table: &mut Table, negotiated: &Negotiated) {
    let Negotiated {
        hold_time,
        keepalive_time,
        families: agreed,
        four_octet_as,
        route_refresh,
        remote_router_id,
    } = negotiated;
    table.row(["Negotiated hold time", &hold_time.to_string()]);
    table.row(["Negotiated keepalive", &keepalive_time.to_string()]);
    table.row(["Negotiated families", &families(agreed)]);
    table.row(["4-octet AS", yes_or_no(*four_octet_as)]);
    table.row(["Route refresh", yes_or_no(*route_refresh)]);
    table.row(["Remote router ID", remote_router_id]);
}

fn configuration(table: &mut Table, peer: &Peer) {
    let Peer {
        name: _, // who it is stands above
        address: _,
        port,
        peer_asn: _,
        local_asn,
        passive,
        hold_time,
        connect_retry_time,
        families: offered,
        local_address,
        next_hop_ipv4,
        next_hop_ipv6,
        router_id,
        description,
        interface,
        multihop,
        ttl_security,
        md5_secret_file,
        max_prefixes,
        max_prefixes_warning_only,
        max_prefixes_restart,
    } = peer;
    let offered = (!offered.is_empty()).then(|| families(offered));
    table.row(["Peer port", &or_default(port)]);
    table.row(["Local AS", &or_default(local_asn)]);
    table.row(["Local address", &or_default(local_address)]);
    table.row(["Local router ID", &or_default(router_id)]);
    table.row(["Passive", yes_or_no(*passive)]);
    table.row(["Proposed hold time", &or_default(hold_time)]);
    table.row(["Connect retry time", &or_default(connect_retry_time)]);
    table.row(["Offered families", &or_default(&offered)]);
    table.row(["IPv4 next hop", &or_default(next_hop_ipv4)]);
    table.row(["IPv6 next hop", &or_default(next_hop_ipv6)]);
    let beyond = match (max_prefixes_warning_only, max_prefixes_restart) {
        (true, _) => "only warns".to_owned(),
        (false, Some(time)) => format!("begins again after {time}"),
        (false, None) => "down until reset".to_owned(),
    };
    let limit = max_prefixes.map(|limit| format!("{limit}, beyond: {beyond}"));
    let optional = [
        ("Description", description.clone()),
        ("Interface", interface.clone()),
        ("Multihop TTL", multihop.map(|ttl| ttl.to_string())),
        (
            "TTL security",
            ttl_security.map(|hops| format!("{hops} hops")),
        ),
        ("TCP MD5 key", md5_secret_file.clone()),
        ("Prefix limit", limit),
    ];
    for (what, value) in optional {
        if let Some(value) = value {
            table.row([what, &value]);
        }
    }
}

fn messages(sent: &MessageCounters, received: &MessageCounters) -> String {
    let mut table = Table::with_header([
        "MESSAGES",
        "OPEN",
        "UPDATE",
        "NOTIFICATION",
        "KEEPALIVE",
        "ROUTE-REFRESH",
    ]);
    for (direction, counters) in [("sent", sent), ("received", received)] {
        let MessageCounters {
            open,
            update,
            notification,
            keepalive,
            route_refresh,
        } = counters;
        table.row([
            direction.to_owned(),
            open.to_string(),
            update.to_string(),
            notification.to_string(),
            keepalive.to_string(),
            route_refresh.to_string(),
        ]);
    }
    table.render()
}

fn or_default(value: &Option<impl Display>) -> String {
    match value {
        Some(value) => value.to_string(),
        None => "default".to_owned(),
    }
}

fn yes_or_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::commands::samples;

    #[test]
    fn an_established_peer_is_shown_with_what_was_negotiated() {
        assert_snapshot!(text(&samples::established_peer(), samples::now()));
    }

    #[test]
    fn a_peer_that_never_answered_is_shown_with_its_defaults() {
        assert_snapshot!(text(&samples::refused_peer(), samples::now()));
    }
}
