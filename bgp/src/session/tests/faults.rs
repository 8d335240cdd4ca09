use bytes::BytesMut;

use super::*;
use crate::ingest::Intake;
use crate::net::{Family, Prefix};
use crate::session::testing::asn;
use crate::wire::attr::{Origin, encode};
use crate::wire::{Capability, Open, update};

/// The peer's OPEN, changed.
fn open_with(change: impl FnOnce(&mut Open)) -> Bytes {
    let mut open = our_open(&peer_config());
    change(&mut open);
    open.encode()
}

/// What a session in OpenSent answers.
fn answer_in_open_sent(octets: &[u8]) -> (u8, u8) {
    let (mut probe, id) = Probe::open_sent(config());
    probe.receive(id, octets);
    assert_eq!(probe.session.state(), State::Idle);
    probe.last_words(id)
}

fn answer_in_open_confirm(octets: &[u8]) -> (u8, u8) {
    let (mut probe, id) = Probe::open_confirm(config());
    probe.receive(id, octets);
    assert_eq!(probe.session.state(), State::Idle);
    probe.last_words(id)
}

fn answer_in_established(octets: &[u8]) -> (u8, u8) {
    let (mut probe, id) = Probe::established(config());
    probe.receive(id, octets);
    assert_eq!(probe.session.state(), State::Idle);
    probe.last_words(id)
}

#[test]
fn garbage_is_answered_with_1_1_in_every_state() {
    let garbage = b"GET / HTTP/1.1\r\nHost: example\r\n\r\n";
    assert_eq!(answer_in_open_sent(garbage), (1, 1));
    assert_eq!(answer_in_open_confirm(garbage), (1, 1));
    assert_eq!(answer_in_established(garbage), (1, 1));
}

#[test]
fn a_forbidden_length_is_answered_with_1_2() {
    let too_long = message(4, &[0]);
    assert_eq!(answer_in_open_sent(&too_long), (1, 2));
}

#[test]
fn an_unknown_type_is_answered_with_1_3() {
    assert_eq!(answer_in_established(&message(6, &[])), (1, 3));
}

#[test]
fn another_version_is_answered_with_2_1_and_ours() {
    let mut open = peer_open().to_vec();
    open[19] = 3;
    let (mut probe, id) = Probe::open_sent(config());
    probe.receive(id, &open);
    assert_eq!(probe.last_words(id), (2, 1));
    let Some(Message::Notification(last)) = probe.sent_on(id).last() else {
        panic!("no NOTIFICATION");
    };
    assert_eq!(last.data.as_ref(), [0, 4]);
}

#[test]
fn another_as_is_answered_with_2_2() {
    let open = open_with(|open| {
        open.asn = asn(65_009);
        open.capabilities.pop();
    });
    assert_eq!(answer_in_open_sent(&open), (2, 2));
}

#[test]
fn an_unacceptable_hold_time_is_answered_with_2_6() {
    let mut open = peer_open().to_vec();
    open[22..24].copy_from_slice(&[0, 2]);
    assert_eq!(answer_in_open_sent(&open), (2, 6));
}

#[test]
fn no_common_family_is_answered_with_2_7() {
    let evpn = Capability::Multiprotocol { afi: 25, safi: 70 };
    let open = open_with(|open| open.capabilities = vec![evpn, Capability::FourOctetAs(open.asn)]);
    assert_eq!(answer_in_open_sent(&open), (2, 7));
}

#[test]
fn unexpected_messages_in_open_sent_are_answered_with_5_1() {
    for unexpected in [keepalive(), empty_update(), message(5, &[0, 1, 0, 1])] {
        assert_eq!(answer_in_open_sent(&unexpected), (5, 1));
    }
}

#[test]
fn unexpected_messages_in_open_confirm_are_answered_with_5_2() {
    for unexpected in [peer_open(), empty_update(), message(5, &[0, 1, 0, 1])] {
        assert_eq!(answer_in_open_confirm(&unexpected), (5, 2));
    }
}

#[test]
fn an_open_in_established_is_answered_with_5_3() {
    assert_eq!(answer_in_established(&peer_open()), (5, 3));
}

#[test]
fn a_broken_update_is_answered_with_3_1() {
    // Withdrawn routes that are longer than the message.
    let update = message(2, &[0xff, 0xf0, 0, 0]);
    assert_eq!(answer_in_established(&update), (3, 1));
}

#[test]
fn a_broken_refresh_is_answered_with_7_1() {
    assert_eq!(answer_in_established(&message(5, &[0, 1, 0, 1, 0])), (7, 1));
}

#[test]
fn a_notification_is_never_answered() {
    for octets in [
        notification(ErrorCode::Cease, 2),
        notification(ErrorCode::Unknown(99), 9),
    ] {
        for (mut probe, id) in [
            Probe::open_sent(config()),
            Probe::open_confirm(config()),
            Probe::established(config()),
        ] {
            let before = probe.sent.len();
            probe.receive(id, &octets);
            assert_eq!(probe.sent.len(), before);
            assert_eq!(probe.closed, [id]);
            assert!(matches!(probe.downs()[..], [DownReason::Received(_)]));
        }
    }
}

#[test]
fn what_follows_a_fault_is_not_read() {
    let (mut probe, id) = Probe::established(config());
    let octets = [peer_open(), empty_update()].concat();
    probe.receive(id, &octets);
    probe.receive(id, &empty_update());
    let updates = |event: &&Event| matches!(event, Event::Update(_));
    assert_eq!(probe.events.iter().filter(updates).count(), 0);
}

#[test]
fn a_fault_is_told_with_the_offending_values() {
    let (mut probe, id) = Probe::open_sent(config());
    let open = open_with(|open| {
        open.asn = asn(65_009);
        open.capabilities.pop();
    });
    probe.receive(id, &open);
    let words = probe.downs()[0].to_string();
    assert_eq!(
        words,
        "the peer is in AS 65009, not in AS 65002 (sent OPEN Message Error/Bad Peer AS)"
    );
}

/// An UPDATE with as many IPv4 host routes.
fn announcement(count: u8) -> Bytes {
    let mut attributes = BytesMut::new();
    encode::origin(&mut attributes, Origin::Igp);
    encode::as_path(&mut attributes, &[asn(65_002)], true);
    encode::next_hop(&mut attributes, [192, 0, 2, 1].into());
    let host = |host| Prefix::host([198, 51, 100, host].into());
    let routes: Vec<Prefix> = (0..count).map(host).collect();
    let mut out = BytesMut::new();
    update::announce_ipv4(&mut out, &attributes, &routes, 4096);
    out.freeze()
}

fn at_most(max_ipv4_routes: u32) -> PeerConfig {
    PeerConfig {
        intake: Intake {
            max_ipv4_routes: Some(max_ipv4_routes),
            ..Intake::default()
        },
        ..config()
    }
}

#[test]
fn as_many_routes_as_allowed_are_received() {
    let (mut probe, id) = Probe::established(at_most(3));
    probe.receive(id, &announcement(3));
    assert_eq!(probe.session.state(), State::Established);
    assert_eq!(probe.session.received_routes(Family::Ipv4Unicast), 3);
}

#[test]
fn more_routes_than_allowed_are_answered_with_6_1_the_family_and_the_limit() {
    let (mut probe, id) = Probe::established(at_most(3));
    probe.receive(id, &announcement(4));
    let Some((_, Message::Notification(sent))) = probe.sent.last() else {
        panic!("{:?}", probe.sent);
    };
    assert_eq!((sent.code, sent.subcode), (ErrorCode::Cease, 1));
    assert_eq!(sent.data.as_ref(), [0, 1, 1, 0, 0, 0, 3]);
    assert_eq!(probe.closed, [id]);
    assert!(
        !probe
            .events
            .iter()
            .any(|event| matches!(event, Event::Update(_)))
    );
    let words = "4 routes of ipv4-unicast received, more than the 3 allowed";
    assert!(probe.events.iter().any(|event| matches!(
        event,
        Event::Down(DownReason::Sent(_, why)) if why == words
    )));
}

#[test]
fn a_new_session_counts_from_the_beginning() {
    let (mut probe, id) = Probe::established(at_most(3));
    probe.receive(id, &announcement(3));
    probe.handle(Input::Closed(id, "reset".to_owned()));
    assert_eq!(probe.session.received_routes(Family::Ipv4Unicast), 0);
}
