/// The number of a route: dense, so that a set of routes is a row of bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RouteId(u32);

impl RouteId {
    /// Memory ends before the 2^32 routes at which this would saturate.
    pub(super) fn from_index(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }

    fn word(self) -> usize {
        self.index() / 64
    }

    fn bit(self) -> u64 {
        1 << (self.0 % 64)
    }
}

/// A set of routes, one bit each.
#[derive(Clone, Debug, Default)]
pub(super) struct RouteSet {
    words: Vec<u64>,
    len: usize,
    /// No word before this one has a bit, so that draining a set from its front does not read it
    /// again and again.
    front: usize,
}

impl RouteSet {
    /// Whether it was not in there.
    pub(super) fn insert(&mut self, id: RouteId) -> bool {
        if id.word() >= self.words.len() {
            self.words.resize(id.word() + 1, 0);
        }
        let Some(word) = self.words.get_mut(id.word()) else {
            return false;
        };
        if *word & id.bit() != 0 {
            return false;
        }
        *word |= id.bit();
        self.len += 1;
        self.front = self.front.min(id.word());
        true
    }

    /// Whether it was in there.
    pub(super) fn remove(&mut self, id: RouteId) -> bool {
        match self.words.get_mut(id.word()) {
            Some(word) if *word & id.bit() != 0 => {
                *word &= !id.bit();
                self.len -= 1;
                true
            }
            _ => false,
        }
    }

    pub(super) fn contains(&self, id: RouteId) -> bool {
        self.words
            .get(id.word())
            .is_some_and(|word| word & id.bit() != 0)
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The one with the smallest number.
    pub(super) fn first(&mut self) -> Option<RouteId> {
        if self.is_empty() {
            return None;
        }
        let rest = self.words.get(self.front..)?;
        let (empty, word) = rest.iter().enumerate().find(|(_, word)| **word != 0)?;
        self.front += empty;
        Some(member(self.front, *word))
    }

    /// All, by their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = RouteId> {
        let words = self.words.iter().enumerate().skip(self.front);
        words.flat_map(|(index, word)| {
            let without_lowest = |word: &u64| Some(word & (word - 1)).filter(|rest| *rest != 0);
            let start = Some(*word).filter(|word| *word != 0);
            std::iter::successors(start, without_lowest).map(move |word| member(index, word))
        })
    }
}

impl Extend<RouteId> for RouteSet {
    fn extend<I: IntoIterator<Item = RouteId>>(&mut self, ids: I) {
        for id in ids {
            self.insert(id);
        }
    }
}

impl FromIterator<RouteId> for RouteSet {
    fn from_iter<I: IntoIterator<Item = RouteId>>(ids: I) -> Self {
        let mut set = Self::default();
        set.extend(ids);
        set
    }
}

/// The lowest member of a word that has one.
fn member(index: usize, word: u64) -> RouteId {
    RouteId::from_index(index * 64 + word.trailing_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn behaves_as_an_ordered_set(steps in vec((0_usize..300, 0_u8..3), 0..400)) {
            let (mut set, mut model) = (RouteSet::default(), BTreeSet::new());
            for (index, step) in steps {
                let id = RouteId::from_index(index);
                match step {
                    0 => prop_assert_eq!(set.insert(id), model.insert(id)),
                    1 => prop_assert_eq!(set.remove(id), model.remove(&id)),
                    _ => prop_assert_eq!(set.first(), model.first().copied()),
                }
                prop_assert_eq!(set.contains(id), model.contains(&id));
                prop_assert_eq!(set.len(), model.len());
            }
            prop_assert!(set.iter().eq(model.iter().copied()));
        }
    }
}
