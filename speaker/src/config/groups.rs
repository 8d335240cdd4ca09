//! What peers have in common: `[defaults]` and `[[peer-groups]]`. A peer's own key goes first, then the one of the group
//! that it names, then `[defaults]`.

use std::collections::BTreeMap;

use toml::Table;

use super::section::Section;
use crate::model::Problems;

/// The tables that peers inherit from, each with its path.
#[derive(Debug)]
pub(super) struct Groups {
    defaults: (String, Table),
    by_name: BTreeMap<String, (String, Table)>,
}

impl Groups {
    /// Reads the sections, whose keys are those of a peer: `known`. Their values are checked where a peer uses them.
    pub(super) fn read(
        defaults: Section,
        groups: Vec<Section>,
        known: &[&'static str],
        problems: &mut Problems,
    ) -> Self {
        let path = defaults.path().to_owned();
        let defaults = (path, defaults.rest(known, problems));
        let mut by_name = BTreeMap::new();
        for mut group in groups {
            let path = group.path().to_owned();
            let Some(name) = group.filled("name", problems) else {
                problems.add(group.key("name"), "is missing");
                continue;
            };
            let table = group.rest(known, problems);
            if let Some((first, _)) = by_name.get(&name) {
                let what = format!("{name:?} is the name of {first}, too");
                problems.add(format!("{path}.name"), what);
                continue;
            }
            by_name.insert(name, (path, table));
        }
        Self { defaults, by_name }
    }

    /// Gives the peer what its group and the defaults say.
    pub(super) fn apply(&self, peer: &mut Section, problems: &mut Problems) {
        if let Some(name) = peer.filled("group", problems) {
            match self.by_name.get(&name) {
                Some((path, table)) => peer.inherit(path, table.clone()),
                None => problems.add(
                    peer.key("group"),
                    format!("no peer group has the name {name:?}"),
                ),
            }
        }
        let (path, table) = &self.defaults;
        peer.inherit(path, table.clone());
    }
}
