use std::collections::BTreeSet;

use bytes::BytesMut;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::net::FamilySet;
use crate::wire::attr::{Origin, encode};
use crate::wire::{DecodeContext, MAX_MESSAGE_OCTETS, Message, update};

const V4: Family = Family::Ipv4Unicast;
const V6: Family = Family::Ipv6Unicast;

fn routes(routes: &[&str]) -> Vec<Prefix> {
    routes.iter().map(|route| route.parse().unwrap()).collect()
}

fn read(message: BytesMut) -> ReceivedUpdate {
    let context = DecodeContext {
        four_octet_as: true,
        ebgp: true,
        families: FamilySet::ALL,
    };
    match Message::decode(&message.freeze(), &context).unwrap() {
        Message::Update(update) if update.faults.is_empty() => update,
        other => panic!("{other:?}"),
    }
}

/// The UPDATE that announces these prefixes, which are of one family.
fn announced(prefixes: &[Prefix]) -> ReceivedUpdate {
    let mut attributes = BytesMut::new();
    encode::origin(&mut attributes, Origin::Igp);
    encode::as_path(&mut attributes, &[], true);
    let mut out = BytesMut::new();
    let taken = match prefixes[0].family() {
        V4 => {
            encode::next_hop(&mut attributes, [192, 0, 2, 1].into());
            update::announce_ipv4(&mut out, &attributes, prefixes, MAX_MESSAGE_OCTETS)
        }
        V6 => {
            let next_hop = [7; 16].into();
            update::announce_ipv6(
                &mut out,
                next_hop,
                &attributes,
                prefixes,
                MAX_MESSAGE_OCTETS,
            )
        }
    };
    assert_eq!(taken, prefixes.len());
    read(out)
}

fn withdrawn(prefixes: &[Prefix]) -> ReceivedUpdate {
    let mut out = BytesMut::new();
    update::withdraw(&mut out, prefixes[0].family(), prefixes, MAX_MESSAGE_OCTETS);
    read(out)
}

fn remembering(remembered_prefixes: usize) -> Ingest {
    Ingest::new(Intake {
        remembered_prefixes,
        ..Intake::default()
    })
}

#[test]
fn each_family_is_counted_for_itself() {
    let mut ingest = Ingest::new(Intake::default());
    ingest
        .take(&announced(&routes(&["10.0.0.0/8", "192.0.2.1/32"])))
        .unwrap();
    ingest
        .take(&announced(&routes(&["2001:db8::/32"])))
        .unwrap();
    ingest.take(&withdrawn(&routes(&["10.0.0.0/8"]))).unwrap();
    assert_eq!((ingest.routes(V4), ingest.routes(V6)), (1, 1));
}

#[test]
fn counting_alone_takes_an_announcement_for_a_new_route() {
    let mut ingest = Ingest::new(Intake::default());
    let update = announced(&routes(&["10.0.0.0/8"]));
    ingest.take(&update).unwrap();
    ingest.take(&update).unwrap();
    assert_eq!(ingest.routes(V4), 2);
    assert!(!ingest.is_exact());
}

#[test]
fn withdrawals_of_what_was_not_announced_count_nothing_below_zero() {
    let mut ingest = Ingest::new(Intake::default());
    ingest.take(&withdrawn(&routes(&["10.0.0.0/8"]))).unwrap();
    assert_eq!(ingest.routes(V4), 0);
}

#[test]
fn a_remembered_prefix_counts_once() {
    let mut ingest = remembering(10);
    let update = announced(&routes(&["10.0.0.0/8"]));
    ingest.take(&update).unwrap();
    ingest.take(&update).unwrap();
    ingest.take(&withdrawn(&routes(&["10.0.0.0/16"]))).unwrap();
    assert_eq!(ingest.routes(V4), 1);
}

#[test]
fn too_many_to_remember_are_counted() {
    let mut ingest = remembering(2);
    let three = announced(&routes(&["10.0.0.0/8", "10.0.0.0/16", "10.0.0.0/24"]));
    ingest.take(&three).unwrap();
    assert!(!ingest.is_exact());
    assert_eq!(ingest.routes(V4), 3);
    ingest.take(&three).unwrap();
    assert_eq!(ingest.routes(V4), 6);
}

#[test]
fn one_route_more_than_allowed_is_an_excess() {
    let mut ingest = Ingest::new(Intake {
        max_ipv4_routes: Some(2),
        ..Intake::default()
    });
    ingest
        .take(&announced(&routes(&["2001:db8::/32", "::/0", "::/1"])))
        .unwrap();
    ingest
        .take(&announced(&routes(&["10.0.0.0/8", "10.0.0.0/16"])))
        .unwrap();
    let excess = Excess {
        family: V4,
        routes: 3,
        limit: 2,
    };
    assert_eq!(
        ingest.take(&announced(&routes(&["10.0.0.0/24"]))),
        Err(excess)
    );
}

#[test]
fn a_limit_of_none_allows_none() {
    let mut ingest = Ingest::new(Intake {
        max_ipv6_routes: Some(0),
        ..Intake::default()
    });
    assert!(ingest.take(&announced(&routes(&["::/0"]))).is_err());
}

proptest! {
    #[test]
    fn what_is_remembered_is_counted_as_a_set_is(
        steps in vec((any::<bool>(), vec(select(routes(&[
            "0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/9", "192.0.2.1/32", "192.0.2.2/32",
        ])), 1..6)), 0..30),
    ) {
        let mut ingest = remembering(5);
        let mut model = BTreeSet::new();
        for (announce, prefixes) in steps {
            if announce {
                ingest.take(&announced(&prefixes)).unwrap();
                model.extend(prefixes);
            } else {
                ingest.take(&withdrawn(&prefixes)).unwrap();
                model.retain(|prefix| !prefixes.contains(prefix));
            }
            prop_assert_eq!(ingest.routes(V4), model.len() as u64);
        }
        prop_assert!(ingest.is_exact());
    }
}
