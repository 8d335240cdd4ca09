//! Whatever happens in whatever order, each peer ends with what the naive model says.

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::world::{Routes, TIGHT, World, external, internal, one, with_med};
use crate::egress::{Community, Export, LargeCommunity, PeerKey, RouteAttributes};
use crate::net::{Family, FamilySet, Prefix};

const PEERS: std::ops::Range<u64> = 0..5;

#[derive(Clone, Debug)]
enum Step {
    Replace(&'static str, Routes),
    Patch(&'static str, Routes, Vec<Prefix>),
    Join(u64, Export),
    Leave(u64),
    Depreferred(u64, Option<u8>),
    Refresh(u64, Family),
    Pull(u64, usize),
    Drain(u64),
}

fn exports() -> impl Strategy<Value = Export> {
    let old_speaker = Export {
        four_octet_as: false,
        families: FamilySet::from_iter([Family::Ipv4Unicast]),
        ..external()
    };
    let without_ipv6 = Export {
        next_hop_ipv6: None,
        ..internal()
    };
    let without_any = Export {
        next_hop_ipv4: None,
        ..without_ipv6.clone()
    };
    // Most are alike, so that peers share groups.
    prop_oneof![
        4 => Just(external()),
        2 => Just(without_ipv6),
        1 => select(vec![internal(), old_speaker, without_any]),
    ]
}

fn prefixes() -> impl Strategy<Value = Prefix> {
    let all = [
        "0.0.0.0/0",
        "10.0.0.0/8",
        "10.0.0.0/16",
        "192.0.2.0/25",
        "192.0.2.1/32",
        "192.0.2.2/32",
        "192.0.2.3/32",
        "192.0.2.4/32",
        "192.0.2.5/32",
        "198.51.100.64/26",
        "::/0",
        "2001:db8::/32",
        "2001:db8::/48",
        "2001:db8::1/128",
        "2001:db8::2/128",
        "2001:db8::3/128",
    ];
    select(all.map(|text| text.parse().unwrap()).to_vec())
}

/// Few enough that routes share them, some with a next hop that is not of their family.
fn attributes() -> impl Strategy<Value = RouteAttributes> {
    let communities = btree_set((0_u32..3).prop_map(Community), 0..3);
    let next_hop = prop_oneof![
        3 => Just(None),
        1 => select(vec!["203.0.113.9", "2001:db8::9"])
            .prop_map(|address| Some(address.parse().unwrap())),
    ];
    let large = (0_u32..2).prop_map(|part| LargeCommunity([64512, part, 0]));
    let numbers = (option::of(0_u32..2), option::of(0_u32..2), 0_u8..3);
    (communities, next_hop, btree_set(large, 0..2), numbers).prop_map(
        |(communities, next_hop, large_communities, (local_pref, med, prepend))| RouteAttributes {
            communities,
            large_communities,
            local_pref,
            med,
            prepend,
            next_hop,
        },
    )
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let owner = || select(vec!["ada", "bob", "eve"]);
    let routes = || vec((prefixes(), attributes()), 0..12);
    let step = prop_oneof![
        2 => (owner(), routes()).prop_map(|(owner, routes)| Step::Replace(owner, routes)),
        4 => (owner(), routes(), vec(prefixes(), 0..6))
            .prop_map(|(owner, upsert, withdraw)| Step::Patch(owner, upsert, withdraw)),
        2 => (PEERS, exports()).prop_map(|(peer, export)| Step::Join(peer, export)),
        1 => PEERS.prop_map(Step::Leave),
        1 => (PEERS, option::of(0_u8..3))
            .prop_map(|(peer, prepend)| Step::Depreferred(peer, prepend)),
        1 => (PEERS, select(Family::ALL.to_vec()))
            .prop_map(|(peer, family)| Step::Refresh(peer, family)),
        6 => (PEERS, select(vec![1, 300, 5_000])).prop_map(|(peer, max)| Step::Pull(peer, max)),
        2 => PEERS.prop_map(Step::Drain),
    ];
    vec(step, 1..80)
}

impl World {
    fn step(&mut self, step: Step) {
        match step {
            Step::Replace(owner, routes) => drop(self.replace(owner, &routes)),
            Step::Patch(owner, upsert, withdraw) => drop(self.patch(owner, &upsert, &withdraw)),
            Step::Join(peer, export) => self.join(peer, &export),
            Step::Leave(peer) => self.leave(peer),
            Step::Depreferred(peer, prepend) => {
                self.change_export(peer, |export| export.depreferred = prepend);
            }
            Step::Refresh(peer, family) => self.table.refresh(PeerKey(peer), family),
            Step::Pull(peer, max_octets) => drop(self.pull(peer, max_octets)),
            Step::Drain(peer) => drop(self.drain(peer)),
        }
    }
}

proptest! {
    #[test]
    fn every_peer_ends_with_what_the_model_says(steps in steps()) {
        let mut world = World::with_limits(TIGHT);
        for step in steps {
            world.step(step);
            world.check_progress();
        }
        world.drain_all();
        world.check_all_done();
        // Once more: those who wait for others to be done are one group again, and stay right.
        world.patch("ada", &one("192.0.2.77/32", with_med(7)), &[]);
        world.drain_all();
        world.check_all_done();
    }
}
