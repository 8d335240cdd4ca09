use super::*;
use crate::net::HoldTime;

#[test]
fn a_new_session_is_idle_and_waits_for_nothing() {
    let probe = Probe::new(config());
    assert_eq!(probe.session.state(), State::Idle);
    assert_eq!(probe.session.deadline(), None);
}

#[test]
fn start_dials() {
    let probe = Probe::started(config());
    assert_eq!(probe.dialled.len(), 1);
    assert_eq!(probe.session.state(), State::Connect);
}

#[test]
fn a_passive_session_never_dials() {
    let mut probe = Probe::started(passive());
    assert_eq!(probe.session.state(), State::Active);
    probe.wait(seconds(3600));
    assert!(probe.dialled.is_empty());
    assert_eq!(probe.session.deadline(), None);
}

#[test]
fn idle_refuses_the_peer() {
    let mut probe = Probe::new(config());
    assert_eq!(probe.accept(), None);
}

#[test]
fn a_passive_session_takes_the_peer_and_sends_an_open() {
    let mut probe = Probe::started(passive());
    let id = probe.accept().unwrap();
    assert!(matches!(probe.sent_on(id)[..], [Message::Open(_)]));
    assert_eq!(probe.session.state(), State::OpenSent);
}

#[test]
fn the_peer_may_connect_while_we_dial() {
    let mut probe = Probe::started(config());
    let id = probe.accept().unwrap();
    assert_ne!(id, probe.dialled[0]);
    assert_eq!(probe.session.state(), State::OpenSent);
    assert!(probe.closed.is_empty());
}

#[test]
fn our_open_says_what_is_configured() {
    let (probe, id) = Probe::open_sent(config());
    let [Message::Open(open)] = probe.sent_on(id)[..] else {
        panic!("{:?}", probe.sent);
    };
    assert_eq!(open.asn, config().local_asn);
    assert_eq!(open.router_id, config().router_id);
    assert_eq!(open.hold_time, HoldTime::DEFAULT);
}

#[test]
fn a_good_open_is_answered_with_a_keepalive() {
    let (probe, id) = Probe::open_confirm(config());
    assert_eq!(probe.session.state(), State::OpenConfirm);
    assert_eq!(probe.sent_on(id).last(), Some(&&Message::Keepalive));
}

#[test]
fn the_peers_keepalive_establishes_the_session() {
    let (probe, id) = Probe::established(config());
    assert_eq!(probe.session.established_connection(), Some(id));
    let negotiated = probe.session.negotiated().unwrap();
    assert_eq!(negotiated.peer_router_id, peer_config().router_id);
    assert_eq!(negotiated.families, FamilySet::ALL);
    let told = Event::Established(id, negotiated.clone());
    assert_eq!(probe.events.last(), Some(&told));
}

#[test]
fn every_move_is_told_in_order() {
    let (probe, _) = Probe::established(config());
    let moves: Vec<(State, State)> = probe
        .events
        .iter()
        .filter_map(|event| match event {
            Event::StateChanged { from, to } => Some((*from, *to)),
            _ => None,
        })
        .collect();
    assert_eq!(
        moves,
        [
            (State::Idle, State::Connect),
            (State::Connect, State::OpenSent),
            (State::OpenSent, State::OpenConfirm),
            (State::OpenConfirm, State::Established),
        ]
    );
}

#[test]
fn messages_may_come_in_single_octets() {
    let (mut probe, id) = Probe::open_sent(config());
    for octet in peer_open().iter().chain(keepalive().iter()) {
        probe.receive(id, &[*octet]);
    }
    assert_eq!(probe.session.state(), State::Established);
}

#[test]
fn messages_may_come_all_at_once() {
    let (mut probe, id) = Probe::open_sent(config());
    let octets = [peer_open(), keepalive(), empty_update()].concat();
    probe.receive(id, &octets);
    assert_eq!(probe.session.state(), State::Established);
    assert!(matches!(probe.events.last(), Some(Event::Update(_))));
}

#[test]
fn start_changes_nothing_once_started() {
    let (mut probe, id) = Probe::established(config());
    probe.handle(Input::Start);
    assert_eq!(probe.session.established_connection(), Some(id));
}
