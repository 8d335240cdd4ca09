use super::*;
use crate::net::HoldTime;
use crate::wire::Open;

fn with_hold(hold: u16) -> PeerConfig {
    PeerConfig {
        hold_time: HoldTime::from_secs(hold).unwrap(),
        ..config()
    }
}

#[test]
fn an_unanswered_dial_is_given_up_and_made_again_within_the_retry_time() {
    let mut probe = Probe::started(config());
    probe.wait(Duration::from_millis(3_749));
    assert_eq!(probe.dialled.len(), 1);
    probe.wait(Duration::from_millis(1_251));
    assert_eq!(probe.dialled.len(), 2);
    assert_eq!(probe.closed, probe.dialled[..1]);
}

#[test]
fn a_refused_dial_is_made_again_within_the_retry_time() {
    let mut probe = Probe::started(config());
    let dial = probe.dialled[0];
    probe.handle(Input::Closed(dial, "connection refused".to_owned()));
    assert_eq!(probe.session.state(), State::Active);
    let refused = DownReason::Transport("connection refused".to_owned());
    assert_eq!(probe.downs(), [&refused]);
    probe.wait(seconds(5));
    assert_eq!(probe.dialled.len(), 2);
    assert_eq!(probe.session.state(), State::Connect);
}

#[test]
fn a_peer_that_never_sends_an_open_gets_4_0_after_four_minutes() {
    let (mut probe, id) = Probe::open_sent(config());
    probe.wait(Duration::from_millis(239_999));
    assert_eq!(probe.session.state(), State::OpenSent);
    probe.wait(Duration::from_millis(1));
    assert_eq!(probe.last_words(id), (4, 0));
}

#[test]
fn a_peer_that_never_accepts_our_open_gets_4_0_after_the_hold_time() {
    let (mut probe, id) = Probe::open_confirm(config());
    probe.wait(Duration::from_millis(89_999));
    assert_eq!(probe.session.state(), State::OpenConfirm);
    probe.wait(Duration::from_millis(1));
    assert_eq!(probe.last_words(id), (4, 0));
}

#[test]
fn a_silent_peer_gets_4_0_after_the_hold_time() {
    let (mut probe, id) = Probe::established(with_hold(9));
    probe.wait(Duration::from_millis(8_999));
    assert_eq!(probe.session.state(), State::Established);
    probe.wait(Duration::from_millis(1));
    assert_eq!(probe.last_words(id), (4, 0));
    let words = probe.downs()[0].to_string();
    assert_eq!(words, "nothing heard for 9 s (sent Hold Timer Expired)");
}

#[test]
fn keepalives_and_updates_are_signs_of_life() {
    let (mut probe, id) = Probe::established(with_hold(9));
    for sign in [keepalive(), empty_update(), keepalive()] {
        probe.wait(seconds(8));
        probe.receive(id, &sign);
    }
    assert_eq!(probe.session.state(), State::Established);
}

#[test]
fn part_of_a_message_is_no_sign_of_life() {
    let (mut probe, id) = Probe::established(with_hold(9));
    probe.wait(seconds(8));
    probe.receive(id, &keepalive()[..18]);
    probe.wait(seconds(1));
    assert_eq!(probe.last_words(id), (4, 0));
}

#[test]
fn keepalives_go_out_every_75_to_100_percent_of_a_third_of_the_hold_time() {
    let (mut probe, id) = Probe::established(config());
    let mut times = Vec::new();
    for _ in 0..200 {
        let before = probe.sent_on(id).len();
        let since = probe.now;
        while probe.sent_on(id).len() == before {
            let next = probe.session.deadline().unwrap();
            probe.wait(next.saturating_since(probe.now));
            probe.receive(id, &keepalive());
            probe.handle(Input::Sent(id));
        }
        times.push(probe.now.saturating_since(since));
    }
    assert!(
        times
            .iter()
            .all(|time| (22_500..=30_000).contains(&time.as_millis())),
        "{times:?}"
    );
    let spread = *times.iter().max().unwrap() - *times.iter().min().unwrap();
    assert!(spread > seconds(5), "{spread:?}");
}

#[test]
fn updates_of_the_egress_stand_for_keepalives() {
    let (mut probe, id) = Probe::established(config());
    let before = probe.sent_on(id).len();
    for _ in 0..10 {
        probe.wait(seconds(20));
        probe.handle(Input::UpdatesSent(id, 1));
        probe.receive(id, &keepalive());
    }
    assert_eq!(probe.sent_on(id).len(), before);
}

#[test]
fn a_hold_time_of_zero_waits_for_nothing_and_sends_nothing() {
    let (mut probe, id) = Probe::established(with_hold(0));
    let before = probe.sent_on(id).len();
    assert_eq!(probe.session.deadline(), None);
    probe.handle(Input::Sent(id));
    probe.handle(Input::UpdatesSent(id, 1));
    assert_eq!(probe.session.deadline(), None);
    assert_eq!(probe.sent_on(id).len(), before);
}

/// Lets the peer send keepalives for `time`, and our system take octets if `taken`.
fn stall(probe: &mut Probe, id: ConnId, time: Duration, taken: bool) {
    let end = probe.now + time;
    while probe.now < end {
        probe.wait(seconds(10));
        if probe.session.state() == State::Established {
            probe.receive(id, &keepalive());
        }
        if taken {
            probe.handle(Input::Sent(id));
        }
    }
}

#[test]
fn a_peer_that_takes_nothing_gets_8_0_after_eight_minutes() {
    let (mut probe, id) = Probe::established(config());
    stall(&mut probe, id, seconds(470), false);
    assert_eq!(probe.session.state(), State::Established);
    stall(&mut probe, id, seconds(10), false);
    assert_eq!(probe.last_words(id), (8, 0));
}

#[test]
fn the_send_hold_time_is_twice_a_long_hold_time() {
    let (mut probe, id) = Probe::open_sent(with_hold(600));
    let open = Open {
        hold_time: HoldTime::from_secs(600).unwrap(),
        ..our_open(&peer_config())
    };
    probe.receive(id, &open.encode());
    probe.receive(id, &keepalive());
    stall(&mut probe, id, seconds(1_190), false);
    assert_eq!(probe.session.state(), State::Established);
    stall(&mut probe, id, seconds(10), false);
    assert_eq!(probe.last_words(id), (8, 0));
}

#[test]
fn octets_that_are_taken_restart_the_send_hold_timer() {
    let (mut probe, id) = Probe::established(config());
    stall(&mut probe, id, seconds(3600), true);
    assert_eq!(probe.session.state(), State::Established);
}

#[test]
fn a_timeout_before_the_deadline_does_nothing() {
    let (mut probe, id) = Probe::established(config());
    let (sent, deadline) = (probe.sent_on(id).len(), probe.session.deadline());
    probe.handle(Input::Timeout);
    assert_eq!(probe.sent_on(id).len(), sent);
    assert_eq!(probe.session.deadline(), deadline);
}

#[test]
fn a_retry_time_of_zero_does_not_spin() {
    let mut probe = Probe::started(PeerConfig {
        connect_retry_time: Duration::ZERO,
        ..config()
    });
    probe.wait(seconds(10));
    assert!(probe.dialled.len() < 150, "{}", probe.dialled.len());
}
