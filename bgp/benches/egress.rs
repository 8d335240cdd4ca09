//! The table at the sizes that matter: applying, the first table of several peers, withdrawing.

use std::net::IpAddr;

use bellwether_bgp::egress::{Export, PeerKey, RouteAttributes, Table};
use bellwether_bgp::net::{Asn, FamilySet, Prefix};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

/// Routes, and how many attribute sets they share out among them in turns.
const SIZES: [(u32, u32); 3] = [(100_000, 1), (100_000, 5_000), (1_000_000, 1)];

/// What a driver asks for at once.
const PULL_OCTETS: usize = 64 << 10;

type Routes = Vec<(Prefix, RouteAttributes)>;

fn prefix(index: u32) -> Prefix {
    Prefix::host(IpAddr::V4((0x0A00_0000 + index).into()))
}

fn routes(count: u32, sets: u32) -> Routes {
    let attributes = |index: u32| RouteAttributes {
        med: Some(index % sets),
        ..RouteAttributes::default()
    };
    (0..count)
        .map(|index| (prefix(index), attributes(index)))
        .collect()
}

fn export() -> Export {
    Export {
        local_asn: Asn::new(64512).unwrap_or(Asn::TRANS),
        ebgp: true,
        four_octet_as: true,
        families: FamilySet::ALL,
        next_hop_ipv4: Some([192, 0, 2, 1].into()),
        next_hop_ipv6: None,
        max_message_octets: 4096,
    }
}

fn table(count: u32, sets: u32, peers: u64) -> Table {
    let mut table = Table::new();
    for peer in 0..peers {
        table.join(PeerKey(peer), export());
    }
    drain(&mut table, peers);
    table.replace("bench", routes(count, sets));
    table
}

/// Pulls for all peers in turns until each has everything. How many UPDATEs that were.
fn drain(table: &mut Table, peers: u64) -> u64 {
    let mut waiting: Vec<PeerKey> = (0..peers).map(PeerKey).collect();
    let mut updates = 0;
    while !waiting.is_empty() {
        waiting.retain(|peer| {
            let pulled = black_box(table.pull(*peer, PULL_OCTETS));
            updates += pulled.updates;
            !pulled.chunks.is_empty()
        });
    }
    updates
}

/// An empty table takes all routes of an owner.
#[divan::bench(args = SIZES)]
fn apply(bencher: Bencher<'_, '_>, (count, sets): (u32, u32)) {
    bencher
        .counter(ItemsCount::new(count))
        .with_inputs(|| routes(count, sets))
        .bench_values(|routes| {
            let mut table = Table::new();
            table.replace("bench", routes);
            table
        });
}

/// All routes of an owner once more: nothing is to be sent.
#[divan::bench(args = SIZES)]
fn apply_again(bencher: Bencher<'_, '_>, (count, sets): (u32, u32)) {
    let mut table = table(count, sets, 1);
    bencher
        .counter(ItemsCount::new(count))
        .with_inputs(|| routes(count, sets))
        .bench_local_values(|routes| table.replace("bench", routes));
}

/// Ten peers join at once and pull until each has everything.
#[divan::bench(args = SIZES)]
fn dump_to_10(bencher: Bencher<'_, '_>, (count, sets): (u32, u32)) {
    bencher
        .counter(ItemsCount::new(count))
        .with_inputs(|| {
            let mut table = Table::new();
            table.replace("bench", routes(count, sets));
            table
        })
        .bench_local_refs(|table| {
            for peer in 0..10 {
                table.join(PeerKey(peer), export());
            }
            drain(table, 10)
        });
}

/// Everything is withdrawn, which fifty peers are told.
#[divan::bench(args = SIZES)]
fn withdraw_all(bencher: Bencher<'_, '_>, (count, sets): (u32, u32)) {
    bencher
        .counter(ItemsCount::new(count))
        .with_inputs(|| {
            let mut table = table(count, sets, 50);
            drain(&mut table, 50);
            table
        })
        .bench_local_refs(|table| {
            table.replace("bench", Vec::new());
            drain(table, 50)
        });
}

/// One route of many is withdrawn and announced again, which fifty peers are told.
#[divan::bench(args = SIZES)]
fn one_change(bencher: Bencher<'_, '_>, (count, sets): (u32, u32)) {
    let mut table = table(count, sets, 50);
    drain(&mut table, 50);
    bencher.bench_local(|| {
        table.patch("bench", Vec::new(), &[prefix(7)]);
        drain(&mut table, 50);
        table.patch("bench", vec![(prefix(7), RouteAttributes::default())], &[]);
        drain(&mut table, 50)
    });
}
