//! The text of a manifest file -> its objects, each document by itself.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::Segment;
use serde_saphyr::{MessageFormatter, UserMessageFormatter};

use super::locate::{self, Step};
use crate::crd;
use crate::object::{Kind, Object, ObjectRef};

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
        let value = match serde_saphyr::from_str::<Value>(self.text) {
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

/// A fault before its place in the file is known.
struct Broken {
    object: Option<ObjectRef>,
    /// From the object's root.
    path: Vec<Step>,
    reason: String,
}

impl Broken {
    fn new(reason: impl Into<String>) -> Broken {
        Broken {
            object: None,
            path: Vec::new(),
            reason: reason.into(),
        }
    }

    fn at(mut self, keys: &[&str]) -> Broken {
        self.path = keys
            .iter()
            .map(|key| Step::Key((*key).to_owned()))
            .collect();
        self
    }
}

fn read_object(value: &Value) -> Result<Found, Broken> {
    let Value::Object(fields) = value else {
        return Err(Broken::new(format!(
            "expected a manifest, found {}",
            describe(Some(value))
        )));
    };
    let required =
        |key| text_at(value, key).ok_or_else(|| Broken::new("missing, or not a string").at(&[key]));
    let (api_version, kind_name) = (required("apiVersion")?, required("kind")?);
    let mut kinds = Kind::ALL.into_iter();
    let Some(kind) = kinds.find(|k| k.api_version() == api_version && k.name() == kind_name) else {
        return foreign(api_version, kind_name);
    };
    let id = identity(kind, value)?;
    let object = check_root(kind, fields).and_then(|()| typed(kind, value));
    match object {
        Ok(object) => Ok(Found::Object(id, object)),
        Err(broken) => Err(Broken {
            object: Some(id),
            ..broken
        }),
    }
}

/// Other people's kinds are none of our business; a kind of our group that does not exist is a typing
/// error, or asks for something that is not there yet.
fn foreign(api_version: &str, kind: &str) -> Result<Found, Broken> {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    if group != crd::GROUP {
        return Ok(Found::Foreign {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
        });
    }
    let known = Kind::ALL
        .iter()
        .filter(|kind| kind.ours())
        .map(|kind| kind.name());
    let known = known.collect::<Vec<_>>().join(", ");
    let reason = format!(
        "{api_version} {kind} is not known; there are, in {}: {known}",
        crd::API_VERSION
    );
    Err(Broken::new(reason).at(&["kind"]))
}

fn identity(kind: Kind, value: &Value) -> Result<ObjectRef, Broken> {
    let metadata = |key| {
        value
            .get("metadata")
            .and_then(|metadata| text_at(metadata, key))
    };
    let name = metadata("name")
        .filter(|name| !name.is_empty())
        .ok_or_else(|| Broken::new("missing, or not a string").at(&["metadata", "name"]))?;
    let namespace = if kind.namespaced() {
        metadata("namespace").unwrap_or("default")
    } else {
        ""
    };
    Ok(ObjectRef {
        kind,
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    })
}

/// The derived types of custom resources tolerate unknown fields beside `spec`; a field that slipped
/// out of `spec` by its indentation must not go unnoticed.
fn check_root(kind: Kind, fields: &Map<String, Value>) -> Result<(), Broken> {
    const ROOT: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];
    let stray = fields
        .keys()
        .find(|key| kind.ours() && !ROOT.contains(&key.as_str()));
    stray.map_or(Ok(()), |key| {
        Err(Broken::new("unknown field; is it meant to be in `spec`?").at(&[key]))
    })
}

fn typed(kind: Kind, value: &Value) -> Result<Object, Broken> {
    Ok(match kind {
        Kind::Service => Object::Service(Arc::new(decode(value)?)),
        Kind::EndpointSlice => Object::EndpointSlice(Arc::new(decode(value)?)),
        Kind::Node => Object::Node(Arc::new(decode(value)?)),
        Kind::IPAddressPool => Object::IPAddressPool(Arc::new(decode(value)?)),
        Kind::BGPPeer => Object::BGPPeer(Arc::new(decode(value)?)),
        Kind::BGPAdvertisement => Object::BGPAdvertisement(Arc::new(decode(value)?)),
    })
}

fn decode<T: DeserializeOwned>(value: &Value) -> Result<T, Broken> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().iter().filter_map(step).collect();
        Broken {
            object: None,
            path,
            reason: error.inner().to_string(),
        }
    })
}

fn step(segment: &Segment) -> Option<Step> {
    match segment {
        Segment::Seq { index } => Some(Step::Index(*index)),
        Segment::Map { key } | Segment::Enum { variant: key } => Some(Step::Key(key.clone())),
        Segment::Unknown => None,
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

fn text_at<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

fn describe(value: Option<&Value>) -> &'static str {
    match value {
        None => "nothing",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "a boolean",
        Some(Value::Number(_)) => "a number",
        Some(Value::String(_)) => "a string",
        Some(Value::Array(_)) => "a sequence",
        Some(Value::Object(_)) => "a mapping",
    }
}
