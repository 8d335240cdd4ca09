//! What must change so that a table holds what is wanted: single elements, nothing else.

use std::collections::BTreeMap;

use super::contents::{Contents, Elements, Picker, SetName, Value};
use super::key::Key;

/// The changes of one table. A replaced element is deleted and added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Delta {
    /// Chains to create, before any element names them.
    pub(crate) pickers: Vec<Picker>,
    /// Changes by set; sets without a change are missing.
    pub(crate) sets: BTreeMap<SetName, SetDelta>,
}

/// The changes of one set: all deletions come first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SetDelta {
    /// Elements as they are there.
    pub(crate) delete: Vec<(Key, Value)>,
    /// Elements as they are wanted.
    pub(crate) add: Vec<(Key, Value)>,
}

impl Delta {
    /// Elements to add, in all sets.
    pub(crate) fn added(&self) -> usize {
        self.sets.values().map(|delta| delta.add.len()).sum()
    }

    /// Elements to delete, in all sets.
    pub(crate) fn deleted(&self) -> usize {
        self.sets.values().map(|delta| delta.delete.len()).sum()
    }

    /// Makes the same changes to what is known, once the kernel has made them.
    pub(crate) fn apply_to(self, contents: &mut Contents) {
        contents.pickers.extend(self.pickers);
        for (set, delta) in self.sets {
            let elements = contents.sets.entry(set).or_default();
            for (key, _) in delta.delete {
                elements.remove(&key);
            }
            elements.extend(delta.add);
        }
    }
}

/// The changes from `known` to `wanted`.
pub(crate) fn diff(known: &Contents, wanted: &Contents) -> Delta {
    let none = Elements::new();
    let sets = SetName::ALL.into_iter().filter_map(|set| {
        let known = known.sets.get(&set).unwrap_or(&none);
        let wanted = wanted.sets.get(&set).unwrap_or(&none);
        let delta = SetDelta {
            delete: missing(known, wanted),
            add: missing(wanted, known),
        };
        (delta != SetDelta::default()).then_some((set, delta))
    });
    Delta {
        pickers: wanted.pickers.difference(&known.pickers).copied().collect(),
        sets: sets.collect(),
    }
}

/// The elements that `there` does not have, or has with another value.
fn missing(elements: &Elements, there: &Elements) -> Vec<(Key, Value)> {
    let differs = |(key, value): &(&Key, &Value)| there.get(key) != Some(value);
    elements
        .iter()
        .filter(differs)
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
#[path = "diff_tests.rs"]
mod tests;
