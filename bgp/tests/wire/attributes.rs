//! Attributes and prefixes that are written are read as they were.

use std::net::Ipv6Addr;

use bellwether_bgp::net::{Asn, Family, Prefix};
use bellwether_bgp::wire::DecodeContext;
use bellwether_bgp::wire::attr::{self, Attribute, MpNextHop, MpReach, MpUnreach, Origin, encode};
use bellwether_bgp::wire::nlri::{self, Nlri};
use bytes::BytesMut;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{INTERNAL, asn, prefixes};

/// A peer whose ASes have two octets.
const OLD: DecodeContext = DecodeContext {
    four_octet_as: false,
    ..INTERNAL
};

fn encoded(put: impl FnOnce(&mut BytesMut)) -> BytesMut {
    let mut out = BytesMut::new();
    put(&mut out);
    out
}

/// The one attribute in these octets.
fn only<'a>(octets: &'a [u8], context: &DecodeContext) -> Attribute<'a> {
    let attributes: Vec<_> = attr::read(octets, context).collect();
    let [attribute] = attributes[..] else {
        panic!("{attributes:?} in {octets:x?}")
    };
    attribute
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn prefixes_come_back(
        ipv4 in prefixes(Family::Ipv4Unicast, 50),
        ipv6 in prefixes(Family::Ipv6Unicast, 50),
    ) {
        for (family, prefixes) in [(Family::Ipv4Unicast, ipv4), (Family::Ipv6Unicast, ipv6)] {
            let octets =
                encoded(|out| prefixes.iter().for_each(|prefix| nlri::put(out, *prefix)));
            let expected: usize = prefixes.iter().map(|prefix| nlri::encoded_len(*prefix)).sum();
            prop_assert_eq!(octets.len(), expected);
            let read: Vec<Prefix> = Nlri::new(family, &octets).unwrap().iter().collect();
            prop_assert_eq!(read, prefixes);
        }
    }

    #[test]
    fn a_path_comes_back(path in vec(asn(), 0..600)) {
        let octets = encoded(|out| encode::as_path(out, &path, true));
        let Attribute::AsPath(read) = only(&octets, &INTERNAL) else { panic!("not AS_PATH") };
        prop_assert_eq!(read.iter().collect::<Vec<_>>(), path);
    }

    #[test]
    fn a_path_of_two_octets_comes_back_with_as_trans(path in vec(asn(), 0..600)) {
        let octets = encoded(|out| encode::as_path(out, &path, false));
        let Attribute::AsPath(read) = only(&octets, &OLD) else { panic!("not AS_PATH") };
        let short = |asn: &Asn| if asn.number() > 65535 { Asn::TRANS } else { *asn };
        let expected: Vec<_> = path.iter().map(short).collect();
        prop_assert_eq!(read.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_as_trans_stood_for_comes_back(path in vec(asn(), 1..600)) {
        let octets = encoded(|out| encode::as4_path(out, &path));
        if path.iter().all(|asn| asn.number() <= 65535) {
            prop_assert!(octets.is_empty());
        } else {
            let Attribute::As4Path(read) = only(&octets, &OLD) else { panic!("not AS4_PATH") };
            prop_assert_eq!(read.iter().collect::<Vec<_>>(), path);
        }
    }

    #[test]
    fn communities_come_back(communities in vec(any::<u32>(), 1..300)) {
        let octets = encoded(|out| encode::communities(out, communities.iter().copied()));
        let Attribute::Communities(read) = only(&octets, &INTERNAL) else {
            panic!("not COMMUNITIES")
        };
        prop_assert_eq!(read.iter().collect::<Vec<_>>(), communities);
    }

    #[test]
    fn large_communities_come_back(communities in vec(any::<[u32; 3]>(), 1..100)) {
        let octets = encoded(|out| encode::large_communities(out, communities.iter().copied()));
        let Attribute::LargeCommunities(read) = only(&octets, &INTERNAL) else {
            panic!("not LARGE_COMMUNITY")
        };
        prop_assert_eq!(read.iter().collect::<Vec<_>>(), communities);
    }

    #[test]
    fn multiprotocol_routes_come_back(
        address: Ipv6Addr,
        prefixes in prefixes(Family::Ipv6Unicast, 50),
    ) {
        let octets = encoded(|out| encode::mp_reach(out, address, &prefixes));
        let Attribute::MpReach(MpReach::Announced { next_hop, nlri }) = only(&octets, &INTERNAL)
        else {
            panic!("not MP_REACH_NLRI")
        };
        prop_assert_eq!(next_hop, MpNextHop { address: address.into(), link_local: None });
        prop_assert_eq!(nlri.iter().collect::<Vec<_>>(), &prefixes[..]);

        let octets = encoded(|out| encode::mp_unreach(out, Family::Ipv6Unicast, &prefixes));
        let Attribute::MpUnreach(MpUnreach::Withdrawn(nlri)) = only(&octets, &INTERNAL) else {
            panic!("not MP_UNREACH_NLRI")
        };
        prop_assert_eq!(nlri.iter().collect::<Vec<_>>(), prefixes);
    }

    #[test]
    fn attributes_are_read_one_after_the_other(med: u32, local_pref: u32) {
        let octets = encoded(|out| {
            encode::origin(out, Origin::Egp);
            encode::med(out, med);
            encode::local_pref(out, local_pref);
        });
        let read: Vec<_> = attr::read(&octets, &INTERNAL).collect();
        let expected = [
            Attribute::Origin(Origin::Egp),
            Attribute::MultiExitDisc(med),
            Attribute::LocalPref(local_pref),
        ];
        prop_assert_eq!(read, expected);
    }
}
