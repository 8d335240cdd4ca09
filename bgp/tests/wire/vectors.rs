//! Octets that once broke somebody, and what is to become of them.

use bellwether_bgp::wire::attr::Action;
use bellwether_bgp::wire::{DecodeContext, Message};
use bytes::Bytes;

use crate::support::{EXTERNAL, INTERNAL, hex, message, update};

/// What becomes of an UPDATE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Its routes are announced, and nothing is wrong.
    Announced,
    /// Its routes are announced without one of its attributes.
    Discarded,
    /// Its routes are withdrawn because something is wrong.
    Withdrawn,
    /// It withdraws, and nothing is wrong.
    Withdrawal,
    /// It says nothing that concerns us.
    Nothing,
    /// A NOTIFICATION with this code and subcode.
    Reset(u8, u8),
}

use Outcome::{Announced, Discarded, Nothing, Reset, Withdrawal, Withdrawn};

fn outcome(message: &Bytes, context: &DecodeContext) -> Outcome {
    match Message::decode(message, context) {
        Ok(Message::Update(update)) => {
            let action = update.faults.iter().map(|fault| fault.action).max();
            match (
                action,
                update.announced.is_empty(),
                update.withdrawn.is_empty(),
            ) {
                (Some(Action::TreatAsWithdraw), true, false) => Withdrawn,
                (Some(Action::AttributeDiscard), false, true) => Discarded,
                (None, false, true) => Announced,
                (None, true, false) => Withdrawal,
                (None, true, true) => Nothing,
                other => panic!("{other:?} of {update:?}"),
            }
        }
        Ok(other) => panic!("{other:?}"),
        Err(error) => {
            let answer = error.notification();
            Reset(answer.code.value(), answer.subcode)
        }
    }
}

/// Attributes in order, by name; anything else is hexadecimal digits.
fn attributes(text: &str) -> Vec<u8> {
    text.split_whitespace()
        .flat_map(|word| {
            hex(match word {
                "ORIGIN" => "40010100",
                "AS_PATH" => "4002060201 0000fde8",
                "NEXT_HOP" => "400304 c0000201",
                "LOCAL_PREF" => "400504 00000064",
                digits => digits,
            })
        })
        .collect()
}

/// Attributes of an UPDATE of an external peer whose NLRI is 10.0.0.1/32.
#[rustfmt::skip] // Read it by its columns.
const EXTERNAL_ATTRIBUTES: &[(&str, &str, Outcome)] = &[
    ("all in order",                 "ORIGIN AS_PATH NEXT_HOP",                                    Announced),
    ("in another order",             "NEXT_HOP AS_PATH ORIGIN",                                    Announced),
    ("ORIGIN empty",                 "400100 AS_PATH NEXT_HOP",                                    Withdrawn),
    ("ORIGIN of 2 octets",           "4001020000 AS_PATH NEXT_HOP",                                Withdrawn),
    ("ORIGIN 3",                     "40010103 AS_PATH NEXT_HOP",                                  Withdrawn),
    ("ORIGIN 5",                     "40010105 AS_PATH NEXT_HOP",                                  Withdrawn),
    ("ORIGIN 255",                   "400101ff AS_PATH NEXT_HOP",                                  Withdrawn),
    ("ORIGIN optional",              "c0010100 AS_PATH NEXT_HOP",                                  Withdrawn),
    ("ORIGIN not transitive",        "00010100 AS_PATH NEXT_HOP",                                  Withdrawn),
    ("ORIGIN twice",                 "ORIGIN 40010101 AS_PATH NEXT_HOP",                           Discarded),
    ("ORIGIN missing",               "AS_PATH NEXT_HOP",                                           Withdrawn),
    ("AS_PATH empty",                "ORIGIN 400200 NEXT_HOP",                                     Announced),
    ("AS_PATH segment type 0",       "ORIGIN 40020600010000fde9 NEXT_HOP",                         Withdrawn),
    ("AS_PATH segment type 5",       "ORIGIN 40020605010000fde9 NEXT_HOP",                         Withdrawn),
    ("AS_PATH segment of no AS",     "ORIGIN 4002020200 NEXT_HOP",                                 Withdrawn),
    ("AS_PATH segment overrun",      "ORIGIN 40020602ff0000fde9 NEXT_HOP",                         Withdrawn),
    ("AS_PATH of 1 octet",           "ORIGIN 40020102 NEXT_HOP",                                   Withdrawn),
    ("AS_PATH with AS 0",            "ORIGIN 400206020100000000 NEXT_HOP",                         Withdrawn),
    ("AS_PATH of a confederation",   "ORIGIN 40020603010000fde9 NEXT_HOP",                         Withdrawn),
    ("AS_PATH with AS_SET",          "ORIGIN 40020c 02010000fde9 01010000fdea NEXT_HOP",           Withdrawn),
    ("AS_PATH optional",             "ORIGIN c0020602010000fde8 NEXT_HOP",                         Withdrawn),
    ("AS_PATH missing",              "ORIGIN NEXT_HOP",                                            Withdrawn),
    ("NEXT_HOP of 2 octets",         "ORIGIN AS_PATH 400302c000",                                  Withdrawn),
    ("NEXT_HOP of 5 octets",         "ORIGIN AS_PATH 400305c000020100",                            Withdrawn),
    ("NEXT_HOP 0.0.0.0",             "ORIGIN AS_PATH 40030400000000",                              Withdrawn),
    ("NEXT_HOP 127.0.0.1",           "ORIGIN AS_PATH 4003047f000001",                              Withdrawn),
    ("NEXT_HOP 224.0.0.1",           "ORIGIN AS_PATH 400304e0000001",                              Withdrawn),
    ("NEXT_HOP missing",             "ORIGIN AS_PATH",                                             Withdrawn),
    ("MED of 3 octets",              "ORIGIN AS_PATH NEXT_HOP 800403000000",                       Withdrawn),
    ("MED transitive",               "ORIGIN AS_PATH NEXT_HOP c0040400000000",                     Withdrawn),
    ("LOCAL_PREF from outside",      "ORIGIN AS_PATH NEXT_HOP LOCAL_PREF",                         Discarded),
    ("LOCAL_PREF of 1 octet",        "ORIGIN AS_PATH NEXT_HOP 40050100",                           Discarded),
    ("ATOMIC_AGGREGATE",             "ORIGIN AS_PATH NEXT_HOP 400600",                             Announced),
    ("ATOMIC_AGGREGATE of 1 octet",  "ORIGIN AS_PATH NEXT_HOP 40060100",                           Discarded),
    ("AGGREGATOR",                   "ORIGIN AS_PATH NEXT_HOP c00708 0000fde8 0a000001",           Announced),
    ("AGGREGATOR of 6 octets",       "ORIGIN AS_PATH NEXT_HOP c00706 fde8 0a000001",               Discarded),
    ("AGGREGATOR AS 0",              "ORIGIN AS_PATH NEXT_HOP c00708 00000000 0a000001",           Discarded),
    ("COMMUNITIES",                  "ORIGIN AS_PATH NEXT_HOP c00804 fde80001",                    Announced),
    ("COMMUNITIES empty",            "ORIGIN AS_PATH NEXT_HOP c00800",                             Withdrawn),
    ("COMMUNITIES of 3 octets",      "ORIGIN AS_PATH NEXT_HOP c00803 fde800",                      Withdrawn),
    ("COMMUNITIES not transitive",   "ORIGIN AS_PATH NEXT_HOP 800804 fde80001",                    Withdrawn),
    ("ORIGINATOR_ID from outside",   "ORIGIN AS_PATH NEXT_HOP 800904 0a000001",                    Discarded),
    ("CLUSTER_LIST from outside",    "ORIGIN AS_PATH NEXT_HOP 800a03 0a0000",                      Discarded),
    ("EXTENDED COMMUNITIES, odd",    "ORIGIN AS_PATH NEXT_HOP c01008 ffff000000000000",            Announced),
    ("EXTENDED COMMUNITIES empty",   "ORIGIN AS_PATH NEXT_HOP c01000",                             Withdrawn),
    ("EXTENDED COMMUNITIES of 7",    "ORIGIN AS_PATH NEXT_HOP c01007 00020000000000",              Withdrawn),
    ("AS4_PATH of a new speaker",    "ORIGIN AS_PATH NEXT_HOP c01106 02010000fde8",                Discarded),
    ("AS4_PATH before AS_PATH",      "c01106 02010000fde8 ORIGIN AS_PATH NEXT_HOP",                Discarded),
    ("AS4_AGGREGATOR, new speaker",  "ORIGIN AS_PATH NEXT_HOP c01208 0000fde8 0a000001",           Discarded),
    ("IPv6 EXTENDED COMMUNITIES, 3", "ORIGIN AS_PATH NEXT_HOP c01903 000000",                      Withdrawn),
    ("LARGE_COMMUNITY",              "ORIGIN AS_PATH NEXT_HOP c0200c 0000fde8 00000001 00000002",  Announced),
    ("LARGE_COMMUNITY empty",        "ORIGIN AS_PATH NEXT_HOP c02000",                             Withdrawn),
    ("LARGE_COMMUNITY of 13",        "ORIGIN AS_PATH NEXT_HOP c0200d 0000fde8 0000000100000002 00", Withdrawn),
    ("LARGE_COMMUNITY, flags 80",    "ORIGIN AS_PATH NEXT_HOP 80200c 0000fde8 00000001 00000002",  Withdrawn),
    ("unknown well-known",           "ORIGIN AS_PATH NEXT_HOP 40c80101",                           Reset(3, 2)),
    ("unknown optional",             "ORIGIN AS_PATH NEXT_HOP c0c80101",                           Announced),
    ("unknown optional, empty",      "ORIGIN AS_PATH NEXT_HOP 80c800",                             Announced),
    // 2025-05-20: an all-zero BGP Prefix-SID made routers of several makers end their sessions.
    ("BGP Prefix-SID all zero",      "ORIGIN AS_PATH NEXT_HOP c02808 0000000000000000",            Announced),
    // CVE-2023-38802: a broken Tunnel Encapsulation attribute ended sessions all over the Internet.
    ("Tunnel Encapsulation broken",  "ORIGIN AS_PATH NEXT_HOP c01703 ffffff",                      Announced),
    // CVE-2023-41359: a length of 0 in a TLV of AIGP.
    ("AIGP broken",                  "ORIGIN AS_PATH NEXT_HOP 801a03 010000",                      Announced),
    // CERT VU#347067, and the corrupted attribute of 2023-06-02.
    ("entropy label",                "ORIGIN AS_PATH NEXT_HOP e01c00",                             Announced),
    ("an attribute beyond the end",  "ORIGIN AS_PATH NEXT_HOP c00808 fde80001",                    Withdrawn),
    ("1 octet behind the last",      "ORIGIN AS_PATH NEXT_HOP c0",                                 Withdrawn),
    ("2 octets behind the last",     "ORIGIN AS_PATH NEXT_HOP c008",                               Withdrawn),
    ("3 octets, extended length",    "ORIGIN AS_PATH NEXT_HOP d00800",                             Withdrawn),
    ("MP_REACH_NLRI beyond the end", "ORIGIN AS_PATH NEXT_HOP 800e30 000201",                      Reset(3, 1)),
    // CVE-2023-41358: NLRI, and no attribute at all.
    ("no attribute",                 "",                                                           Withdrawn),
    // CVE-2023-47234: MP_UNREACH_NLRI in front of routes without their mandatory attributes.
    ("MP_UNREACH_NLRI and nothing",  "800f03000201",                                               Withdrawn),
    ("MP_UNREACH_NLRI of 2 octets",  "ORIGIN AS_PATH NEXT_HOP 800f020002",                         Reset(3, 9)),
    ("MP_UNREACH_NLRI twice",        "ORIGIN AS_PATH NEXT_HOP 800f03000201 800f03000201",          Reset(3, 1)),
    ("MP_REACH_NLRI, next hop of 9", "ORIGIN AS_PATH NEXT_HOP 800e0e 00020109 202020202020202020 00", Reset(3, 9)),
    ("MP_REACH_NLRI, other family",  "800e0b 001946 04 0a000001 00 ffff ORIGIN AS_PATH NEXT_HOP",  Announced),
];

#[test]
fn attributes_of_an_external_peer_have_the_outcome_of_rfc_7606() {
    for (name, text, expected) in EXTERNAL_ATTRIBUTES {
        let message = update(&[], &attributes(text), &hex("200a000001"));
        assert_eq!(outcome(&message, &EXTERNAL), *expected, "{name}");
    }
}

/// The same of an internal peer, where it differs.
#[rustfmt::skip] // Read it by its columns.
const INTERNAL_ATTRIBUTES: &[(&str, &str, Outcome)] = &[
    ("all in order",             "ORIGIN 400200 NEXT_HOP LOCAL_PREF",                Announced),
    ("LOCAL_PREF missing",       "ORIGIN 400200 NEXT_HOP",                           Withdrawn),
    ("LOCAL_PREF of 1 octet",    "ORIGIN 400200 NEXT_HOP 40050100",                  Withdrawn),
    ("ORIGINATOR_ID",            "ORIGIN 400200 NEXT_HOP LOCAL_PREF 8009040a000001", Announced),
    ("ORIGINATOR_ID of 3",       "ORIGIN 400200 NEXT_HOP LOCAL_PREF 8009030a0000",   Withdrawn),
    ("CLUSTER_LIST",             "ORIGIN 400200 NEXT_HOP LOCAL_PREF 800a040a000001", Announced),
    ("CLUSTER_LIST empty",       "ORIGIN 400200 NEXT_HOP LOCAL_PREF 800a00",         Withdrawn),
    ("CLUSTER_LIST of 3 octets", "ORIGIN 400200 NEXT_HOP LOCAL_PREF 800a030a0000",   Withdrawn),
];

#[test]
fn attributes_of_an_internal_peer_have_the_outcome_of_rfc_7606() {
    for (name, text, expected) in INTERNAL_ATTRIBUTES {
        let message = update(&[], &attributes(text), &hex("200a000001"));
        assert_eq!(outcome(&message, &INTERNAL), *expected, "{name}");
    }
}

/// Attributes of an UPDATE of an external peer without NLRI.
#[rustfmt::skip] // Read it by its columns.
const WITHOUT_NLRI: &[(&str, &str, Outcome)] = &[
    ("withdrawal of ::/0",            "800f04 000201 00",                                       Withdrawal),
    ("withdrawal, wrong flags",       "c00f04 000201 00",                                       Withdrawn),
    ("attributes for nothing",        "ORIGIN AS_PATH NEXT_HOP",                                Nothing),
    ("withdrawal, broken ORIGIN",     "800f04 000201 00 40010105",                              Reset(3, 6)),
    ("nothing, broken ORIGIN",        "40010105",                                               Reset(3, 6)),
    ("nothing, ORIGIN flags",         "c0010100",                                               Reset(3, 4)),
    ("nothing, ORIGIN length",        "4001020000",                                             Reset(3, 5)),
    ("nothing, broken NEXT_HOP",      "4003047f000001",                                         Reset(3, 8)),
    ("nothing, broken AS_PATH",       "4002020200",                                             Reset(3, 11)),
    ("nothing, attribute beyond",     "40010500",                                               Reset(3, 1)),
    ("IPv6 without ORIGIN",           "800e16 000201 10 20010db8000000000000000000000001 00 00 AS_PATH", Withdrawn),
    ("IPv6",                          "800e16 000201 10 20010db8000000000000000000000001 00 00 ORIGIN AS_PATH", Announced),
    ("IPv6, broken MED",              "800e16 000201 10 20010db8000000000000000000000001 00 00 ORIGIN AS_PATH 80040100", Withdrawn),
    ("IPv6, behind the others",       "ORIGIN AS_PATH 800e16 000201 10 20010db8000000000000000000000001 00 00", Announced),
];

#[test]
fn an_update_that_announces_nothing_is_judged_strictly() {
    for (name, text, expected) in WITHOUT_NLRI {
        let message = update(&[], &attributes(text), &[]);
        assert_eq!(outcome(&message, &EXTERNAL), *expected, "{name}");
    }
}

/// Whole bodies of UPDATEs.
#[rustfmt::skip] // Read it by its columns.
const BODIES: &[(&str, &str, Outcome)] = &[
    ("length of attributes wraps in 16 bits", "0000 fff0",                                          Reset(3, 1)),
    ("the same, by the sum of all lengths",   "0000 ffe9",                                          Reset(3, 1)),
    ("withdrawn routes beyond the end",       "ffff 0000",                                          Reset(3, 1)),
    ("no length of attributes",               "0001 00 00",                                         Reset(3, 1)),
    // GoBGP CVE-2026-37462: a prefix cut by its field, or an attribute by its.
    ("withdrawn prefix cut",                  "0002 200a 0000 010000",                              Reset(3, 10)),
    ("ORIGIN cut, its value a route",         "0000 0003 40010100",                                 Withdrawn),
    ("ORIGIN cut, no route",                  "0000 0003 400101",                                   Reset(3, 1)),
    ("withdrawn /33",                         "0006 210a00000000 0000",                             Reset(3, 10)),
    ("NLRI /33",                              "0000 0014 40010100 40020602010000fde8 400304c0000201 210a00000100", Reset(3, 10)),
    ("NLRI cut",                              "0000 0014 40010100 40020602010000fde8 400304c0000201 200a0000",     Reset(3, 10)),
    // GoBGP CVE-2026-30405: a NEXT_HOP of 2 octets, taken for 4.
    ("NEXT_HOP of 2 octets",                  "0000 000d 40010102 400200 4003020102 01 18c0a801",   Withdrawn),
    // FRR CVE-2023-46753: no mandatory attribute, and an MP_REACH_NLRI that is not one.
    ("attributes of nonsense",                "0000 0014 ff1f001000040146464646460004464646464646664646f50d05800100010200ffff000000", Reset(3, 10)),
    // FRR CVE-2023-47235: an attribute that is cut, in front of routes.
    ("cut attribute and routes",              "0000 0003 c0ff00 010100eb00ac100b0b001ad908ac100b0b", Reset(3, 10)),
];

#[test]
fn bodies_that_broke_somebody_have_an_answer() {
    for (name, body, expected) in BODIES {
        assert_eq!(
            outcome(&message(2, &hex(body)), &EXTERNAL),
            *expected,
            "{name}"
        );
    }
}

#[test]
fn a_large_unknown_attribute_is_nothing_special() {
    // 2010-08-27: 3000 octets of attribute 99 made routers corrupt it when they passed it on.
    let mut all = attributes("ORIGIN AS_PATH NEXT_HOP d0630bb8");
    all.resize(all.len() + 3000, 0);
    assert_eq!(
        outcome(&update(&[], &all, &hex("200a000001")), &EXTERNAL),
        Announced
    );
}
