use std::collections::BTreeMap;
use std::time::Duration;

use toml::{Table, Value};

use crate::model::Problems;

/// A table of the file from which keys are taken; what nobody took is unknown.
///
/// Each `take` notes a value of the wrong type as a problem and answers as if it were not there, so that one reading
/// finds everything.
#[derive(Debug)]
pub(super) struct Section {
    path: String,
    table: Table,
    known: Vec<&'static str>,
    /// Tables that are asked in this order for what this one does not say, each with its path.
    inherited: Vec<(String, Table)>,
    /// The keys that were taken from one of these, each with the path it really has.
    origins: BTreeMap<&'static str, String>,
}

impl Section {
    /// The table that is found under `path`; empty for the file itself.
    pub(super) fn new(path: impl Into<String>, table: Table) -> Self {
        Self {
            path: path.into(),
            table,
            known: Vec::new(),
            inherited: Vec::new(),
            origins: BTreeMap::new(),
        }
    }

    /// Takes what is not said here from `table`, which is found under `path`, after those inherited before.
    pub(super) fn inherit(&mut self, path: impl Into<String>, table: Table) {
        self.inherited.push((path.into(), table));
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The path of a key in this table, or in the one that it was inherited from.
    pub(super) fn key(&self, key: &str) -> String {
        if let Some(origin) = self.origins.get(key) {
            origin.clone()
        } else {
            join(&self.path, key)
        }
    }

    pub(super) fn string(&mut self, key: &'static str, problems: &mut Problems) -> Option<String> {
        self.take(key, problems, "a string", |value| match value {
            Value::String(text) => Ok(text),
            other => Err(other),
        })
    }

    /// As `string`; an empty one asks for the default.
    pub(super) fn filled(&mut self, key: &'static str, problems: &mut Problems) -> Option<String> {
        self.string(key, problems).filter(|text| !text.is_empty())
    }

    pub(super) fn integer(&mut self, key: &'static str, problems: &mut Problems) -> Option<i64> {
        self.take(key, problems, "an integer", |value| {
            value.as_integer().ok_or(value)
        })
    }

    pub(super) fn boolean(&mut self, key: &'static str, problems: &mut Problems) -> Option<bool> {
        self.take(key, problems, "true or false", |value| {
            value.as_bool().ok_or(value)
        })
    }

    /// A time as `90s` or `1m 30s`.
    pub(super) fn duration(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Duration> {
        let text = self.string(key, problems)?;
        match humantime::parse_duration(&text) {
            Ok(time) => Some(time),
            Err(error) => {
                let what = format!("{text:?} is not a time as \"90s\": {error}");
                problems.add(self.key(key), what);
                None
            }
        }
    }

    /// The strings of an array, each with its path.
    pub(super) fn strings(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Vec<(String, String)>> {
        let values = self.array(key, "an array of strings", problems)?;
        let mut strings = Vec::new();
        for (path, value) in values {
            match value {
                Value::String(text) => strings.push((path, text)),
                other => problems.add(path, wrong_type(&other, "a string")),
            }
        }
        Some(strings)
    }

    /// The integers of an array, each with its path.
    pub(super) fn integers(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Vec<(String, i64)>> {
        let values = self.array(key, "an array of integers", problems)?;
        let mut integers = Vec::new();
        for (path, value) in values {
            match value {
                Value::Integer(number) => integers.push((path, number)),
                other => problems.add(path, wrong_type(&other, "an integer")),
            }
        }
        Some(integers)
    }

    /// The table under `key`, if it is there.
    pub(super) fn optional_section(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Section> {
        let table = self.take(key, problems, "a table", |value| match value {
            Value::Table(table) => Ok(table),
            other => Err(other),
        });
        Some(Section::new(self.key(key), table?))
    }

    /// The table under `key`; an empty one if it is not there.
    pub(super) fn section(&mut self, key: &'static str, problems: &mut Problems) -> Section {
        let table = self.take(key, problems, "a table", |value| match value {
            Value::Table(table) => Ok(table),
            other => Err(other),
        });
        Section::new(self.key(key), table.unwrap_or_default())
    }

    /// The tables under `[[key]]`.
    pub(super) fn sections(&mut self, key: &'static str, problems: &mut Problems) -> Vec<Section> {
        let values = self.array(key, "an array of tables", problems);
        let mut sections = Vec::new();
        for (path, value) in values.unwrap_or_default() {
            match value {
                Value::Table(table) => sections.push(Section::new(path, table)),
                other => problems.add(path, wrong_type(&other, "a table")),
            }
        }
        sections
    }

    /// Adds what was found wrong with the keys of this table, each under the path where its value really stands.
    pub(super) fn add_all(&self, found: &Problems, problems: &mut Problems) {
        for (key, what) in found.parts() {
            let own = key
                .strip_prefix(self.path.as_str())
                .and_then(|rest| rest.strip_prefix('.'));
            let Some(own) = own else {
                problems.add(key, what);
                continue;
            };
            let (name, rest) = own.split_at(own.find(['.', '[']).unwrap_or(own.len()));
            problems.add(self.key(name) + rest, what);
        }
    }

    /// The keys that were asked for.
    pub(super) fn known(&self) -> &[&'static str] {
        &self.known
    }

    /// Leaves what nobody took to others, who know it as `known`; notes the other keys.
    pub(super) fn rest(self, known: &[&'static str], problems: &mut Problems) -> Table {
        let mut all = self.known;
        all.extend(known);
        note_unknown(&self.path, &self.table, &all, problems);
        self.table
    }

    /// Notes the keys that nobody took.
    pub(super) fn finish(self, problems: &mut Problems) {
        note_unknown(&self.path, &self.table, &self.known, problems);
    }

    fn array(
        &mut self,
        key: &'static str,
        expected: &str,
        problems: &mut Problems,
    ) -> Option<Vec<(String, Value)>> {
        let values = self.take(key, problems, expected, |value| match value {
            Value::Array(values) => Ok(values),
            other => Err(other),
        })?;
        let path = self.key(key);
        let indexed = values.into_iter().enumerate();
        Some(
            indexed
                .map(|(index, value)| (format!("{path}[{index}]"), value))
                .collect(),
        )
    }

    fn take<T>(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
        expected: &str,
        read: impl FnOnce(Value) -> Result<T, Value>,
    ) -> Option<T> {
        self.known.push(key);
        let value = match self.table.remove(key) {
            Some(value) => value,
            None => self.take_inherited(key)?,
        };
        read(value)
            .map_err(|other| problems.add(self.key(key), wrong_type(&other, expected)))
            .ok()
    }

    fn take_inherited(&mut self, key: &'static str) -> Option<Value> {
        for (path, table) in &mut self.inherited {
            if let Some(value) = table.remove(key) {
                self.origins.insert(key, join(path, key));
                return Some(value);
            }
        }
        None
    }
}

fn note_unknown(path: &str, table: &Table, known: &[&str], problems: &mut Problems) {
    for (key, value) in table {
        let meant = known.iter().find(|known| squeeze(known) == squeeze(key));
        let hint = match meant {
            // Known, and therefore somebody else's to take.
            Some(meant) if meant == key => continue,
            Some(meant) => format!("did you mean {meant}?"),
            None => format!("known here: {}", known.join(", ")),
        };
        problems.add(
            join(path, key),
            format!("unknown key, with value {value} ({hint})"),
        );
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

fn wrong_type(value: &Value, expected: &str) -> String {
    format!("{value} is not {expected}")
}

/// What is left of a key when one forgets how words are joined in it.
fn squeeze(key: &str) -> String {
    key.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}
