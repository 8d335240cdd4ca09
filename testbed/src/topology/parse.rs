//! The tree of a topology file as typed fields, each with its line: which keys exist, and of what
//! type.
//!
//! The keys are containerlab's (<https://containerlab.dev/manual/topo-def-file/>), and of those
//! exactly the ones that this testbed carries out.

use std::collections::BTreeMap;

use super::problem::Problem;
use super::yaml::{Content, Entry, Value};

const TOP_KEYS: &[&str] = &["name", "topology"];
const TOPOLOGY_KEYS: &[&str] = &["defaults", "kinds", "groups", "nodes", "links"];
const LINK_KEYS: &[&str] = &["endpoints", "mtu"];
const NODE_KEYS: &[&str] = &[
    "kind",
    "image",
    "cmd",
    "entrypoint",
    "exec",
    "binds",
    "env",
    "sysctls",
    "labels",
    "group",
    "network-mode",
    "privileged",
    "cap-add",
];

/// A value of the file, with where it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Located<T> {
    pub(super) line: usize,
    pub(super) key: String,
    pub(super) value: T,
}

impl<T> Located<T> {
    pub(super) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem {
            line: self.line,
            key: self.key.clone(),
            message: message.into(),
        }
    }
}

/// The file, before anything is merged or checked.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub(super) name: Option<Located<String>>,
    pub(super) defaults: RawNode,
    pub(super) kinds: Vec<(Located<String>, RawNode)>,
    pub(super) groups: Vec<(Located<String>, RawNode)>,
    pub(super) nodes: Vec<(Located<String>, RawNode)>,
    pub(super) links: Vec<RawLink>,
}

/// The fields of `defaults`, a kind, a group or a node.
#[derive(Debug, Default, Clone)]
pub(super) struct RawNode {
    pub(super) kind: Option<Located<String>>,
    pub(super) image: Option<Located<String>>,
    pub(super) cmd: Option<Located<String>>,
    pub(super) entrypoint: Option<Located<String>>,
    pub(super) group: Option<Located<String>>,
    pub(super) network_mode: Option<Located<String>>,
    pub(super) privileged: Option<Located<bool>>,
    pub(super) exec: Vec<Located<String>>,
    pub(super) binds: Vec<Located<String>>,
    pub(super) cap_add: Vec<Located<String>>,
    pub(super) env: BTreeMap<String, Located<String>>,
    pub(super) sysctls: BTreeMap<String, Located<String>>,
    pub(super) labels: BTreeMap<String, Located<String>>,
}

/// One link as written.
#[derive(Debug)]
pub(super) struct RawLink {
    pub(super) endpoints: Located<Vec<Located<String>>>,
    pub(super) mtu: Option<Located<u32>>,
}

/// Types the document's fields; what cannot be typed is left out and reported in `problems`.
pub(super) fn parse(document: &Value, problems: &mut Vec<Problem>) -> Raw {
    let mut reader = Reader { problems };
    let mut raw = Raw::default();
    for (entry, path) in reader.fields(document, "", Some(TOP_KEYS)) {
        match entry.key.as_str() {
            "name" => raw.name = reader.text(&entry.value, &path),
            _ => reader.topology(&entry.value, &path, &mut raw),
        }
    }
    raw
}

struct Reader<'a> {
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn topology(&mut self, value: &Value, path: &str, raw: &mut Raw) {
        for (entry, path) in self.fields(value, path, Some(TOPOLOGY_KEYS)) {
            match entry.key.as_str() {
                "defaults" => raw.defaults = self.node(&entry.value, &path),
                "kinds" => raw.kinds = self.nodes(&entry.value, &path),
                "groups" => raw.groups = self.nodes(&entry.value, &path),
                "nodes" => raw.nodes = self.nodes(&entry.value, &path),
                _ => {
                    let links = self.items(&entry.value, &path);
                    raw.links = links
                        .iter()
                        .filter_map(|(link, path)| self.link(link, path))
                        .collect();
                }
            }
        }
    }

    fn nodes(&mut self, value: &Value, path: &str) -> Vec<(Located<String>, RawNode)> {
        let entries = self.fields(value, path, None);
        let mut nodes = Vec::new();
        for (entry, path) in entries {
            let node = self.node(&entry.value, &path);
            nodes.push((
                Located {
                    line: entry.line,
                    key: path,
                    value: entry.key.clone(),
                },
                node,
            ));
        }
        nodes
    }

    fn node(&mut self, value: &Value, path: &str) -> RawNode {
        let mut node = RawNode::default();
        for (entry, path) in self.fields(value, path, Some(NODE_KEYS)) {
            let value = &entry.value;
            match entry.key.as_str() {
                "kind" => node.kind = self.text(value, &path),
                "image" => node.image = self.text(value, &path),
                "cmd" => node.cmd = self.text(value, &path),
                "entrypoint" => node.entrypoint = self.text(value, &path),
                "group" => node.group = self.text(value, &path),
                "network-mode" => node.network_mode = self.text(value, &path),
                "privileged" => node.privileged = self.boolean(value, &path),
                "exec" => node.exec = self.texts(value, &path),
                "binds" => node.binds = self.texts(value, &path),
                "cap-add" => node.cap_add = self.texts(value, &path),
                "env" => node.env = self.text_map(value, &path),
                "sysctls" => node.sysctls = self.text_map(value, &path),
                _ => node.labels = self.text_map(value, &path),
            }
        }
        node
    }

    fn link(&mut self, value: &Value, path: &str) -> Option<RawLink> {
        let mut endpoints = None;
        let mut mtu = None;
        for (entry, path) in self.fields(value, path, Some(LINK_KEYS)) {
            match entry.key.as_str() {
                "endpoints" => {
                    let ends = self.texts(&entry.value, &path);
                    endpoints = Some(Located {
                        line: entry.line,
                        key: path,
                        value: ends,
                    });
                }
                _ => mtu = self.number(&entry.value, &path),
            }
        }
        if endpoints.is_none() {
            self.report(value.line, path, "has no `endpoints`");
        }
        Some(RawLink {
            endpoints: endpoints?,
            mtu,
        })
    }

    /// The entries of a mapping with their paths; nothing of a null one. Keys outside of `known`
    /// are reported and left out.
    fn fields<'v>(
        &mut self,
        value: &'v Value,
        path: &str,
        known: Option<&[&str]>,
    ) -> Vec<(&'v Entry, String)> {
        let entries = match &value.content {
            Content::Mapping(entries) => entries.as_slice(),
            Content::Null => &[],
            Content::Scalar(_) | Content::Sequence(_) => {
                self.report(value.line, path, "must be a mapping of keys to values");
                &[]
            }
        };
        let mut fields = Vec::new();
        for entry in entries {
            let at = if path.is_empty() {
                entry.key.clone()
            } else {
                format!("{path}.{}", entry.key)
            };
            match known {
                Some(known) if !known.contains(&entry.key.as_str()) => {
                    let message = format!("unknown key; known here: {}", known.join(", "));
                    self.report(entry.line, &at, &message);
                }
                _ => fields.push((entry, at)),
            }
        }
        fields
    }

    fn items<'v>(&mut self, value: &'v Value, path: &str) -> Vec<(&'v Value, String)> {
        match &value.content {
            Content::Sequence(items) => {
                let path = |(index, item)| (item, format!("{path}[{index}]"));
                items.iter().enumerate().map(path).collect()
            }
            Content::Null => Vec::new(),
            Content::Scalar(_) | Content::Mapping(_) => {
                self.report(value.line, path, "must be a list");
                Vec::new()
            }
        }
    }

    fn text(&mut self, value: &Value, path: &str) -> Option<Located<String>> {
        let Content::Scalar(text) = &value.content else {
            self.report(value.line, path, "must be text");
            return None;
        };
        Some(Located {
            line: value.line,
            key: path.to_owned(),
            value: text.clone(),
        })
    }

    fn texts(&mut self, value: &Value, path: &str) -> Vec<Located<String>> {
        let items = self.items(value, path);
        items
            .iter()
            .filter_map(|(item, path)| self.text(item, path))
            .collect()
    }

    fn text_map(&mut self, value: &Value, path: &str) -> BTreeMap<String, Located<String>> {
        let entries = self.fields(value, path, None);
        let mut map = BTreeMap::new();
        for (entry, path) in entries {
            if let Some(text) = self.text(&entry.value, &path) {
                map.insert(entry.key.clone(), text);
            }
        }
        map
    }

    fn boolean(&mut self, value: &Value, path: &str) -> Option<Located<bool>> {
        self.parsed(value, path, "must be true or false")
    }

    fn number(&mut self, value: &Value, path: &str) -> Option<Located<u32>> {
        self.parsed(value, path, "must be a whole number")
    }

    fn parsed<T: std::str::FromStr>(
        &mut self,
        value: &Value,
        path: &str,
        otherwise: &str,
    ) -> Option<Located<T>> {
        let text = self.text(value, path)?;
        match text.value.parse() {
            Ok(value) => Some(Located {
                line: text.line,
                key: text.key,
                value,
            }),
            Err(_) => {
                self.report(
                    value.line,
                    path,
                    &format!("{otherwise}, not `{}`", text.value),
                );
                None
            }
        }
    }

    fn report(&mut self, line: usize, key: &str, message: &str) {
        self.problems.push(Problem {
            line,
            key: key.to_owned(),
            message: message.to_owned(),
        });
    }
}
