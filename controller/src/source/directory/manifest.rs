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
        // All of its fields have defaults, and MetalLB's users leave the whole of it out.
        Kind::BGPAdvertisement if value.get("spec").is_none() => {
            let mut value = value.clone();
            value["spec"] = Value::Object(Map::new());
            Object::BGPAdvertisement(Arc::new(decode(&value)?))
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: &str = "\
apiVersion: bellwether.dev/v1alpha1
kind: IPAddressPool
metadata: {name: public}
spec: {addresses: [192.0.2.0/24]}
";

    fn shown(text: &str) -> Vec<String> {
        let show = |found| match found {
            Found::Object(id, _) => id.to_string(),
            Found::Broken(fault) => fault.to_string(),
            Found::Foreign { api_version, kind } => format!("foreign {api_version} {kind}"),
        };
        read(text).into_iter().map(show).collect()
    }

    #[test]
    fn documents_are_read_each_by_itself() {
        let text = format!("# nothing\n---\n{POOL}---\nspec: [\n--- # comment\n{POOL}");
        assert_eq!(
            shown(&text),
            [
                "IPAddressPool public",
                "document 2, line 8: unclosed bracket '['",
                "IPAddressPool public"
            ]
        );
    }

    #[test]
    fn an_empty_file_has_no_document() {
        assert_eq!(shown(""), [""; 0]);
        assert_eq!(shown("---\n# only a comment\n---\n...\n"), [""; 0]);
    }

    #[test]
    fn json_is_read() {
        let text = r#"{"apiVersion": "v1", "kind": "Node",
            "metadata": {"name": "n1", "labels": {"a": "b"}}}"#;
        assert_eq!(shown(text), ["Node n1"]);
    }

    #[test]
    fn json_may_be_indented_with_tabs() {
        let text = "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"Node\",\n\t\"metadata\": {\"name\": \"n1\"}\n}\n";
        assert_eq!(shown(text), ["Node n1"]);
    }

    #[test]
    fn a_list_is_its_items() {
        let text = "\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Node, metadata: {name: n1}}
- apiVersion: v1
  kind: Service
  metadata: {name: web}
  spec:
    ports:
    - port: eighty
- {apiVersion: v1, kind: Pod, metadata: {name: p}}
";
        assert_eq!(
            shown(text),
            [
                "Node n1",
                "document 1, line 10, Service default/web, items[1].spec.ports[0].port: \
                 invalid type: string \"eighty\", expected i32",
                "foreign v1 Pod",
            ]
        );
    }

    #[test]
    fn unknown_fields_are_errors_in_our_kinds_and_tolerated_in_those_of_kubernetes() {
        let unknown = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {novelty: 1}\n";
        assert_eq!(shown(unknown), ["Service default/web"]);
        let unknown = POOL.replace("spec: {", "spec: {autoAssign: true, ");
        assert_eq!(
            shown(&unknown),
            [
                "document 1, line 4, IPAddressPool public, spec.autoAssign: \
              unknown field `autoAssign`, expected `addresses`"
            ]
        );
        let stray = format!("{POOL}autoAssign: true\n");
        assert_eq!(
            shown(&stray),
            ["document 1, line 5, IPAddressPool public, autoAssign: \
              unknown field; is it meant to be in `spec`?"]
        );
    }

    #[test]
    fn a_kind_of_our_group_that_does_not_exist_is_an_error() {
        let [fault] = &shown(&POOL.replace("IPAddressPool", "IpAddressPool"))[..] else {
            panic!()
        };
        assert!(
            fault.contains("document 1, line 2, kind: bellwether.dev/v1alpha1 IpAddressPool"),
            "{fault}"
        );
        assert!(
            fault.contains("IPAddressPool, BGPPeer, BGPAdvertisement"),
            "{fault}"
        );
    }

    #[test]
    fn what_every_manifest_needs_is_asked_for() {
        for (text, fault) in [
            (
                "kind: Node",
                "document 1, line 1, apiVersion: missing, or not a string",
            ),
            (
                "apiVersion: v1",
                "document 1, line 1, kind: missing, or not a string",
            ),
            (
                "apiVersion: v1\nkind: Node\nmetadata:\n  labels: {}\n",
                "document 1, line 4, metadata.name: missing, or not a string",
            ),
            (
                "- a",
                "document 1, line 1: expected a manifest, found a sequence",
            ),
            (
                "apiVersion: v1\nkind: List\nitems: 1",
                "document 1, line 3, items: expected a sequence, found a number",
            ),
        ] {
            assert_eq!(shown(text), [fault], "{text}");
        }
    }

    #[test]
    fn an_advertisement_needs_no_spec() {
        let text =
            "apiVersion: bellwether.dev/v1alpha1\nkind: BGPAdvertisement\nmetadata: {name: all}\n";
        assert_eq!(shown(text), ["BGPAdvertisement all"]);
    }

    #[test]
    fn a_namespace_means_nothing_to_a_cluster_scoped_kind() {
        let text = POOL.replace("name: public", "name: public, namespace: metallb-system");
        assert_eq!(shown(&text), ["IPAddressPool public"]);
    }
}
