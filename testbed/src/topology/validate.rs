//! From the file's fields to a [`Topology`]: merges defaults < kind < group < node, and checks what
//! types cannot say.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::merge::merge;
use super::parse::{Located, Raw, RawLink, RawNode};
use super::problem::Problem;
use super::{Bind, DEFAULT_MTU, Endpoint, Link, Node, Topology};
use crate::image;

/// containerlab's kind for a container that is nothing special to it.
const KIND: &str = "linux";
/// The kernel's IFNAMSIZ counts the closing zero byte.
const INTERFACE_NAME_MAX: usize = 15;
/// RFC 791, section 3.1: every link carries a datagram of 68 bytes; the kernel's veth goes up to
/// 65,535.
const MTU: std::ops::RangeInclusive<u32> = 68..=65_535;

/// The topology, or none when something is missing; problems may be reported in both cases.
pub(super) fn validate(file: &Path, raw: &Raw, problems: &mut Vec<Problem>) -> Option<Topology> {
    let mut check = Check {
        folder: file.parent()?,
        problems,
    };
    let name = check.lab_name(raw);
    for (kind, _) in raw.kinds.iter().filter(|(kind, _)| kind.value != KIND) {
        check
            .problems
            .push(kind.problem(format!("every node here is of kind `{KIND}`")));
    }
    if raw.nodes.is_empty() {
        check.report(0, "topology.nodes", "a lab has at least one node");
    }
    let nodes: Vec<_> = raw
        .nodes
        .iter()
        .map(|(name, node)| check.node(raw, name, node))
        .collect();
    let links = check.links(raw);
    let nodes = nodes.into_iter().collect::<Option<Vec<_>>>()?;
    Some(Topology {
        name: name?,
        file: file.to_owned(),
        nodes,
        links,
    })
}

/// capabilities(7), and Docker's word for all of them.
const CAPABILITIES: &[&str] = &[
    "all",
    "audit_control",
    "audit_read",
    "audit_write",
    "block_suspend",
    "bpf",
    "checkpoint_restore",
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "ipc_lock",
    "ipc_owner",
    "kill",
    "lease",
    "linux_immutable",
    "mac_admin",
    "mac_override",
    "mknod",
    "net_admin",
    "net_bind_service",
    "net_broadcast",
    "net_raw",
    "perfmon",
    "setfcap",
    "setgid",
    "setpcap",
    "setuid",
    "sys_admin",
    "sys_boot",
    "sys_chroot",
    "sys_module",
    "sys_nice",
    "sys_pacct",
    "sys_ptrace",
    "sys_rawio",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "syslog",
    "wake_alarm",
];

struct Check<'a> {
    folder: &'a Path,
    problems: &'a mut Vec<Problem>,
}

impl Check<'_> {
    fn lab_name(&mut self, raw: &Raw) -> Option<String> {
        let Some(name) = &raw.name else {
            self.report(0, "name", "a lab needs a name");
            return None;
        };
        self.plain_name(name)
    }

    /// Names become folder names and host names.
    fn plain_name(&mut self, name: &Located<String>) -> Option<String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let text = &name.value;
        if text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(plain)
            && text.len() <= 63
        {
            return Some(text.clone());
        }
        self.problems.push(name.problem(format!(
            "`{text}` is no name: at most 63 letters, digits, `-`, `_` and `.`, \
             beginning with a letter or digit"
        )));
        None
    }

    fn node(&mut self, raw: &Raw, name: &Located<String>, node: &RawNode) -> Option<Node> {
        let merged = merge(raw, node, self.problems);
        let image = self.image(name, &merged);
        self.kind_and_network(name, &merged);
        let command = self.command(&merged, image.map_or(&[], |image| image.command));
        let exec = merged
            .exec
            .iter()
            .map(|line| self.words(line))
            .collect::<Option<Vec<_>>>();
        let binds = merged
            .binds
            .iter()
            .map(|bind| self.bind(bind))
            .collect::<Option<Vec<_>>>();
        let cap_add = merged
            .cap_add
            .iter()
            .map(|cap| self.capability(cap))
            .collect();
        for key in merged
            .sysctls
            .values()
            .filter(|sysctl| !is_sysctl(&sysctl.key))
        {
            self.problems
                .push(key.problem("is no kernel parameter of a network namespace (net.…)"));
        }
        let plain = |map: BTreeMap<String, Located<String>>| {
            map.into_iter()
                .map(|(key, text)| (key, text.value))
                .collect()
        };
        Some(Node {
            name: self.plain_name(name)?,
            image: image?,
            group: merged.group.map(|group| group.value),
            command: command?,
            exec: exec?,
            binds: last_of_each_target(binds?),
            env: plain(merged.env),
            sysctls: plain(merged.sysctls),
            labels: plain(merged.labels),
            privileged: merged.privileged.is_none_or(|privileged| privileged.value),
            cap_add,
        })
    }

    fn image(&mut self, name: &Located<String>, node: &RawNode) -> Option<&'static image::Recipe> {
        let Some(image) = &node.image else {
            self.problems.push(name.problem("has no `image`"));
            return None;
        };
        let recipe = image::find(&image.value);
        if recipe.is_none() {
            let known: Vec<_> = image::ALL.iter().map(|recipe| recipe.image).collect();
            let message = format!(
                "no recipe for `{}`; there are {}",
                image.value,
                known.join(", ")
            );
            self.problems.push(image.problem(message));
        }
        recipe
    }

    fn kind_and_network(&mut self, name: &Located<String>, node: &RawNode) {
        match &node.kind {
            Some(kind) if kind.value == KIND => {}
            Some(kind) => {
                let message = format!("`{}`: every node here is of kind `linux`", kind.value);
                self.problems.push(kind.problem(message));
            }
            None => self.problems.push(name.problem("has no `kind: linux`")),
        }
        match &node.network_mode {
            Some(mode) if mode.value == "none" => {}
            Some(mode) => {
                let message = format!("`{}`: only `none` is possible here", mode.value);
                self.problems.push(mode.problem(message));
            }
            // Without it containerlab links the node to its management network, and the lab would
            // mean two things.
            None => self
                .problems
                .push(name.problem("has no `network-mode: none`")),
        }
    }

    /// As in a container: an entry point of the file's own discards the image's command.
    fn command(&mut self, node: &RawNode, default: &[&str]) -> Option<Vec<String>> {
        let entrypoint = node.entrypoint.as_ref().map(|words| self.words(words));
        let cmd = node.cmd.as_ref().map(|words| self.words(words));
        match (entrypoint, cmd) {
            (None, None) => Some(default.iter().map(|&word| word.to_owned()).collect()),
            (Some(entrypoint), None) => entrypoint,
            (None, Some(cmd)) => cmd,
            (Some(entrypoint), Some(cmd)) => Some([entrypoint?, cmd?].concat()),
        }
    }

    /// Words as a shell would split them; nothing else of a shell happens.
    fn words(&mut self, line: &Located<String>) -> Option<Vec<String>> {
        let words = shlex::split(&line.value).filter(|words| !words.is_empty());
        if words.is_none() {
            self.problems.push(line.problem(format!(
                "`{}` is no command: empty, or a quote is open",
                line.value
            )));
        }
        words
    }

    /// `SOURCE:TARGET[:OPTIONS]`, the options being `ro`, `rw`, or those of SELinux labels, which
    /// mean nothing here.
    fn bind(&mut self, bind: &Located<String>) -> Option<Bind> {
        let mut parts = bind.value.split(':');
        let (Some(source), Some(target), options, None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            self.problems.push(bind.problem(format!(
                "`{}` is not SOURCE:TARGET or SOURCE:TARGET:ro",
                bind.value
            )));
            return None;
        };
        let mut read_only = false;
        for option in options.unwrap_or("rw").split(',') {
            match option {
                "ro" => read_only = true,
                "rw" | "z" | "Z" => {}
                other => self
                    .problems
                    .push(bind.problem(format!("unknown option `{other}`; ro or rw"))),
            }
        }
        let source = cleaned(&self.folder.join(source));
        if !source.exists() {
            self.problems
                .push(bind.problem(format!("there is no {}", source.display())));
        }
        let target = Path::new(target);
        if !target.is_absolute() || target.components().any(|part| part == Component::ParentDir) {
            self.problems
                .push(bind.problem(format!("`{}` is no absolute path", target.display())));
        }
        Some(Bind {
            source,
            target: target.to_owned(),
            read_only,
        })
    }

    fn capability(&mut self, capability: &Located<String>) -> String {
        let lower = capability.value.to_ascii_lowercase();
        let name = lower.strip_prefix("cap_").unwrap_or(&lower);
        if !CAPABILITIES.contains(&name) {
            self.problems
                .push(capability.problem(format!("`{}` is no capability", capability.value)));
        }
        name.to_owned()
    }

    fn links(&mut self, raw: &Raw) -> Vec<Link> {
        let names: BTreeSet<_> = raw
            .nodes
            .iter()
            .map(|(name, _)| name.value.as_str())
            .collect();
        let mut used = BTreeMap::new();
        raw.links
            .iter()
            .filter_map(|link| self.link(&names, &mut used, link))
            .collect()
    }

    fn link<'r>(
        &mut self,
        names: &BTreeSet<&str>,
        used: &mut BTreeMap<Endpoint, &'r Located<String>>,
        link: &'r RawLink,
    ) -> Option<Link> {
        if let Some(mtu) = link.mtu.as_ref().filter(|mtu| !MTU.contains(&mtu.value)) {
            self.problems
                .push(mtu.problem(format!("{} is outside of 68 to 65535 bytes", mtu.value)));
        }
        let [a, b] = link.endpoints.value.as_slice() else {
            self.problems.push(
                link.endpoints
                    .problem("a link has two ends, each NODE:INTERFACE"),
            );
            return None;
        };
        let mut end = |end: &'r Located<String>| {
            let endpoint = self.endpoint(names, end)?;
            if let Some(first) = used.insert(endpoint.clone(), end) {
                let message = format!("`{}` is linked on line {} already", end.value, first.line);
                self.problems.push(end.problem(message));
            }
            Some(endpoint)
        };
        let (a, b) = (end(a), end(b));
        let mtu = link.mtu.as_ref().map_or(DEFAULT_MTU, |mtu| mtu.value);
        Some(Link {
            ends: [a?, b?],
            mtu,
        })
    }

    fn endpoint(&mut self, names: &BTreeSet<&str>, end: &Located<String>) -> Option<Endpoint> {
        let Some((node, interface)) = end.value.split_once(':') else {
            self.problems
                .push(end.problem(format!("`{}` is not NODE:INTERFACE", end.value)));
            return None;
        };
        if !names.contains(node) {
            self.problems
                .push(end.problem(format!("no node `{node}` in topology.nodes")));
        }
        let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '/' | ':');
        let reserved = matches!(interface, "" | "." | ".." | "lo");
        if reserved || interface.contains(odd) || interface.len() > INTERFACE_NAME_MAX {
            let message =
                format!("`{interface}` cannot name an interface (15 bytes at most, not `lo`)");
            self.problems.push(end.problem(message));
        }
        Some(Endpoint {
            node: node.to_owned(),
            interface: interface.to_owned(),
        })
    }

    fn report(&mut self, line: usize, key: &str, message: &str) {
        self.problems.push(Problem {
            line,
            key: key.to_owned(),
            message: message.to_owned(),
        });
    }
}

/// Only these belong to a node: the others are the host's, and writing one would change the host.
fn is_sysctl(key: &str) -> bool {
    let name = key.split_once(".sysctls.").map_or("", |(_, name)| name);
    name.starts_with("net.") && !name.contains(['/', ' ']) && !name.contains("..")
}

/// A node's bind replaces a group's to the same target.
fn last_of_each_target(binds: Vec<Bind>) -> Vec<Bind> {
    let mut kept: Vec<Bind> = Vec::new();
    for bind in binds {
        kept.retain(|earlier| earlier.target != bind.target);
        kept.push(bind);
    }
    kept
}

/// The path without `.` and `..`, by its words alone (a link is not followed: it may be made after
/// the check).
fn cleaned(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}
