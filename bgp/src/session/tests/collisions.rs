use super::*;
use crate::net::Asn;
use crate::session::testing::asn;

const COLLISION: (u8, u8) = (6, 7);

/// Both have dialled, and our OPEN is on both connections: the dialled one, the accepted one.
fn both_open(config: PeerConfig) -> (Probe, ConnId, ConnId) {
    let (mut probe, dialled) = Probe::open_sent(config);
    let accepted = probe.accept().unwrap();
    (probe, dialled, accepted)
}

/// Our identifier is above the peer's.
fn higher() -> PeerConfig {
    PeerConfig {
        router_id: "10.0.0.3".parse().unwrap(),
        ..config()
    }
}

/// Our identifier is the peer's, and our AS is `local_asn`.
fn same_identifier(local_asn: Asn) -> PeerConfig {
    PeerConfig {
        router_id: peer_config().router_id,
        local_asn,
        ..config()
    }
}

#[test]
fn the_lower_identifier_gives_up_its_own_connection() {
    let (mut probe, dialled, accepted) = both_open(config());
    probe.receive(dialled, &peer_open());
    probe.receive(accepted, &peer_open());
    assert_eq!(probe.last_words(dialled), COLLISION);
    probe.receive(accepted, &keepalive());
    assert_eq!(probe.session.established_connection(), Some(accepted));
}

#[test]
fn the_higher_identifier_keeps_its_own_connection() {
    let (mut probe, dialled, accepted) = both_open(higher());
    probe.receive(dialled, &peer_open());
    probe.receive(accepted, &peer_open());
    assert_eq!(probe.last_words(accepted), COLLISION);
    probe.receive(dialled, &keepalive());
    assert_eq!(probe.session.established_connection(), Some(dialled));
}

#[test]
fn the_order_of_the_opens_does_not_matter() {
    let (mut probe, dialled, accepted) = both_open(config());
    probe.receive(accepted, &peer_open());
    probe.receive(dialled, &peer_open());
    assert_eq!(probe.last_words(dialled), COLLISION);
    assert_eq!(probe.session.state(), State::OpenConfirm);
}

#[test]
fn of_equal_identifiers_the_larger_asn_keeps_its_connection() {
    for (ours, we_win) in [(asn(65_003), true), (asn(65_001), false)] {
        let (mut probe, dialled, accepted) = both_open(same_identifier(ours));
        probe.receive(dialled, &peer_open());
        probe.receive(accepted, &peer_open());
        let loser = if we_win { accepted } else { dialled };
        assert_eq!(probe.last_words(loser), COLLISION);
    }
}

/// Our dial is answered first, and the peer, whose identifier is higher, gives it up as soon as our
/// OPEN comes to it on its own connection.
#[test]
fn a_connection_that_will_lose_is_not_established_before_the_other_is_judged() {
    let (mut probe, dialled, accepted) = both_open(config());
    probe.receive(dialled, &peer_open());
    probe.receive(dialled, &keepalive());
    probe.receive(accepted, &peer_open());
    assert_eq!(probe.last_words(dialled), COLLISION);
    probe.receive(dialled, &notification(ErrorCode::Cease, 7));
    probe.receive(accepted, &keepalive());
    assert_eq!(probe.session.established_connection(), Some(accepted));
    assert!(probe.downs().is_empty());
}

#[test]
fn a_collision_is_no_end_of_the_session() {
    let (mut probe, dialled, accepted) = both_open(config());
    probe.receive(dialled, &peer_open());
    probe.receive(accepted, &peer_open());
    assert_eq!(probe.downs(), Vec::<&DownReason>::new());
}

#[test]
fn an_established_connection_wins_over_a_new_one() {
    let (mut probe, established) = Probe::established(config());
    let new = probe.accept().unwrap();
    probe.receive(new, &peer_open());
    probe.wait(seconds(2));
    assert_eq!(probe.last_words(new), COLLISION);
    assert_eq!(probe.session.established_connection(), Some(established));
    assert!(probe.downs().is_empty());
}

#[test]
fn a_new_connection_makes_us_probe_the_established_one() {
    let (mut probe, established) = Probe::established(config());
    let new = probe.accept().unwrap();
    let before = probe.sent_on(established).len();
    probe.receive(new, &peer_open());
    probe.wait(seconds(1));
    let sent = probe.sent_on(established);
    assert_eq!(sent[before..], [&Message::Keepalive]);
}

#[test]
fn a_bad_open_on_a_second_connection_does_not_hurt_the_first() {
    let (mut probe, established) = Probe::established(config());
    let new = probe.accept().unwrap();
    probe.receive(new, &[0; 19]);
    probe.wait(seconds(2));
    assert_eq!(probe.last_words(new), (1, 1));
    assert_eq!(probe.session.established_connection(), Some(established));
    assert!(probe.downs().is_empty());
}

#[test]
fn the_peers_verdict_on_a_collision_ends_that_connection_alone() {
    let (mut probe, dialled, accepted) = both_open(config());
    probe.receive(accepted, &peer_open());
    probe.receive(dialled, &notification(ErrorCode::Cease, 7));
    assert_eq!(probe.closed, [dialled]);
    assert_eq!(probe.session.state(), State::OpenConfirm);
    assert!(probe.downs().is_empty());
}

#[test]
fn a_dial_is_cancelled_once_the_session_is_established() {
    let mut probe = Probe::started(config());
    let accepted = probe.accept().unwrap();
    probe.receive(accepted, &peer_open());
    probe.receive(accepted, &keepalive());
    assert_eq!(probe.closed, probe.dialled);
    assert_eq!(probe.session.established_connection(), Some(accepted));
}

#[test]
fn an_answer_to_a_cancelled_dial_is_ignored() {
    let mut probe = Probe::started(config());
    let dial = probe.dialled[0];
    let accepted = probe.accept().unwrap();
    probe.receive(accepted, &peer_open());
    probe.receive(accepted, &keepalive());
    probe.handle(Input::Connected(dial));
    probe.receive(dial, &peer_open());
    probe.handle(Input::Closed(dial, "late".to_owned()));
    assert!(probe.sent_on(dial).is_empty());
    assert_eq!(probe.session.established_connection(), Some(accepted));
}

#[test]
fn a_third_connection_replaces_one_on_which_the_peer_was_silent() {
    let (mut probe, dialled, silent) = both_open(config());
    let third = probe.accept().unwrap();
    assert_eq!(probe.last_words(silent), COLLISION);
    probe.receive(third, &peer_open());
    probe.receive(third, &keepalive());
    assert_eq!(probe.session.established_connection(), Some(third));
    assert!(!probe.closed.contains(&dialled));
}

#[test]
fn a_third_connection_is_refused_while_the_peer_speaks_on_another() {
    let (mut probe, _, accepted) = both_open(config());
    probe.receive(accepted, &peer_open());
    assert_eq!(probe.accept(), None);
    assert_eq!(probe.session.state(), State::OpenConfirm);
}

#[test]
fn of_two_connections_by_the_peer_the_newer_is_kept() {
    let mut probe = Probe::started(passive());
    let older = probe.accept().unwrap();
    let newer = probe.accept().unwrap();
    probe.receive(older, &peer_open());
    probe.receive(newer, &peer_open());
    assert_eq!(probe.last_words(older), COLLISION);
    assert_eq!(probe.session.state(), State::OpenConfirm);
}
