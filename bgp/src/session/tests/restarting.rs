use super::*;

fn lose(probe: &mut Probe, id: ConnId) {
    probe.handle(Input::Closed(id, "connection reset".to_owned()));
}

/// Answers the latest dial and goes on to Established.
fn establish_again(probe: &mut Probe) -> ConnId {
    let id = *probe.dialled.last().unwrap();
    probe.handle(Input::Connected(id));
    probe.receive(id, &peer_open());
    probe.receive(id, &keepalive());
    assert_eq!(probe.session.established_connection(), Some(id));
    id
}

#[test]
fn a_lost_session_rests_for_a_second_and_dials() {
    let (mut probe, id) = Probe::established(config());
    lose(&mut probe, id);
    let lost = DownReason::Transport("connection reset".to_owned());
    assert_eq!(probe.downs(), [&lost]);
    assert_eq!(probe.session.state(), State::Idle);
    assert!(probe.closed.is_empty(), "there is nothing left to close");
    probe.wait(Duration::from_millis(749));
    assert_eq!(probe.dialled.len(), 1);
    probe.wait(Duration::from_millis(251));
    assert_eq!(probe.dialled.len(), 2);
}

#[test]
fn the_rest_in_idle_refuses_the_peer() {
    let (mut probe, id) = Probe::established(config());
    lose(&mut probe, id);
    assert_eq!(probe.accept(), None);
    probe.wait(seconds(1));
    assert!(probe.accept().is_some());
}

#[test]
fn rests_grow_to_eight_seconds_while_sessions_do_not_last() {
    let (mut probe, mut id) = Probe::established(config());
    for longest in [1, 2, 4, 8, 8, 8].map(seconds) {
        lose(&mut probe, id);
        let rest = probe
            .session
            .deadline()
            .unwrap()
            .saturating_since(probe.now);
        assert!(rest >= longest * 3 / 4 && rest <= longest, "{rest:?}");
        probe.wait(rest);
        id = establish_again(&mut probe);
    }
}

#[test]
fn a_session_that_lasted_makes_rests_short_again() {
    let (mut probe, mut id) = Probe::established(config());
    for _ in 0..4 {
        lose(&mut probe, id);
        probe.wait(seconds(8));
        id = establish_again(&mut probe);
    }
    probe.wait(seconds(30));
    lose(&mut probe, id);
    let rest = probe
        .session
        .deadline()
        .unwrap()
        .saturating_since(probe.now);
    assert!(rest <= seconds(1), "{rest:?}");
}

#[test]
fn start_ends_the_rest() {
    let (mut probe, id) = Probe::established(config());
    lose(&mut probe, id);
    probe.handle(Input::Start);
    assert_eq!(probe.session.state(), State::Connect);
}

#[test]
fn a_connection_lost_in_open_sent_is_dialled_again_without_a_rest() {
    let (mut probe, id) = Probe::open_sent(config());
    lose(&mut probe, id);
    assert_eq!(probe.session.state(), State::Active);
    probe.wait(seconds(5));
    assert_eq!(probe.dialled.len(), 2);
}

#[test]
fn we_dial_on_while_the_peers_connection_is_silent() {
    let mut probe = Probe::started(config());
    let dial = probe.dialled[0];
    probe.accept().unwrap();
    lose(&mut probe, dial);
    probe.wait(seconds(5));
    assert_eq!(probe.dialled.len(), 2);
}

#[test]
fn we_do_not_dial_while_a_session_is_about_to_be_established() {
    let mut probe = Probe::started(config());
    let dial = probe.dialled[0];
    let accepted = probe.accept().unwrap();
    lose(&mut probe, dial);
    probe.receive(accepted, &peer_open());
    probe.wait(seconds(20));
    assert_eq!(probe.dialled.len(), 1);
}

#[test]
fn a_passive_session_waits_for_the_peer_again() {
    let mut probe = Probe::started(passive());
    let id = probe.accept().unwrap();
    probe.receive(id, &peer_open());
    probe.receive(id, &keepalive());
    lose(&mut probe, id);
    probe.wait(seconds(1));
    assert_eq!(probe.session.state(), State::Active);
    assert!(probe.accept().is_some());
    assert!(probe.dialled.is_empty());
}
