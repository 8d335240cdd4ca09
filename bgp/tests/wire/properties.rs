//! What holds for all octets, and for all values.

use std::net::{Ipv4Addr, Ipv6Addr};

use bellwether_bgp::iana::ErrorCode;
use bellwether_bgp::net::{Family, FamilySet, HoldTime, Prefix, RouterId};
use bellwether_bgp::wire::attr::{Origin, encode};
use bellwether_bgp::wire::{
    Capability, DecodeContext, Framer, HEADER_OCTETS, MAX_MESSAGE_OCTETS, Message, Notification,
    Open, ReceivedUpdate, RefreshSubtype, RouteRefresh, Treatment, update,
};
use bytes::{Bytes, BytesMut};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{self, EXTERNAL, asn, context, message, prefixes};

/// Frames of a stream, up to the first error.
fn frames(portions: &[&[u8]]) -> Vec<Bytes> {
    let mut framer = Framer::new();
    let mut frames = Vec::new();
    for portion in portions {
        framer.push(portion);
        while let Ok(Some(frame)) = framer.next_frame() {
            frames.push(frame);
        }
    }
    frames
}

fn decode_update(message: &Bytes, context: &DecodeContext) -> ReceivedUpdate {
    match Message::decode(message, context) {
        Ok(Message::Update(update)) => update,
        other => panic!("{other:?}"),
    }
}

fn capability() -> impl Strategy<Value = Capability> {
    prop_oneof![
        (any::<u16>(), any::<u8>()).prop_map(|(afi, safi)| Capability::Multiprotocol { afi, safi }),
        Just(Capability::RouteRefresh),
        (3..=64_u8, vec(any::<u8>(), 0..40)).prop_map(|(code, value)| Capability::Unknown {
            code,
            value: value.into()
        }),
    ]
}

prop_compose! {
    fn open()(
        asn in asn(),
        seconds in prop_oneof![Just(0), 3..=u16::MAX],
        bits in 1..=u32::MAX,
        mut capabilities in vec(capability(), 0..40),
    ) -> Open {
        capabilities.push(Capability::FourOctetAs(asn));
        Open {
            asn,
            hold_time: HoldTime::from_secs(seconds).unwrap(),
            router_id: RouterId::new(bits).unwrap(),
            capabilities,
        }
    }
}

/// An octet that is likely to mean something in an attribute.
fn likely_octet() -> impl Strategy<Value = u8> {
    prop_oneof![
        0..=8_u8,
        Just(14),
        Just(15),
        Just(16),
        Just(0x40),
        Just(0x80),
        Just(0xc0),
        any::<u8>()
    ]
}

proptest! {
    #[test]
    fn any_octets_are_read_without_a_panic(
        octets in vec(any::<u8>(), 0..200),
        context in context(),
    ) {
        let _ = Message::decode(&octets.into(), &context);
    }

    #[test]
    fn any_body_is_read_without_a_panic(
        kind in 1..=5_u8,
        body in vec(likely_octet(), 0..400),
        context in context(),
    ) {
        if let Err(error) = Message::decode(&message(kind, &body), &context) {
            prop_assert!(error.notification().encode().len() <= MAX_MESSAGE_OCTETS.into());
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn any_attributes_are_read_without_a_panic(
        attributes in vec(likely_octet(), 0..400),
        context in context(),
    ) {
        let _ = Message::decode(&support::update(&[], &attributes, &[]), &context);
    }

    /// NLRI octets once were taken for attributes (GoBGP 440a3b1d), and the other way round.
    #[test]
    fn attributes_never_change_how_the_routes_behind_them_read(
        attributes in vec(likely_octet(), 0..60),
        routes in prefixes(Family::Ipv4Unicast, 20),
        ebgp: bool,
    ) {
        let mut nlri = BytesMut::new();
        routes.iter().for_each(|route| bellwether_bgp::wire::nlri::put(&mut nlri, *route));
        let families = FamilySet::from_iter([Family::Ipv4Unicast]);
        let context = DecodeContext { four_octet_as: true, ebgp, families };
        let message = support::update(&[], &attributes, &nlri);
        if let Ok(Message::Update(update)) = Message::decode(&message, &context) {
            let both: Vec<Prefix> = update.withdrawn.iter().chain(update.announced.iter()).collect();
            prop_assert!(
                both.windows(routes.len()).any(|window| window == routes),
                "{both:?} is without {routes:?}"
            );
        }
    }

    #[test]
    fn frames_do_not_depend_on_the_portions(
        opens in vec(open(), 1..4),
        cuts in vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let messages: Vec<Bytes> = opens.iter().map(Open::encode).collect();
        let stream = messages.concat();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len())).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let portions: Vec<&[u8]> = cuts.windows(2).map(|cut| &stream[cut[0]..cut[1]]).collect();
        prop_assert_eq!(frames(&portions), messages);
    }

    #[test]
    fn an_open_comes_back(open in open()) {
        let read = Message::decode(&open.encode(), &EXTERNAL);
        prop_assert_eq!(read, Ok(Message::Open(open)));
    }

    #[test]
    fn a_notification_comes_back(code: u8, subcode: u8, data in vec(any::<u8>(), 0..100)) {
        let code = ErrorCode::from_value(code);
        let notification = Notification { code, subcode, data: data.into() };
        let read = Message::decode(&notification.encode(), &EXTERNAL);
        prop_assert_eq!(read, Ok(Message::Notification(notification.clone())));
        prop_assert!(notification.to_string().chars().all(|character| !character.is_control()));
    }

    #[test]
    fn a_communication_comes_back(text in "[a-zäöü €,.]{0,85}") {
        let sent = Notification::administrative_shutdown(&text);
        let Ok(Message::Notification(read)) = Message::decode(&sent.encode(), &EXTERNAL) else {
            panic!("not a NOTIFICATION")
        };
        prop_assert_eq!(read.communication().unwrap_or_default(), text);
    }

    #[test]
    fn a_route_refresh_comes_back(afi: u16, safi: u8) {
        let request = RouteRefresh { afi, subtype: RefreshSubtype::Request, safi };
        let read = Message::decode(&request.encode(), &EXTERNAL);
        prop_assert_eq!(read, Ok(Message::RouteRefresh(request)));
    }
}

proptest! {
    // Each case is a long stream.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn announced_ipv4_routes_come_back(
        routes in prefixes(Family::Ipv4Unicast, 1000),
        path in vec(asn(), 0..300),
        max_octets in 1500..=MAX_MESSAGE_OCTETS,
    ) {
        let mut attributes = BytesMut::new();
        encode::origin(&mut attributes, Origin::Igp);
        encode::as_path(&mut attributes, &path, true);
        encode::next_hop(&mut attributes, Ipv4Addr::new(192, 0, 2, 1));
        let announce = |out: &mut BytesMut, routes: &[Prefix]| {
            update::announce_ipv4(out, &attributes, routes, max_octets)
        };
        let read = transmit(&routes, max_octets, announce)?;
        prop_assert_eq!(read.announced, routes);
        prop_assert!(read.faults.is_empty() && read.withdrawn.is_empty());
    }

    #[test]
    fn announced_ipv6_routes_come_back(
        routes in prefixes(Family::Ipv6Unicast, 500),
        next_hop: Ipv6Addr,
        max_octets in 200..=MAX_MESSAGE_OCTETS,
    ) {
        let mut attributes = BytesMut::new();
        encode::origin(&mut attributes, Origin::Igp);
        encode::as_path(&mut attributes, &[], true);
        let announce = |out: &mut BytesMut, routes: &[Prefix]| {
            update::announce_ipv6(out, next_hop, &attributes, routes, max_octets)
        };
        let read = transmit(&routes, max_octets, announce)?;
        prop_assert_eq!(read.announced, routes);
        prop_assert!(read.faults.is_empty() && read.withdrawn.is_empty());
    }

    #[test]
    fn withdrawn_routes_come_back(
        ipv4 in prefixes(Family::Ipv4Unicast, 1000),
        ipv6 in prefixes(Family::Ipv6Unicast, 500),
        max_octets in 100..=MAX_MESSAGE_OCTETS,
    ) {
        for (family, routes) in [(Family::Ipv4Unicast, ipv4), (Family::Ipv6Unicast, ipv6)] {
            let withdraw = |out: &mut BytesMut, routes: &[Prefix]| {
                update::withdraw(out, family, routes, max_octets)
            };
            let read = transmit(&routes, max_octets, withdraw)?;
            prop_assert_eq!(read.withdrawn, routes);
            prop_assert!(read.faults.is_empty() && read.announced.is_empty());
        }
    }
}

/// What several UPDATEs said.
#[derive(Debug, Default)]
struct Read {
    withdrawn: Vec<Prefix>,
    announced: Vec<Prefix>,
    faults: Vec<Treatment>,
}

/// Writes UPDATEs until all routes are in one, reads them, and puts together what they say.
fn transmit(
    routes: &[Prefix],
    max_octets: u16,
    put: impl Fn(&mut BytesMut, &[Prefix]) -> usize,
) -> Result<Read, TestCaseError> {
    let mut stream = BytesMut::new();
    let mut left = routes;
    while !left.is_empty() {
        let taken = put(&mut stream, left);
        prop_assert!(taken > 0);
        left = &left[taken..];
    }
    let mut all = Read::default();
    let frames = frames(&[&stream]);
    prop_assert_eq!(frames.iter().map(Bytes::len).sum::<usize>(), stream.len());
    let (last, full) = frames.split_last().unwrap();
    prop_assert!(last.len() > HEADER_OCTETS && last.len() <= max_octets.into());
    for frame in full {
        // A prefix has up to 17 octets, and the short form of a length saves one.
        let space = usize::from(max_octets).checked_sub(frame.len());
        prop_assert!(
            space.is_some_and(|space| space <= 17),
            "{space:?} octets left"
        );
    }
    for frame in &frames {
        let mut update = decode_update(frame, &EXTERNAL);
        prop_assert_eq!(update.announced.len(), update.announced.iter().count());
        all.announced.extend(update.announced.iter());
        all.withdrawn.extend(update.withdrawn.iter());
        all.faults.append(&mut update.faults);
    }
    Ok(all)
}

#[test]
fn end_of_rib_comes_back_for_each_family() {
    for family in Family::ALL {
        let update = decode_update(&update::end_of_rib(family), &EXTERNAL);
        let expected = ReceivedUpdate {
            end_of_rib: Some(family),
            ..ReceivedUpdate::default()
        };
        assert_eq!(update, expected);
    }
}

#[test]
fn end_of_rib_of_a_family_that_was_not_negotiated_says_nothing() {
    let context = DecodeContext {
        families: FamilySet::EMPTY,
        ..EXTERNAL
    };
    for family in Family::ALL {
        let update = decode_update(&update::end_of_rib(family), &context);
        assert_eq!(update, ReceivedUpdate::default());
    }
}

#[test]
fn ipv4_end_of_rib_may_be_an_empty_mp_unreach_nlri() {
    let message = support::update(&[], &[0x80, 15, 3, 0, 1, 1], &[]);
    let update = decode_update(&message, &EXTERNAL);
    assert_eq!(update.end_of_rib, Some(Family::Ipv4Unicast));
}
