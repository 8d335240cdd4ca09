//! A parsed document, or an item of a list -> an object.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::Segment;

use super::super::locate::Step;
use super::Found;
use crate::crd;
use crate::object::{Kind, Object, ObjectRef};

/// A fault before its place in the file is known.
pub(super) struct Broken {
    pub(super) object: Option<ObjectRef>,
    /// From the object's root.
    pub(super) path: Vec<Step>,
    pub(super) reason: String,
}

impl Broken {
    pub(super) fn new(reason: impl Into<String>) -> Broken {
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

pub(super) fn read_object(value: &Value) -> Result<Found, Broken> {
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
            let mut fields = value.as_object().cloned().unwrap_or_default();
            fields.insert("spec".to_owned(), Value::Object(Map::new()));
            Object::BGPAdvertisement(Arc::new(decode(&Value::Object(fields))?))
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

pub(super) fn text_at<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

pub(super) fn describe(value: Option<&Value>) -> &'static str {
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
