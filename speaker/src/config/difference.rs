use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use toml::{Table, Value};

use super::Config;
use crate::model::{PeerChange, peer_change};

/// In what two configurations differ, key by key as `--check` prints them, in the order of the keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) changes: Vec<Change>,
}

/// One key that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// As `peers.tor1.hold-time`.
    pub(crate) key: String,
    /// As the file would have it; `None`: it was not there.
    pub(crate) old: Option<String>,
    /// `None`: it is not there any more.
    pub(crate) new: Option<String>,
    pub(crate) effect: Effect,
}

/// What it takes to bring a change into force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nobody notices.
    None,
    /// The session with the peer ends, and begins anew if the peer is still there.
    SessionReset,
    /// It is not in force before the speaker is started again.
    Restart,
}

/// What is read at the start only: sockets, and what the API says that this speaker is.
const RESTART: [&str; 7] = [
    "asn",
    "router-id",
    "listen",
    "api.",
    "drain.",
    "metrics.",
    "logging.format",
];

impl Difference {
    /// What has to change to come from `old` to `new`.
    pub(crate) fn between(old: &Config, new: &Config) -> Self {
        let resets = resets(old, new);
        let effect = |path: &str| {
            if RESTART.iter().any(|key| is_under(path, key)) {
                Effect::Restart
            } else if resets.iter().any(|key| is_under(path, key)) {
                Effect::SessionReset
            } else {
                Effect::None
            }
        };
        let (old, new) = (flat(old), flat(new));
        let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let changed = paths
            .into_iter()
            .filter(|path| old.get(*path) != new.get(*path));
        let changes = changed.map(|path| Change {
            key: path.clone(),
            old: old.get(path).cloned(),
            new: new.get(path).cloned(),
            effect: effect(path),
        });
        Self {
            changes: changes.collect(),
        }
    }
}

/// The peers of `old` whose sessions do not outlive the change, as `peers.NAME.`.
fn resets(old: &Config, new: &Config) -> Vec<String> {
    let ends = old.peers.iter().filter(|peer| {
        let mut same = new.peers.iter().filter(|other| other.name == peer.name);
        !same.any(|other| matches!(peer_change(peer, other), PeerChange::InPlace(_)))
    });
    ends.map(|peer| format!("peers.{}.", peer.name)).collect()
}

/// Whether `path` is `key`, or in the section that `key` names by its final dot.
fn is_under(path: &str, key: &str) -> bool {
    path == key || (key.ends_with('.') && path.starts_with(key))
}

/// Each value of the file by its path. The sections of an array are named by their names, since their places tell nothing.
fn flat(config: &Config) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    // What the display form of a configuration always is.
    if let Ok(table) = config.to_string().parse::<Table>() {
        walk("", &table, &mut values);
    }
    values
}

fn walk(path: &str, table: &Table, values: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let path = match path.is_empty() {
            true => key.clone(),
            false => format!("{path}.{key}"),
        };
        match value {
            Value::Table(table) => walk(&path, table, values),
            Value::Array(items) if items.iter().any(Value::is_table) => {
                for table in items.iter().filter_map(Value::as_table) {
                    walk(&format!("{path}.{}", name(table)), table, values);
                }
            }
            value => {
                values.insert(path, value.to_string());
            }
        }
    }
}

/// What makes a section of an array itself.
fn name(table: &Table) -> &str {
    let name = table.get("name").or_else(|| table.get("prefix"));
    name.and_then(Value::as_str).unwrap_or_default()
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            key,
            old,
            new,
            effect,
        } = self;
        match (old, new) {
            (Some(old), Some(new)) => write!(f, "{key}: {old} -> {new}"),
            (None, Some(new)) => write!(f, "{key}: + {new}"),
            (Some(old), None) => write!(f, "{key}: - {old}"),
            (None, None) => write!(f, "{key}"),
        }?;
        match effect {
            Effect::None => Ok(()),
            Effect::SessionReset => f.write_str(" (resets the session)"),
            Effect::Restart => f.write_str(" (needs a restart)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(old: &str, new: &str) -> Vec<String> {
        let parse = |text: &str| {
            let text = format!("asn = 64512\nrouter-id = \"10.0.0.1\"\n{text}");
            Config::parse(&text).unwrap()
        };
        let Difference { changes } = Difference::between(&parse(old), &parse(new));
        changes.iter().map(Change::to_string).collect()
    }

    const PEER: &str = "[[peers]]\nname = \"tor1\"\naddress = \"10.0.0.254\"\nasn = 64513\n";

    #[test]
    fn equal_files_do_not_differ_whatever_is_written_out() {
        let written_out = format!("{PEER}hold-time = \"90s\"\n");
        assert!(between(PEER, &written_out).is_empty());
    }

    #[test]
    fn a_key_of_a_peer_is_named_with_the_peer_and_both_values() {
        assert_eq!(
            between(PEER, &format!("{PEER}families = [\"ipv4-unicast\"]\n")),
            [
                "peers.tor1.families: [\"ipv4-unicast\", \"ipv6-unicast\"] -> [\"ipv4-unicast\"] \
                 (resets the session)"
            ]
        );
    }

    #[test]
    fn whether_a_peer_is_required_concerns_no_session() {
        assert_eq!(
            between(PEER, &format!("{PEER}required = false\n")),
            ["peers.tor1.required: true -> false"]
        );
    }

    #[test]
    fn the_order_of_sections_means_nothing() {
        let a = "[[routes]]\nprefix = \"192.0.2.1/32\"\n";
        let b = "[[routes]]\nprefix = \"192.0.2.2/32\"\n";
        assert!(between(&format!("{a}{b}"), &format!("{b}{a}")).is_empty());
    }

    #[test]
    fn what_needs_a_restart_says_so() {
        assert_eq!(
            between("", "listen = []\n[logging]\nlevel = \"debug\"\n"),
            [
                "listen: [\"0.0.0.0:179\", \"[::]:179\"] -> [] (needs a restart)",
                "logging.level: \"info\" -> \"debug\"",
            ]
        );
    }

    #[test]
    fn a_route_that_is_new_shows_its_keys() {
        let changes = between("", "[[routes]]\nprefix = \"192.0.2.1/32\"\nmed = 5\n");
        assert!(
            changes.contains(&"routes.192.0.2.1/32.med: + 5".to_owned()),
            "{changes:?}"
        );
    }
}
