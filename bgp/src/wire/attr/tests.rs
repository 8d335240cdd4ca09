//! What the table says is what happens, row by row.

use bytes::{BufMut, BytesMut};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::net::{Asn, Family, FamilySet};
use crate::wire::WireError;
use crate::wire::testing::{asn, prefixes};

/// Each kind of session.
fn contexts() -> impl Iterator<Item = DecodeContext> {
    [(true, true), (true, false), (false, true), (false, false)]
        .into_iter()
        .map(|(ebgp, four_octet_as)| DecodeContext {
            four_octet_as,
            ebgp,
            families: FamilySet::ALL,
        })
}

fn internal() -> DecodeContext {
    DecodeContext {
        four_octet_as: true,
        ebgp: false,
        families: FamilySet::ALL,
    }
}

fn attribute(flags: u8, code: AttributeCode, value: &[u8]) -> Vec<u8> {
    let mut octets = vec![flags, code.value()];
    if flags & parse::EXTENDED_LENGTH == 0 {
        octets.push(u8::try_from(value.len()).unwrap());
    } else {
        octets.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
    }
    octets.extend(value);
    octets
}

/// A value that is in order.
fn sample(rule: &Rule, context: &DecodeContext) -> Vec<u8> {
    match (rule.code, rule.octets) {
        (AttributeCode::NextHop, _) => vec![192, 0, 2, 1],
        (AttributeCode::AsPath, _) => vec![],
        (AttributeCode::As4Path, _) => vec![2, 1, 0, 1, 0, 0],
        (AttributeCode::MpReachNlri, _) => [&[0, 2, 1, 16][..], &[0x20; 16], &[0, 0]].concat(),
        (AttributeCode::MpUnreachNlri, _) => vec![0, 2, 1, 0],
        (_, Length::Exactly(octets) | Length::Multiple(octets)) => vec![1; octets],
        (_, Length::ByAs(two, four)) => vec![1; if context.four_octet_as { four } else { two }],
        (code, Length::Any) => unreachable!("{code} has no sample"),
    }
}

/// The strongest action for these attributes.
fn action(attributes: &[u8], context: &DecodeContext) -> Option<Action> {
    match Scan::new(attributes, 23, context) {
        Ok(scan) => scan.action(),
        Err(WireError::Attribute(fault)) => Some(fault.action),
        Err(other) => unreachable!("{other}"),
    }
}

/// What the table wants for a fault: discarding unread comes first.
fn expected(rule: &Rule, context: &DecodeContext, fault: Action) -> Option<Action> {
    Some(if rule.from.includes(context) {
        fault
    } else {
        Action::AttributeDiscard
    })
}

#[test]
fn each_attribute_has_one_row() {
    for rule in &RULES {
        assert_eq!(
            RULES.iter().filter(|other| other.code == rule.code).count(),
            1,
            "{}",
            rule.code
        );
    }
}

#[test]
fn an_attribute_in_order_is_no_fault_from_who_may_send_it() {
    for context in contexts() {
        for rule in &RULES {
            let octets = attribute(rule.class.flags(), rule.code, &sample(rule, &context));
            let expected = (!rule.from.includes(&context)).then_some(Action::AttributeDiscard);
            assert_eq!(
                action(&octets, &context),
                expected,
                "{} {context:?}",
                rule.code
            );
        }
    }
}

#[test]
fn another_length_has_the_action_of_the_row() {
    for context in contexts() {
        for rule in &RULES {
            for length in (0..60).filter(|length| !rule.octets.allows(*length, &context)) {
                let octets = attribute(rule.class.flags(), rule.code, &vec![1; length]);
                let expected = expected(rule, &context, rule.action(&context));
                let what = format!("{} of {length}, {context:?}", rule.code);
                assert_eq!(action(&octets, &context), expected, "{what}");
            }
        }
    }
}

#[test]
fn flags_of_another_class_are_treated_as_withdrawal() {
    for context in contexts() {
        for rule in &RULES {
            for flags in [0x00, 0x40, 0x80, 0xc0] {
                if flags != rule.class.flags() {
                    let octets = attribute(flags, rule.code, &sample(rule, &context));
                    let expected = expected(rule, &context, Action::TreatAsWithdraw);
                    assert_eq!(
                        action(&octets, &context),
                        expected,
                        "{} {flags:#04x}",
                        rule.code
                    );
                }
            }
        }
    }
}

#[test]
fn partial_extended_length_and_unused_flags_are_not_judged() {
    let context = internal();
    for rule in RULES.iter().filter(|rule| rule.from.includes(&context)) {
        for flags in [0x20, 0x10, 0x0f] {
            let flags = rule.class.flags() | flags;
            let octets = attribute(flags, rule.code, &sample(rule, &context));
            assert_eq!(
                action(&octets, &context),
                None,
                "{} {flags:#04x}",
                rule.code
            );
        }
    }
}

#[test]
fn a_second_occurrence_is_discarded_or_ends_the_session() {
    let context = internal();
    for rule in RULES.iter().filter(|rule| rule.from.includes(&context)) {
        let octets = attribute(rule.class.flags(), rule.code, &sample(rule, &context)).repeat(2);
        let expected = match rule.code {
            AttributeCode::MpReachNlri | AttributeCode::MpUnreachNlri => Action::SessionReset,
            _ => Action::AttributeDiscard,
        };
        assert_eq!(action(&octets, &context), Some(expected), "{}", rule.code);
    }
}

#[test]
fn an_attribute_that_nobody_knows_is_a_fault_only_if_it_is_well_known() {
    for code in [0, 11, 40, 99, 200, 255].map(AttributeCode::from_value) {
        for length in [0, 1, 300] {
            let value = vec![0xff; length];
            for flags in [0x90, 0xd0] {
                assert_eq!(action(&attribute(flags, code, &value), &internal()), None);
            }
            let well_known = attribute(0x50, code, &value);
            assert_eq!(action(&well_known, &internal()), Some(Action::SessionReset));
        }
    }
}

#[test]
fn the_strongest_action_wins() {
    let mut octets = attribute(0x40, AttributeCode::AtomicAggregate, &[0]);
    assert_eq!(action(&octets, &internal()), Some(Action::AttributeDiscard));
    octets.extend(attribute(0x40, AttributeCode::Origin, &[9]));
    octets.extend(attribute(0xc0, AttributeCode::Aggregator, &[0; 8]));
    assert_eq!(action(&octets, &internal()), Some(Action::TreatAsWithdraw));
    octets.extend(attribute(0x80, AttributeCode::MpUnreachNlri, &[0, 2]));
    assert_eq!(action(&octets, &internal()), Some(Action::SessionReset));
}

#[test]
fn a_fault_says_which_attribute_where_and_its_octets() {
    let octets = [&[0x40, 2, 0][..], &[0x40, 1, 1, 5]].concat();
    let scan = Scan::new(&octets, 23, &internal()).unwrap();
    let [fault] = &scan.faults[..] else {
        unreachable!("{:?}", scan.faults)
    };
    assert_eq!(
        fault.to_string(),
        "ORIGIN at offset 26: value 5 is none of IGP (0), EGP (1) and INCOMPLETE (2) \
         (octets 40010105)"
    );
}

#[test]
fn wrong_flags_of_mp_reach_leave_its_routes_known() {
    let value = [&[0, 2, 1, 16][..], &[0x20; 16], &[0, 0]].concat();
    let octets = attribute(0xc0, AttributeCode::MpReachNlri, &value);
    let scan = Scan::new(&octets, 23, &internal()).unwrap();
    assert_eq!(scan.action(), Some(Action::TreatAsWithdraw));
    assert_eq!(scan.announced().unwrap().iter().count(), 1);
}

#[test]
fn wrong_flags_of_mp_reach_end_the_session_if_its_routes_cannot_be_read() {
    let octets = attribute(0xc0, AttributeCode::MpReachNlri, &[0, 2, 1, 16]);
    assert_eq!(action(&octets, &internal()), Some(Action::SessionReset));
}

fn path(segments: &[u8]) -> Option<Action> {
    action(
        &attribute(0x40, AttributeCode::AsPath, segments),
        &internal(),
    )
}

#[test]
fn a_path_of_sequences_is_in_order() {
    assert_eq!(
        path(&[2, 1, 0, 0, 0xfd, 0xe9, 2, 2, 0, 0, 0, 1, 0, 0, 0, 2]),
        None
    );
}

#[test]
fn a_malformed_path_is_treated_as_withdrawal() {
    for (what, segments) in [
        ("type 0", &[0, 1, 0, 0, 0xfd, 0xe9][..]),
        ("type 5", &[5, 1, 0, 0, 0xfd, 0xe9]),
        ("AS_SET", &[1, 1, 0, 0, 0xfd, 0xe9]),
        ("AS_CONFED_SEQUENCE", &[3, 1, 0, 0, 0xfd, 0xe9]),
        ("AS_CONFED_SET", &[4, 1, 0, 0, 0xfd, 0xe9]),
        ("no AS", &[2, 0]),
        ("overrun", &[2, 255, 0, 0, 0xfd, 0xe9]),
        ("an octet behind", &[2, 1, 0, 0, 0xfd, 0xe9, 2]),
        ("AS 0", &[2, 2, 0, 0, 0xfd, 0xe9, 0, 0, 0, 0]),
    ] {
        assert_eq!(path(segments), Some(Action::TreatAsWithdraw), "{what}");
    }
}

#[test]
fn a_next_hop_that_is_no_host_is_treated_as_withdrawal() {
    for address in [
        [0, 0, 0, 0],
        [127, 0, 0, 1],
        [224, 0, 0, 5],
        [255, 255, 255, 255],
    ] {
        let octets = attribute(0x40, AttributeCode::NextHop, &address);
        assert_eq!(
            action(&octets, &internal()),
            Some(Action::TreatAsWithdraw),
            "{address:?}"
        );
    }
}

#[test]
fn as_0_as_the_aggregator_is_discarded() {
    let octets = attribute(0xc0, AttributeCode::Aggregator, &[0, 0, 0, 0, 10, 0, 0, 1]);
    assert_eq!(action(&octets, &internal()), Some(Action::AttributeDiscard));
}

fn encoded(put: impl FnOnce(&mut BytesMut)) -> Vec<u8> {
    let mut out = BytesMut::new();
    put(&mut out);
    out.to_vec()
}

fn ases(numbers: &[u32]) -> Vec<Asn> {
    numbers
        .iter()
        .map(|number| Asn::new(*number).unwrap())
        .collect()
}

#[test]
fn attributes_are_written_as_the_rfcs_draw_them() {
    let long = "2001:db8::1".parse().unwrap();
    for (what, octets, expected) in [
        (
            "ORIGIN",
            encoded(|out| encode::origin(out, Origin::Incomplete)),
            &[0x40, 1, 1, 2][..],
        ),
        (
            "AS_PATH",
            encoded(|out| encode::as_path(out, &ases(&[65000, 70000]), true)),
            &[0x40, 2, 10, 2, 2, 0, 0, 0xfd, 0xe8, 0, 1, 0x11, 0x70],
        ),
        (
            "AS_PATH for two octets",
            encoded(|out| encode::as_path(out, &ases(&[65000, 70000]), false)),
            &[0x40, 2, 6, 2, 2, 0xfd, 0xe8, 0x5b, 0xa0],
        ),
        (
            "AS4_PATH",
            encoded(|out| encode::as4_path(out, &ases(&[65000, 70000]))),
            &[0xc0, 17, 10, 2, 2, 0, 0, 0xfd, 0xe8, 0, 1, 0x11, 0x70],
        ),
        (
            "no AS4_PATH",
            encoded(|out| encode::as4_path(out, &ases(&[65000]))),
            &[],
        ),
        (
            "empty AS_PATH",
            encoded(|out| encode::as_path(out, &[], true)),
            &[0x40, 2, 0],
        ),
        (
            "NEXT_HOP",
            encoded(|out| encode::next_hop(out, [192, 0, 2, 1].into())),
            &[0x40, 3, 4, 192, 0, 2, 1],
        ),
        (
            "MED",
            encoded(|out| encode::med(out, 10)),
            &[0x80, 4, 4, 0, 0, 0, 10],
        ),
        (
            "LOCAL_PREF",
            encoded(|out| encode::local_pref(out, 100)),
            &[0x40, 5, 4, 0, 0, 0, 100],
        ),
        (
            "COMMUNITIES",
            encoded(|out| encode::communities(out, [0xfde8_0001, 0xffff_ff01].into_iter())),
            &[0xc0, 8, 8, 0xfd, 0xe8, 0, 1, 0xff, 0xff, 0xff, 1],
        ),
        (
            "no COMMUNITIES",
            encoded(|out| encode::communities(out, [].into_iter())),
            &[],
        ),
        (
            "LARGE_COMMUNITY",
            encoded(|out| encode::large_communities(out, [[65000, 1, 2]].into_iter())),
            &[0xc0, 32, 12, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 0, 0, 0, 2],
        ),
        (
            "no LARGE_COMMUNITY",
            encoded(|out| encode::large_communities(out, [].into_iter())),
            &[],
        ),
        (
            "MP_REACH_NLRI",
            encoded(|out| encode::mp_reach(out, long, &["2001:db8::/32".parse().unwrap()])),
            &[
                0x80, 14, 26, 0, 2, 1, 16, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
                0, 32, 0x20, 1, 0x0d, 0xb8,
            ],
        ),
        (
            "MP_UNREACH_NLRI",
            encoded(|out| encode::mp_unreach(out, Family::Ipv6Unicast, &[])),
            &[0x80, 15, 3, 0, 2, 1],
        ),
    ] {
        assert_eq!(octets, expected, "{what}");
    }
}

#[test]
fn the_256th_as_begins_a_segment() {
    let octets = encoded(|out| encode::as_path(out, &ases(&[65000; 256]), true));
    assert_eq!(octets.get(..6), Some(&[0x50, 2, 4, 4, 2, 255][..]));
    assert_eq!(
        octets.get(6 + 255 * 4..),
        Some(&[2, 1, 0, 0, 0xfd, 0xe8][..])
    );
}

#[test]
fn a_length_of_255_octets_is_short_and_of_256_extended() {
    for (octets, head) in [(255, &[0xc0, 8, 255][..]), (256, &[0xd0, 8, 1, 0])] {
        let out = encoded(|out| {
            put_head(out, Class::Transitive, AttributeCode::Communities, octets);
            out.put_bytes(0, octets);
        });
        assert_eq!(out.len(), head.len() + octets);
        assert!(out.starts_with(head));
    }
}

/// The one attribute in these octets.
fn only<'a>(octets: &'a [u8], context: &DecodeContext) -> Attribute<'a> {
    assert_eq!(action(octets, context), None);
    let mut attributes = read(octets, context);
    let attribute = attributes.next().unwrap();
    assert_eq!(attributes.next(), None);
    attribute
}

proptest! {
    #[test]
    fn a_path_comes_back(path in vec(asn(), 0..600), four_octet_as: bool) {
        let context = DecodeContext { four_octet_as, ..internal() };
        let octets = encoded(|out| encode::as_path(out, &path, four_octet_as));
        let Attribute::AsPath(read) = only(&octets, &context) else { unreachable!() };
        let sent = |asn: &Asn| if four_octet_as { *asn } else { Asn::new(asn.two_octets().into()).unwrap() };
        prop_assert_eq!(read.iter().collect::<Vec<_>>(), path.iter().map(sent).collect::<Vec<_>>());
    }

    #[test]
    fn what_as_trans_stood_for_comes_back(path in vec(asn(), 1..600)) {
        let context = DecodeContext { four_octet_as: false, ..internal() };
        let octets = encoded(|out| encode::as4_path(out, &path));
        if path.iter().all(|asn| asn.number() <= 65535) {
            prop_assert!(octets.is_empty());
        } else {
            let Attribute::As4Path(read) = only(&octets, &context) else { unreachable!() };
            prop_assert_eq!(read.iter().collect::<Vec<_>>(), path);
        }
    }

    #[test]
    fn numbers_come_back(med: u32, local_pref: u32) {
        let octets = encoded(|out| encode::med(out, med));
        prop_assert_eq!(only(&octets, &internal()), Attribute::MultiExitDisc(med));
        let octets = encoded(|out| encode::local_pref(out, local_pref));
        prop_assert_eq!(only(&octets, &internal()), Attribute::LocalPref(local_pref));
    }

    #[test]
    fn communities_come_back(communities in vec(any::<u32>(), 1..300)) {
        let octets = encoded(|out| encode::communities(out, communities.iter().copied()));
        let Attribute::Communities(read) = only(&octets, &internal()) else { unreachable!() };
        prop_assert_eq!(read.iter().collect::<Vec<_>>(), communities);
    }

    #[test]
    fn large_communities_come_back(communities in vec(any::<[u32; 3]>(), 1..100)) {
        let octets = encoded(|out| encode::large_communities(out, communities.iter().copied()));
        let Attribute::LargeCommunities(read) = only(&octets, &internal()) else { unreachable!() };
        prop_assert_eq!(read.iter().collect::<Vec<_>>(), communities);
    }

    #[test]
    fn multiprotocol_routes_come_back(
        address: std::net::Ipv6Addr,
        prefixes in prefixes(Family::Ipv6Unicast),
    ) {
        let octets = encoded(|out| encode::mp_reach(out, address, &prefixes));
        let Attribute::MpReach(MpReach::Announced { next_hop, nlri }) = only(&octets, &internal()) else {
            unreachable!()
        };
        prop_assert_eq!(next_hop, MpNextHop { address: address.into(), link_local: None });
        prop_assert_eq!(nlri.iter().collect::<Vec<_>>(), &prefixes[..]);

        let octets = encoded(|out| encode::mp_unreach(out, Family::Ipv6Unicast, &prefixes));
        let Attribute::MpUnreach(MpUnreach::Withdrawn(nlri)) = only(&octets, &internal()) else {
            unreachable!()
        };
        prop_assert_eq!(nlri.iter().collect::<Vec<_>>(), prefixes);
    }
}

#[test]
fn a_next_hop_may_have_a_link_local_address_beside_it() {
    let value = [&[0, 2, 1, 32][..], &[0x20; 16], &[0xfe; 16], &[0, 0]].concat();
    let octets = attribute(0x80, AttributeCode::MpReachNlri, &value);
    let Attribute::MpReach(MpReach::Announced { next_hop, .. }) = only(&octets, &internal()) else {
        unreachable!()
    };
    assert_eq!(next_hop.address, std::net::IpAddr::from([0x20; 16]));
    assert_eq!(next_hop.link_local, Some([0xfe; 16].into()));
}

#[test]
fn the_value_of_a_family_that_was_not_negotiated_is_not_looked_at() {
    let l2vpn = [0, 25, 70, 4, 10, 0, 0, 1, 0, 0xff, 0xff];
    let octets = attribute(0x80, AttributeCode::MpReachNlri, &l2vpn);
    assert_eq!(
        only(&octets, &internal()),
        Attribute::MpReach(MpReach::Ignored)
    );
}

#[test]
fn a_multiprotocol_attribute_that_cannot_be_read_ends_the_session() {
    let ipv6 = |next_hop: usize, behind: &[u8]| {
        let length = u8::try_from(next_hop).unwrap();
        [&[0, 2, 1, length][..], &vec![0x20; next_hop], behind].concat()
    };
    for (what, code, value) in [
        ("empty", AttributeCode::MpReachNlri, vec![]),
        (
            "fixed fields cut",
            AttributeCode::MpReachNlri,
            vec![0, 2, 1],
        ),
        (
            "next hop overrun",
            AttributeCode::MpReachNlri,
            vec![0, 2, 1, 64, 0],
        ),
        ("next hop of 9", AttributeCode::MpReachNlri, ipv6(9, &[0])),
        (
            "next hop of 4 for IPv6",
            AttributeCode::MpReachNlri,
            ipv6(4, &[0]),
        ),
        (
            "reserved octet missing",
            AttributeCode::MpReachNlri,
            ipv6(16, &[]),
        ),
        (
            "prefix of 129",
            AttributeCode::MpReachNlri,
            ipv6(16, &[&[0, 129][..], &[0; 17]].concat()),
        ),
        (
            "prefix cut",
            AttributeCode::MpReachNlri,
            ipv6(16, &[0, 64, 1]),
        ),
        ("empty", AttributeCode::MpUnreachNlri, vec![]),
        ("fixed fields cut", AttributeCode::MpUnreachNlri, vec![0, 2]),
        (
            "prefix cut",
            AttributeCode::MpUnreachNlri,
            vec![0, 2, 1, 64, 1],
        ),
    ] {
        let octets = attribute(0x80, code, &value);
        assert_eq!(
            action(&octets, &internal()),
            Some(Action::SessionReset),
            "{code}: {what}"
        );
    }
}
