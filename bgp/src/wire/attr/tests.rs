//! What the table says is what happens, row by row.

use super::*;
use crate::net::FamilySet;
use crate::wire::WireError;
use bytes::{BufMut, BytesMut};

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

pub(super) fn internal() -> DecodeContext {
    DecodeContext {
        four_octet_as: true,
        ebgp: false,
        families: FamilySet::ALL,
    }
}

pub(super) fn attribute(flags: u8, code: AttributeCode, value: &[u8]) -> Vec<u8> {
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
pub(super) fn action(attributes: &[u8], context: &DecodeContext) -> Option<Action> {
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

pub(super) fn encoded(put: impl FnOnce(&mut BytesMut)) -> Vec<u8> {
    let mut out = BytesMut::new();
    put(&mut out);
    out.to_vec()
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
pub(super) fn only<'a>(octets: &'a [u8], context: &DecodeContext) -> Attribute<'a> {
    assert_eq!(action(octets, context), None);
    let mut attributes = read(octets, context);
    let attribute = attributes.next().unwrap();
    assert_eq!(attributes.next(), None);
    attribute
}
