//! What we write means the same to a decoder that others wrote.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bellwether_bgp::net::{Asn, Family, HoldTime, Prefix, RouterId};
use bellwether_bgp::wire::attr::{Origin, encode};
use bellwether_bgp::wire::{
    Capability, MAX_MESSAGE_OCTETS, Notification, Open, RefreshSubtype, RouteRefresh, keepalive,
    update,
};
use bgpkit_parser::models::{
    AsnLength, BgpMessage, BgpUpdateMessage, Community, MetaCommunity, NetworkPrefix,
};
use bgpkit_parser::parser::bgp::messages::parse_bgp_message;
use bytes::{Bytes, BytesMut};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use crate::support::{self, asn};

fn parse(message: impl Into<Bytes>, four_octet_as: bool) -> BgpMessage {
    let length = if four_octet_as {
        AsnLength::Bits32
    } else {
        AsnLength::Bits16
    };
    parse_bgp_message(&mut message.into(), false, &length).unwrap()
}

fn parse_update(message: BytesMut, four_octet_as: bool) -> BgpUpdateMessage {
    match parse(message, four_octet_as) {
        BgpMessage::Update(update) => {
            assert_eq!(update.attributes.validation_warnings(), []);
            update
        }
        other => panic!("{other:?}"),
    }
}

fn routes(theirs: &[NetworkPrefix]) -> Vec<Prefix> {
    theirs
        .iter()
        .map(|route| Prefix::try_from(route.prefix).unwrap())
        .collect()
}

fn numbers(path: &[Asn]) -> Vec<u32> {
    path.iter().map(|asn| asn.number()).collect()
}

/// The 32 bits of a community; the well-known ones are those of RFC 1997.
fn number(community: Community) -> u32 {
    match community {
        Community::NoExport => 0xffff_ff01,
        Community::NoAdvertise => 0xffff_ff02,
        Community::NoExportSubConfed => 0xffff_ff03,
        Community::Custom(asn, value) => u32::from(asn) << 16 | u32::from(value),
    }
}

/// Routes without a default route: bgpkit takes an octet of 0 at the start of a field for the
/// path identifier of ADD-PATH.
fn prefixes(family: Family, most: usize) -> impl Strategy<Value = Vec<Prefix>> {
    let routes = support::prefix(family).prop_filter("a default route", |route| route.length() > 0);
    vec(routes, 1..=most)
}

/// The attributes of a route, but for its next hop.
#[derive(Clone, Debug)]
struct Attributes {
    path: Vec<Asn>,
    med: u32,
    local_pref: u32,
    communities: Vec<u32>,
    large_communities: Vec<[u32; 3]>,
}

prop_compose! {
    fn attributes()(
        path in vec(asn(), 0..300),
        med: u32,
        local_pref: u32,
        communities in btree_set(any::<u32>(), 0..100),
        large_communities in btree_set(any::<[u32; 3]>(), 0..40),
    ) -> Attributes {
        let communities = communities.into_iter().collect();
        let large_communities = large_communities.into_iter().collect();
        Attributes { path, med, local_pref, communities, large_communities }
    }
}

impl Attributes {
    fn encode(&self, next_hop: Option<Ipv4Addr>, four_octet_as: bool) -> BytesMut {
        let mut out = BytesMut::new();
        encode::origin(&mut out, Origin::Incomplete);
        encode::as_path(&mut out, &self.path, four_octet_as);
        if let Some(next_hop) = next_hop {
            encode::next_hop(&mut out, next_hop);
        }
        encode::med(&mut out, self.med);
        encode::local_pref(&mut out, self.local_pref);
        encode::communities(&mut out, self.communities.iter().copied());
        if !four_octet_as {
            encode::as4_path(&mut out, &self.path);
        }
        encode::large_communities(&mut out, self.large_communities.iter().copied());
        out
    }

    fn check(&self, theirs: &BgpUpdateMessage) {
        let theirs = &theirs.attributes;
        assert_eq!(u8::from(theirs.origin()), 2);
        // Of both attributes, where the ASes have two octets.
        let path = theirs
            .effective_as_path()
            .and_then(|path| path.to_u32_vec_opt(false));
        assert_eq!(path.unwrap_or_default(), numbers(&self.path));
        assert_eq!(theirs.multi_exit_discriminator(), Some(self.med));
        assert_eq!(theirs.local_preference(), Some(self.local_pref));
        let (mut communities, mut large_communities) = (Vec::new(), Vec::new());
        for community in theirs.iter_communities() {
            match community {
                MetaCommunity::Plain(community) => communities.push(number(community)),
                MetaCommunity::Large(community) => {
                    let [first, second] = community.local_data;
                    large_communities.push([community.global_admin, first, second]);
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(communities, self.communities);
        assert_eq!(large_communities, self.large_communities);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn announced_ipv4_routes_mean_the_same(
        attributes in attributes(),
        four_octet_as: bool,
        expected in prefixes(Family::Ipv4Unicast, 50),
    ) {
        let next_hop = Ipv4Addr::new(192, 0, 2, 1);
        let mut out = BytesMut::new();
        let encoded = attributes.encode(Some(next_hop), four_octet_as);
        let taken = update::announce_ipv4(&mut out, &encoded, &expected, MAX_MESSAGE_OCTETS);
        prop_assert_eq!(taken, expected.len());
        let theirs = parse_update(out, four_octet_as);
        prop_assert_eq!(routes(&theirs.announced_prefixes), expected);
        prop_assert_eq!(theirs.attributes.next_hop(), Some(IpAddr::V4(next_hop)));
        attributes.check(&theirs);
    }

    #[test]
    fn announced_ipv6_routes_mean_the_same(
        attributes in attributes(),
        four_octet_as: bool,
        next_hop: Ipv6Addr,
        expected in prefixes(Family::Ipv6Unicast, 30),
    ) {
        let mut out = BytesMut::new();
        let encoded = attributes.encode(None, four_octet_as);
        let taken =
            update::announce_ipv6(&mut out, next_hop, &encoded, &expected, MAX_MESSAGE_OCTETS);
        prop_assert_eq!(taken, expected.len());
        let theirs = parse_update(out, four_octet_as);
        let reach = theirs.attributes.get_reachable_nlri().unwrap();
        prop_assert_eq!(routes(&reach.prefixes), expected);
        prop_assert_eq!(reach.next_hop.unwrap().addr(), IpAddr::V6(next_hop));
        attributes.check(&theirs);
    }

    #[test]
    fn withdrawn_routes_mean_the_same(
        ipv4 in prefixes(Family::Ipv4Unicast, 50),
        ipv6 in prefixes(Family::Ipv6Unicast, 30),
    ) {
        let mut out = BytesMut::new();
        update::withdraw(&mut out, Family::Ipv4Unicast, &ipv4, MAX_MESSAGE_OCTETS);
        prop_assert_eq!(routes(&parse_update(out, true).withdrawn_prefixes), ipv4);
        let mut out = BytesMut::new();
        update::withdraw(&mut out, Family::Ipv6Unicast, &ipv6, MAX_MESSAGE_OCTETS);
        let theirs = parse_update(out, true);
        prop_assert_eq!(routes(&theirs.attributes.get_unreachable_nlri().unwrap().prefixes), ipv6);
    }

    #[test]
    fn an_open_means_the_same(asn in asn(), seconds in 3..=u16::MAX, bits in 1..=u32::MAX) {
        let open = Open {
            asn,
            hold_time: HoldTime::from_secs(seconds).unwrap(),
            router_id: RouterId::new(bits).unwrap(),
            capabilities: vec![
                Capability::family(Family::Ipv4Unicast),
                Capability::family(Family::Ipv6Unicast),
                Capability::RouteRefresh,
                Capability::FourOctetAs(asn),
            ],
        };
        let BgpMessage::Open(theirs) = parse(open.encode(), true) else { panic!("not an OPEN") };
        prop_assert_eq!(theirs.version, 4);
        prop_assert_eq!(u32::from(theirs.asn), u32::from(asn.two_octets()));
        prop_assert_eq!(theirs.hold_time, seconds);
        prop_assert_eq!(theirs.bgp_identifier, Ipv4Addr::from_bits(bits));
        prop_assert_eq!(theirs.opt_params.len(), 1);
    }
}

#[test]
fn the_other_messages_mean_the_same() {
    assert!(matches!(parse(keepalive(), true), BgpMessage::KeepAlive));
    let shutdown = Notification::administrative_shutdown("bye").encode();
    let BgpMessage::Notification(theirs) = parse(shutdown, true) else {
        panic!("not a NOTIFICATION")
    };
    assert_eq!(theirs.error.get_codes(), (6, 2));
    assert_eq!(theirs.data, b"\x03bye");
    let request = RouteRefresh {
        afi: 2,
        subtype: RefreshSubtype::Request,
        safi: 1,
    };
    assert!(matches!(
        parse(request.encode(), true),
        BgpMessage::RouteRefresh(_)
    ));
}
