//! What a table takes for each route, in octets that the allocator was asked for.
//!
//! Prints a row for each size: when the routes were applied, when ten peers have them, and the most that there was on
//! the way.
#![expect(
    unsafe_code,
    reason = "an allocator that counts is an unsafe trait over the system's"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use bellwether_bgp::egress::{Export, PeerKey, RouteAttributes, Table};
use bellwether_bgp::net::{Asn, Family, FamilySet, Prefix};

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(now, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn export() -> Export {
    Export {
        local_asn: Asn::new(64512).unwrap_or(Asn::TRANS),
        ebgp: true,
        four_octet_as: true,
        families: FamilySet::ALL,
        next_hop_ipv4: Some([192, 0, 2, 1].into()),
        next_hop_ipv6: Some([1; 16].into()),
        max_message_octets: 4096,
    }
}

/// In an order that is not that of the addresses, as owners name them.
fn prefix(family: Family, index: u32) -> Prefix {
    let shuffled = index.wrapping_mul(0x9E37_79B1);
    Prefix::host(match family {
        Family::Ipv4Unicast => IpAddr::V4(shuffled.into()),
        Family::Ipv6Unicast => IpAddr::V6((0x2001_0db8_u128 << 96 | u128::from(shuffled)).into()),
    })
}

/// Applied as an owner does that names a thousand at a time.
fn fill(table: &mut Table, family: Family, count: u32, sets: u32) {
    let attributes = |index: u32| RouteAttributes {
        med: Some(index % sets),
        ..RouteAttributes::default()
    };
    for start in (0..count).step_by(1000) {
        let routes = (start..count.min(start + 1000))
            .map(|index| (prefix(family, index), attributes(index)))
            .collect();
        table.patch("bench", routes, &[]);
    }
}

fn measure(family: Family, count: u32, sets: u32) {
    let start = NOW.load(Ordering::Relaxed);
    let per_route = |octets: usize| (octets - start) as f64 / f64::from(count);
    let mut table = Table::new();
    fill(&mut table, family, count, sets);
    let applied = per_route(NOW.load(Ordering::Relaxed));
    MOST.store(NOW.load(Ordering::Relaxed), Ordering::Relaxed);
    for peer in 0..10 {
        table.join(PeerKey(peer), export());
    }
    for peer in 0..10 {
        while !table.pull(PeerKey(peer), 64 << 10).chunks.is_empty() {}
    }
    let sent = per_route(NOW.load(Ordering::Relaxed));
    let most = per_route(MOST.load(Ordering::Relaxed));
    println!("{family:<14}{count:>9}{sets:>7}{applied:>10.1}{sent:>10.1}{most:>10.1}");
}

fn main() {
    println!("family           routes   sets   applied      sent      most   (octets a route)");
    for (count, sets) in [(10_000, 1), (100_000, 1), (100_000, 5_000), (1_000_000, 1)] {
        measure(Family::Ipv4Unicast, count, sets);
    }
    measure(Family::Ipv6Unicast, 100_000, 1);
}
