use proptest::prelude::*;

use super::*;
use crate::session::StopReason;

/// What a driver, its peer and its operator may do next, in any order.
#[derive(Clone, Debug)]
enum Deed {
    Start,
    Stop(StopReason),
    Reconfigure {
        passive: bool,
        connect_retry_time: Duration,
    },
    Accept,
    /// On the connection that was begun as the nth, which may have ended long ago.
    Connected(usize),
    Received(usize, Vec<u8>),
    Sent(usize),
    UpdatesSent(usize, u64),
    Closed(usize),
    /// The clock reaches the deadline.
    Deadline,
    /// The clock goes on, and the driver wakes up early or late.
    Wait(Duration),
}

fn octets() -> impl Strategy<Value = Vec<u8>> {
    let messages = prop_oneof![
        Just(peer_open().to_vec()),
        Just(keepalive().to_vec()),
        Just(empty_update().to_vec()),
        Just(message(5, &[0, 1, 0, 1]).to_vec()),
        Just(notification(ErrorCode::Cease, 7).to_vec()),
        (0u8..9, proptest::collection::vec(any::<u8>(), 0..40))
            .prop_map(|(kind, body)| message(kind, &body).to_vec()),
    ];
    let handshake = [peer_open(), keepalive()].concat();
    prop_oneof![
        1 => Just(handshake),
        4 => messages.clone(),
        2 => proptest::collection::vec(messages.clone(), 0..4).prop_map(|all| all.concat()),
        1 => (messages, any::<prop::sample::Index>())
            .prop_map(|(octets, end)| octets[..end.index(octets.len())].to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..60),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    let reason = prop_oneof![
        any::<String>().prop_map(StopReason::AdministrativeShutdown),
        any::<String>().prop_map(StopReason::AdministrativeReset),
        Just(StopReason::Deconfigured),
    ];
    let nth = 0usize..6;
    prop_oneof![
        2 => Just(Deed::Start),
        1 => reason.prop_map(Deed::Stop),
        1 => (any::<bool>(), 1u64..20).prop_map(|(passive, retry)| Deed::Reconfigure {
            passive,
            connect_retry_time: seconds(retry),
        }),
        3 => Just(Deed::Accept),
        6 => nth.clone().prop_map(Deed::Connected),
        20 => (nth.clone(), octets()).prop_map(|(nth, octets)| Deed::Received(nth, octets)),
        1 => nth.clone().prop_map(Deed::Sent),
        1 => (nth.clone(), any::<u64>()).prop_map(|(nth, n)| Deed::UpdatesSent(nth, n)),
        2 => nth.prop_map(Deed::Closed),
        4 => Just(Deed::Deadline),
        2 => (0u64..600_000).prop_map(|time| Deed::Wait(Duration::from_millis(time))),
    ]
}

/// Counted from the newest, so that most deeds are about connections that live.
fn id(nth: usize) -> impl Fn(&[ConnId]) -> Option<ConnId> {
    move |begun| begun.iter().rev().nth(nth).copied()
}

fn perform(probe: &mut Probe, begun: &mut Vec<ConnId>, deed: Deed) {
    let on = |nth| id(nth)(begun);
    match deed {
        Deed::Start => probe.handle(Input::Start),
        Deed::Stop(why) => probe.handle(Input::Stop(why)),
        Deed::Reconfigure {
            passive,
            connect_retry_time,
        } => probe.handle(Input::Reconfigure {
            passive,
            connect_retry_time,
        }),
        Deed::Accept => begun.extend(probe.accept()),
        Deed::Connected(nth) => on(nth)
            .into_iter()
            .for_each(|id| probe.handle(Input::Connected(id))),
        Deed::Received(nth, octets) => {
            on(nth)
                .into_iter()
                .for_each(|id| probe.receive(id, &octets));
        }
        Deed::Sent(nth) => on(nth)
            .into_iter()
            .for_each(|id| probe.handle(Input::Sent(id))),
        Deed::UpdatesSent(nth, n) => {
            on(nth)
                .into_iter()
                .for_each(|id| probe.handle(Input::UpdatesSent(id, n)));
        }
        Deed::Closed(nth) => {
            let why = "gone".to_owned();
            on(nth)
                .into_iter()
                .for_each(|id| probe.handle(Input::Closed(id, why.clone())));
        }
        Deed::Deadline => {
            if let Some(at) = probe.session.deadline() {
                probe.now = probe.now.max(at);
                probe.handle(Input::Timeout);
            }
        }
        Deed::Wait(time) => {
            probe.now = probe.now + time;
            probe.handle(Input::Timeout);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// [`Contract`], which the probe asks after each step, says what is kept.
    #[test]
    fn nothing_breaks_the_contract(
        passive in any::<bool>(),
        deeds in proptest::collection::vec(deed(), 1..60),
    ) {
        let mut probe = Probe::new(PeerConfig { passive, ..config() });
        let mut begun = Vec::new();
        let mut dials = 0;
        for deed in deeds {
            perform(&mut probe, &mut begun, deed);
            let dialled = &probe.dialled[dials..];
            prop_assert!(!probe.session.config().passive || dialled.is_empty());
            begun.extend(dialled);
            dials = probe.dialled.len();
            begun.sort();
        }
    }
}
