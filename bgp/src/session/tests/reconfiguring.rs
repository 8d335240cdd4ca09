use super::*;

fn reconfigure(passive: bool, retry: u64) -> Input<'static> {
    Input::Reconfigure {
        passive,
        connect_retry_time: seconds(retry),
    }
}

#[test]
fn an_established_session_goes_on() {
    for passive in [false, true] {
        let (mut probe, _) = Probe::established(config());
        probe.handle(reconfigure(passive, 60));
        assert_eq!(probe.session.state(), State::Established);
        assert!(probe.closed.is_empty() && probe.downs().is_empty());
    }
}

#[test]
fn a_session_that_becomes_passive_gives_its_dial_up_and_waits() {
    let mut probe = Probe::started(config());
    probe.handle(reconfigure(true, 5));
    assert_eq!(probe.closed, probe.dialled);
    assert_eq!(probe.session.state(), State::Active);
    assert_eq!(probe.session.deadline(), None);
    assert!(probe.accept().is_some());
}

#[test]
fn a_session_that_becomes_active_dials_at_once() {
    let mut probe = Probe::started(passive());
    probe.handle(reconfigure(false, 5));
    assert_eq!(probe.dialled.len(), 1);
    assert_eq!(probe.session.state(), State::Connect);
}

#[test]
fn a_shorter_retry_time_holds_for_the_wait_that_has_begun() {
    let mut probe = Probe::started(PeerConfig {
        connect_retry_time: seconds(600),
        ..config()
    });
    let dial = probe.dialled[0];
    probe.handle(Input::Closed(dial, "connection refused".to_owned()));
    probe.handle(reconfigure(false, 2));
    probe.wait(seconds(2));
    assert_eq!(probe.dialled.len(), 2);
}

#[test]
fn a_stopped_session_does_not_dial() {
    let mut probe = Probe::new(passive());
    probe.handle(reconfigure(false, 5));
    assert!(probe.dialled.is_empty());
    probe.handle(Input::Start);
    assert_eq!(probe.dialled.len(), 1);
}
