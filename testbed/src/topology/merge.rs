//! Fields that nodes share: defaults < kind < group < node, as containerlab has it.
//!
//! Of one word, the later counts; lists add up in that order, maps key by key.

use super::parse::{Located, Raw, RawNode};
use super::problem::Problem;

/// The node's fields with those that it takes from elsewhere.
pub(super) fn merge(raw: &Raw, node: &RawNode, problems: &mut Vec<Problem>) -> RawNode {
    let group = node.group.as_ref().or(raw.defaults.group.as_ref());
    let group_fields = group.and_then(|group| named(&raw.groups, &group.value));
    if let (Some(group), None) = (group, group_fields) {
        problems.push(group.problem(format!("no group `{}` in topology.groups", group.value)));
    }
    let own_first = [Some(node), group_fields, Some(&raw.defaults)];
    let kind = own_first
        .into_iter()
        .flatten()
        .find_map(|fields| fields.kind.as_ref());
    let kind_fields = kind.and_then(|kind| named(&raw.kinds, &kind.value));
    let mut merged = raw.defaults.clone();
    for fields in [kind_fields, group_fields, Some(node)]
        .into_iter()
        .flatten()
    {
        merged.take_over(fields.clone());
    }
    merged
}

fn named<'a>(all: &'a [(Located<String>, RawNode)], name: &str) -> Option<&'a RawNode> {
    all.iter()
        .find(|(other, _)| other.value == name)
        .map(|(_, fields)| fields)
}

impl RawNode {
    fn take_over(&mut self, fields: Self) {
        let Self {
            kind,
            image,
            cmd,
            entrypoint,
            group,
            network_mode,
            privileged,
            exec,
            binds,
            cap_add,
            env,
            sysctls,
            labels,
        } = fields;
        self.kind = kind.or(self.kind.take());
        self.image = image.or(self.image.take());
        self.cmd = cmd.or(self.cmd.take());
        self.entrypoint = entrypoint.or(self.entrypoint.take());
        self.group = group.or(self.group.take());
        self.network_mode = network_mode.or(self.network_mode.take());
        self.privileged = privileged.or(self.privileged.take());
        self.exec.extend(exec);
        self.binds.extend(binds);
        self.cap_add.extend(cap_add);
        self.env.extend(env);
        self.sysctls.extend(sysctls);
        self.labels.extend(labels);
    }
}
