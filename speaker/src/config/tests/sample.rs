//! `docs/speaker.sample.toml` is kept true.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use toml::{Table, Value};

use super::*;

fn sample() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/speaker.sample.toml");
    std::fs::read_to_string(path).unwrap()
}

/// The sample with its `#key = value` lines in force.
fn written_out() -> String {
    let lines = sample();
    let lines = lines.lines().map(|line| match line.strip_prefix('#') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase()) => rest,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_it_shows_as_a_default_is_one() {
    let config = Config::parse(&sample()).unwrap();
    assert_ne!(sample(), written_out());
    assert_eq!(Config::parse(&written_out()).unwrap(), config);
}

#[test]
fn it_has_every_key() {
    let table: Table = written_out().parse().unwrap();
    let mut shown: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let top = table.keys().map(String::as_str).collect();
    shown.insert("", top);
    for (section, value) in &table {
        let tables = match value {
            Value::Table(table) => vec![table],
            Value::Array(items) => items.iter().filter_map(Value::as_table).collect(),
            _ => continue,
        };
        let keys = tables.into_iter().flat_map(Table::keys);
        shown
            .entry(section)
            .or_default()
            .extend(keys.map(String::as_str));
    }
    for (section, known) in known_keys() {
        let shown = &shown[section];
        let missing: Vec<&String> = known
            .iter()
            .filter(|key| !shown.contains(key.as_str()))
            .collect();
        assert!(missing.is_empty(), "[{section}] lacks {missing:?}");
    }
}

/// The keys of each section, as a file hears that uses none of them.
fn known_keys() -> Vec<(&'static str, Vec<String>)> {
    let text = "x = 1\n[api]\nx = 1\n[drain]\nx = 1\n[metrics]\nx = 1\n[logging]\nx = 1\n\
                [[peers]]\nx = 1\n[[checks]]\nx = 1\n[[routes]]\nx = 1\n";
    let problems = problems(text);
    let known = |path: &str| {
        let start = format!("{path}: unknown key");
        let problem = problems.iter().find(|line| line.starts_with(&start));
        let (_, known) = problem.unwrap().split_once("known here: ").unwrap();
        let keys = known.trim_end_matches(')').split(", ");
        keys.map(str::to_owned).collect()
    };
    let sections = [
        ("", "x"),
        ("api", "api.x"),
        ("drain", "drain.x"),
        ("metrics", "metrics.x"),
        ("logging", "logging.x"),
        ("peers", "peers[0].x"),
        ("checks", "checks[0].x"),
        ("routes", "routes[0].x"),
    ];
    sections
        .map(|(section, path)| (section, known(path)))
        .into()
}
