use super::*;
use crate::net::Family;
use crate::session::StopReason;

fn shutdown(text: &str) -> StopReason {
    StopReason::AdministrativeShutdown(text.to_owned())
}

fn too_many() -> StopReason {
    StopReason::MaximumPrefixes {
        family: Family::Ipv6Unicast,
        limit: 100_000,
    }
}

#[test]
fn too_many_prefixes_are_told_with_their_family_and_the_limit() {
    let (mut probe, id) = Probe::established(config());
    probe.handle(Input::Stop(too_many()));
    let Some(Message::Notification(last)) = probe.sent_on(id).pop() else {
        panic!("no NOTIFICATION: {:?}", probe.sent);
    };
    // RFC 4486 section 4: AFI, SAFI, upper bound.
    assert_eq!(last.data[..], [0, 2, 1, 0, 1, 0x86, 0xa0]);
}

#[test]
fn stop_sends_a_cease_with_the_operators_words() {
    let (mut probe, id) = Probe::established(config());
    probe.handle(Input::Stop(shutdown("upgrade")));
    assert_eq!(probe.last_words(id), (6, 2));
    let last = probe.sent_on(id).pop().cloned();
    let expected = Notification::administrative_shutdown("upgrade");
    assert_eq!(last, Some(Message::Notification(expected)));
    assert_eq!(probe.session.state(), State::Idle);
}

#[test]
fn each_reason_has_its_subcode() {
    let reset = StopReason::AdministrativeReset(String::new());
    for (why, subcode) in [
        (too_many(), 1),
        (shutdown(""), 2),
        (StopReason::Deconfigured, 3),
        (reset, 4),
    ] {
        let (mut probe, id) = Probe::established(config());
        probe.handle(Input::Stop(why));
        assert_eq!(probe.last_words(id), (6, subcode));
    }
}

#[test]
fn stop_is_told_once_whatever_there_was_to_stop() {
    let starts: [fn(PeerConfig) -> (Probe, ConnId); 3] =
        [Probe::open_sent, Probe::open_confirm, Probe::established];
    for start in starts {
        let (mut probe, _) = start(config());
        probe.accept();
        probe.handle(Input::Stop(shutdown("")));
        probe.handle(Input::Stop(shutdown("")));
        assert_eq!(probe.downs(), [&DownReason::Stopped(shutdown(""))]);
        assert_eq!(probe.closed.len(), 2);
    }
}

#[test]
fn stop_cancels_the_dial_without_a_word() {
    let mut probe = Probe::started(config());
    probe.handle(Input::Stop(shutdown("")));
    assert_eq!(probe.closed, probe.dialled);
    assert!(probe.sent.is_empty());
}

#[test]
fn after_stop_nothing_is_waited_for_and_the_peer_is_refused() {
    let (mut probe, id) = Probe::established(config());
    probe.handle(Input::Stop(shutdown("")));
    assert_eq!(probe.session.deadline(), None);
    assert_eq!(probe.accept(), None);
    probe.receive(id, &keepalive());
    assert_eq!(probe.session.state(), State::Idle);
}

#[test]
fn stop_ends_the_rest_after_a_failure() {
    let (mut probe, id) = Probe::established(config());
    probe.handle(Input::Closed(id, "connection reset".to_owned()));
    probe.handle(Input::Stop(shutdown("")));
    assert_eq!(probe.session.deadline(), None);
    assert_eq!(
        probe.downs().last(),
        Some(&&DownReason::Stopped(shutdown("")))
    );
}

#[test]
fn start_begins_again() {
    let (mut probe, _) = Probe::established(config());
    probe.handle(Input::Stop(shutdown("")));
    probe.handle(Input::Start);
    assert_eq!(probe.dialled.len(), 2);
    assert_eq!(probe.session.state(), State::Connect);
}
