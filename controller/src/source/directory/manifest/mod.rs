//! The text of a manifest file -> its objects, each document by itself.

mod object;

#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::Value;
use serde_saphyr::{MessageFormatter, UserMessageFormatter};

use self::object::{Broken, describe, read_object, text_at};
use super::locate::{self, Step};
use crate::object::{Object, ObjectRef};

/// What a document, or an item of a `kind: List`, turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// A good object.
    Object(ObjectRef, Object),
    /// Something that cannot be used.
    Broken(Fault),
    /// A kind that the controller does not read.
    Foreign {
        /// As it is written.
        api_version: String,
        /// As it is written.
        kind: String,
    },
}

/// Why a document, or an item of a `kind: List`, cannot be used.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The document's place in the file; the first is 1. Empty documents do not count.
    pub document: usize,
    /// The line in the file; the first is 1.
    pub line: Option<usize>,
    /// The object, as far as it could be told.
    pub object: Option<ObjectRef>,
    /// The path of the field in the document, as `spec.holdTime`.
    pub field: Option<String>,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "document {}", self.document)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if let Some(object) = &self.object {
            write!(f, ", {object}")?;
        }
        if let Some(field) = &self.field {
            write!(f, ", {field}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// Reads a file of YAML or JSON documents. Nothing that is wrong with one of them hides another.
pub fn read(text: &str) -> Vec<Found> {
    documents(text).iter().flat_map(Document::read).collect()
}

/// The part of a file between two `---` lines.
struct Document<'a> {
    /// From 1.
    number: usize,
    /// Lines of the file before it.
    lines_before: usize,
    text: &'a str,
}

/// Splits a file at its `---` lines. YAML forbids such a line inside of a document (YAML 1.2.2, 9.1.2,
/// c-forbidden), so that a document with a syntax error cannot swallow the next one.
fn documents(text: &str) -> Vec<Document<'_>> {
    let mut parts = Vec::new();
    let (mut start, mut offset, mut first_line) = (0, 0, 0);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let after = line.strip_prefix("---");
        let marker =
            after.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
        if marker {
            parts.push((first_line, text.get(start..offset).unwrap_or_default()));
            (start, first_line) = (offset, index);
        }
        offset += line.len();
    }
    parts.push((first_line, text.get(start..).unwrap_or_default()));
    parts
        .into_iter()
        .filter(|(_, part)| part.lines().any(has_content))
        .enumerate()
        .map(|(index, (lines_before, text))| Document {
            number: index + 1,
            lines_before,
            text,
        })
        .collect()
}

/// Whether a line is more than blank, a comment, or a document marker.
fn has_content(line: &str) -> bool {
    let rest = line.strip_prefix("---").unwrap_or(line).trim_start();
    !(rest.is_empty() || rest.starts_with('#') || rest == "...")
}

impl Document<'_> {
    fn read(&self) -> Vec<Found> {
        // YAML 1.2.2, 10.3.2: a name or label `y` or `no` is text.
        let options = serde_saphyr::options! { strict_booleans: true };
        let value = match serde_saphyr::from_str_with_options::<Value>(self.text, options) {
            Ok(value) => value,
            Err(error) => return vec![self.syntax(&error)],
        };
        let is_list =
            text_at(&value, "kind") == Some("List") && text_at(&value, "apiVersion") == Some("v1");
        if !is_list {
            return vec![read_object(&value).unwrap_or_else(|broken| self.fault(broken))];
        }
        match value.get("items") {
            Some(Value::Array(items)) => self.read_items(items),
            other => vec![self.fault(Broken {
                path: vec![Step::Key("items".to_owned())],
                ..Broken::new(format!("expected a sequence, found {}", describe(other)))
            })],
        }
    }

    fn read_items(&self, items: &[Value]) -> Vec<Found> {
        let read = |(index, item)| {
            read_object(item).unwrap_or_else(|mut broken| {
                let mut path = vec![Step::Key("items".to_owned()), Step::Index(index)];
                path.append(&mut broken.path);
                self.fault(Broken { path, ..broken })
            })
        };
        items.iter().enumerate().map(read).collect()
    }

    fn fault(&self, broken: Broken) -> Found {
        let Broken {
            object,
            path,
            reason,
        } = broken;
        let line = locate::line(self.text, &path).map(|line| self.lines_before + line);
        let field = (!path.is_empty()).then(|| show_path(&path));
        Found::Broken(Fault {
            document: self.number,
            line,
            object,
            field,
            reason,
        })
    }

    fn syntax(&self, error: &serde_saphyr::Error) -> Found {
        let line = error
            .location()
            .and_then(|at| usize::try_from(at.line()).ok());
        let line = line
            .filter(|line| *line > 0)
            .map(|line| self.lines_before + line);
        let message = UserMessageFormatter.format_message(error.without_snippet());
        let reason = message.split_whitespace().collect::<Vec<_>>().join(" ");
        Found::Broken(Fault {
            document: self.number,
            line,
            object: None,
            field: None,
            reason,
        })
    }
}

fn show_path(path: &[Step]) -> String {
    let mut shown = String::new();
    for step in path {
        match step {
            Step::Index(index) => shown.push_str(&format!("[{index}]")),
            Step::Key(key) if shown.is_empty() => shown.push_str(key),
            Step::Key(key) => shown.push_str(&format!(".{key}")),
        }
    }
    shown
}
