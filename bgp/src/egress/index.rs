//! From a prefix to the number of its route, in the order of prefixes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::route_set::RouteId;
use crate::net::Prefix;

/// Prefixes by address and length. Of each family for itself, because an IPv4 prefix takes a third of the memory of an
/// IPv6 one.
#[derive(Debug, Default)]
pub(super) struct Index {
    ipv4: Sorted<Key<4>>,
    ipv6: Sorted<Key<16>>,
}

/// Octets in the order of an address, and the length.
type Key<const OCTETS: usize> = ([u8; OCTETS], u8);

impl Index {
    pub(super) fn find(&self, prefix: Prefix) -> Option<RouteId> {
        match prefix.address() {
            IpAddr::V4(address) => self.ipv4.find(&ipv4_key(address, prefix)),
            IpAddr::V6(address) => self.ipv6.find(&ipv6_key(address, prefix)),
        }
    }

    /// The number of a prefix; the one that `number` makes for it, if it had none.
    pub(super) fn enter(&mut self, prefix: Prefix, number: impl FnOnce() -> RouteId) -> RouteId {
        match prefix.address() {
            IpAddr::V4(address) => self.ipv4.enter(ipv4_key(address, prefix), number),
            IpAddr::V6(address) => self.ipv6.enter(ipv6_key(address, prefix), number),
        }
    }

    pub(super) fn remove(&mut self, prefix: Prefix) {
        match prefix.address() {
            IpAddr::V4(address) => self.ipv4.remove(&ipv4_key(address, prefix)),
            IpAddr::V6(address) => self.ipv6.remove(&ipv6_key(address, prefix)),
        }
    }

    /// The numbers of the prefixes behind this one (all: `None`), in their order.
    pub(super) fn behind(&self, after: Option<Prefix>) -> impl Iterator<Item = RouteId> {
        let (ipv4, ipv6) = match after.map(|prefix| (prefix, prefix.address())) {
            None => (Some(None), None),
            Some((prefix, IpAddr::V4(address))) => (Some(Some(ipv4_key(address, prefix))), None),
            Some((prefix, IpAddr::V6(address))) => (None, Some(ipv6_key(address, prefix))),
        };
        let ipv4 = ipv4.into_iter().flat_map(|after| self.ipv4.behind(after));
        ipv4.chain(self.ipv6.behind(ipv6))
    }
}

fn ipv4_key(address: Ipv4Addr, prefix: Prefix) -> Key<4> {
    (address.octets(), prefix.length())
}

fn ipv6_key(address: Ipv6Addr, prefix: Prefix) -> Key<16> {
    (address.octets(), prefix.length())
}

/// Rows in order, in chunks of bounded length: what a B-tree would be with two levels, of which the lower one is as
/// full as rows that come in order leave it, and two thirds full if they come in any order.
#[derive(Debug)]
struct Sorted<K> {
    chunks: Vec<Chunk<K>>,
    /// Where a row was put in last: the next one is often beside it.
    recent: usize,
}

#[derive(Debug)]
struct Chunk<K> {
    /// No key is less. Beside the others', so that looking for a chunk reads no rows.
    from: K,
    rows: Vec<(K, RouteId)>,
}

/// A row is put in by moving half of them on average, which takes some hundred nanoseconds. So does what is moved to
/// put a chunk in, for each of the rows that fill it, in a table of a million.
const CHUNK_ROWS: usize = 256;

impl<K> Default for Sorted<K> {
    fn default() -> Self {
        Self {
            chunks: Vec::new(),
            recent: 0,
        }
    }
}

impl<K: Copy + Ord> Sorted<K> {
    fn find(&self, key: &K) -> Option<RouteId> {
        let chunk = self.chunks.get(self.chunk_of(key))?;
        let row = chunk.rows.get(chunk.place_of(key).ok()?)?;
        Some(row.1)
    }

    fn enter(&mut self, key: K, number: impl FnOnce() -> RouteId) -> RouteId {
        let index = match self.covers(self.recent, &key) {
            true => self.recent,
            false => self.chunk_of(&key),
        };
        self.recent = index;
        let is_last = index + 1 >= self.chunks.len();
        let Some(chunk) = self.chunks.get_mut(index) else {
            return self.open(key, number());
        };
        let place = match chunk.place_of(&key) {
            Ok(place) => return chunk.rows.get(place).map_or_else(number, |row| row.1),
            Err(place) => place,
        };
        let id = number();
        if chunk.rows.len() < CHUNK_ROWS {
            chunk.put(place, key, id);
        } else if is_last && place == CHUNK_ROWS {
            // Rows that come in order leave full chunks behind.
            return self.open(key, id);
        } else {
            let mut upper = chunk.split();
            match place.checked_sub(chunk.rows.len()) {
                Some(place) => upper.put(place, key, id),
                None => chunk.put(place, key, id),
            }
            self.chunks.insert(index + 1, upper);
        }
        id
    }

    fn remove(&mut self, key: &K) {
        let index = self.chunk_of(key);
        let Some(chunk) = self.chunks.get_mut(index) else {
            return;
        };
        if let Ok(place) = chunk.place_of(key) {
            chunk.rows.remove(place);
        }
        if chunk.rows.is_empty() {
            self.chunks.remove(index);
        }
    }

    fn behind(&self, after: Option<K>) -> impl Iterator<Item = RouteId> {
        let first = after.map_or(0, |after| self.chunk_of(&after));
        let chunks = self.chunks.get(first..).unwrap_or_default().iter();
        let mut skip = after.map_or(0, |after| {
            let chunk = self.chunks.get(first);
            chunk.map_or(0, |chunk| match chunk.place_of(&after) {
                Ok(place) => place + 1,
                Err(place) => place,
            })
        });
        chunks.flat_map(move |chunk| {
            let skipped = std::mem::take(&mut skip);
            let rows = chunk.rows.get(skipped..).unwrap_or_default();
            rows.iter().map(|row| row.1)
        })
    }

    /// Which chunk has the key, if one has: the last that begins with it or before, or the first.
    fn chunk_of(&self, key: &K) -> usize {
        let before = self.chunks.partition_point(|chunk| chunk.from <= *key);
        before.saturating_sub(1)
    }

    /// Whether a chunk is where the key belongs.
    fn covers(&self, index: usize, key: &K) -> bool {
        let begins = self
            .chunks
            .get(index)
            .is_some_and(|chunk| chunk.from <= *key);
        begins
            && self
                .chunks
                .get(index + 1)
                .is_none_or(|next| next.from > *key)
    }

    /// Adds a chunk at the end.
    fn open(&mut self, key: K, id: RouteId) -> RouteId {
        self.recent = self.chunks.len();
        self.chunks.push(Chunk {
            from: key,
            rows: vec![(key, id)],
        });
        id
    }
}

impl<K: Copy + Ord> Chunk<K> {
    fn put(&mut self, place: usize, key: K, id: RouteId) {
        self.from = self.from.min(key);
        self.rows.insert(place, (key, id));
    }

    /// Takes the upper half out.
    fn split(&mut self) -> Self {
        let rows = self.rows.split_off(self.rows.len() / 2);
        Self {
            from: rows.first().map_or(self.from, |row| row.0),
            rows,
        }
    }

    fn place_of(&self, key: &K) -> Result<usize, usize> {
        match self.rows.last() {
            Some((last, _)) if last < key => Err(self.rows.len()),
            _ => self.rows.binary_search_by(|(other, _)| other.cmp(key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn id(index: usize) -> RouteId {
        RouteId::from_index(index)
    }

    fn prefixes() -> impl Strategy<Value = Prefix> {
        let ipv4 = (0_u32..4096, 20_u8..=32).prop_map(|(address, length)| {
            let address = Ipv4Addr::from(0x0A00_0000 + address);
            Prefix::masked(address.into(), length).unwrap()
        });
        let ipv6 = (0_u128..64, 120_u8..=128).prop_map(|(address, length)| {
            Prefix::masked(Ipv6Addr::from(address).into(), length).unwrap()
        });
        prop_oneof![8 => ipv4, 1 => ipv6]
    }

    proptest! {
        #[test]
        fn behaves_as_an_ordered_map(
            // Enough for chunks to be split and to become empty.
            entered in vec(prefixes(), 0..3000),
            removed in vec(prefixes(), 0..3000),
            after in prefixes(),
        ) {
            let mut index = Index::default();
            let mut model = BTreeMap::new();
            for (number, prefix) in entered.iter().enumerate() {
                let expected = *model.entry(*prefix).or_insert(id(number));
                prop_assert_eq!(index.enter(*prefix, || id(number)), expected);
            }
            for prefix in &removed {
                index.remove(*prefix);
                model.remove(prefix);
            }
            for prefix in entered.iter().chain(&removed) {
                prop_assert_eq!(index.find(*prefix), model.get(prefix).copied());
            }
            prop_assert!(index.behind(None).eq(model.values().copied()));
            let behind = model.range(after..).filter(|(prefix, _)| **prefix != after);
            prop_assert!(index.behind(Some(after)).eq(behind.map(|(_, id)| *id)));
            for prefix in model.keys() {
                index.remove(*prefix);
            }
            prop_assert!(index.ipv4.chunks.is_empty() && index.ipv6.chunks.is_empty());
        }
    }

    #[test]
    fn rows_that_come_in_order_fill_their_chunks() {
        let mut sorted = Sorted::default();
        for key in 0..10 * CHUNK_ROWS {
            sorted.enter(key, || id(key));
        }
        assert_eq!(sorted.chunks.len(), 10);
    }
}
