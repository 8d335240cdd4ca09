use super::*;
use crate::net::Family;
use crate::session::MessageCounts;
use crate::wire::{RefreshSubtype, RouteRefresh};

fn refresh(afi: u16, subtype: RefreshSubtype) -> Bytes {
    RouteRefresh {
        afi,
        subtype,
        safi: 1,
    }
    .encode()
}

fn refreshes(probe: &Probe) -> Vec<Family> {
    let family = |event: &Event| match event {
        Event::RefreshRequested(family) => Some(*family),
        _ => None,
    };
    probe.events.iter().filter_map(family).collect()
}

#[test]
fn an_update_becomes_an_event() {
    let (mut probe, id) = Probe::established(config());
    probe.receive(id, &empty_update());
    let Some(Event::Update(update)) = probe.events.last() else {
        panic!("{:?}", probe.events);
    };
    assert_eq!(update.end_of_rib, Some(Family::Ipv4Unicast));
}

#[test]
fn a_refresh_of_a_negotiated_family_becomes_an_event() {
    let (mut probe, id) = Probe::established(config());
    probe.receive(id, &refresh(2, RefreshSubtype::Request));
    assert_eq!(refreshes(&probe), [Family::Ipv6Unicast]);
}

#[test]
fn a_refresh_of_a_family_that_was_not_negotiated_is_ignored() {
    let (mut probe, id) = Probe::established(PeerConfig {
        families: FamilySet::from_iter([Family::Ipv4Unicast]),
        ..config()
    });
    probe.receive(id, &refresh(2, RefreshSubtype::Request));
    probe.receive(id, &refresh(25, RefreshSubtype::Request));
    assert!(refreshes(&probe).is_empty());
    assert_eq!(probe.session.state(), State::Established);
}

#[test]
fn other_subtypes_of_refresh_are_ignored() {
    let (mut probe, id) = Probe::established(config());
    for subtype in [
        RefreshSubtype::Begin,
        RefreshSubtype::End,
        RefreshSubtype::Unknown(77),
    ] {
        probe.receive(id, &refresh(1, subtype));
    }
    assert!(refreshes(&probe).is_empty());
    assert_eq!(probe.session.state(), State::Established);
}

#[test]
fn messages_are_counted_both_ways() {
    let (mut probe, id) = Probe::established(config());
    probe.receive(id, &empty_update());
    probe.receive(id, &refresh(1, RefreshSubtype::Request));
    probe.handle(Input::UpdatesSent(id, 3));
    probe.receive(id, &peer_open());
    let (sent, received) = probe.session.counts();
    assert_eq!(
        sent,
        MessageCounts {
            open: 1,
            update: 3,
            notification: 1,
            keepalive: 1,
            route_refresh: 0,
        }
    );
    assert_eq!(
        received,
        MessageCounts {
            open: 2,
            update: 1,
            notification: 0,
            keepalive: 1,
            route_refresh: 1,
        }
    );
}
