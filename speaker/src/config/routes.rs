use bellwether_bgp::net::Prefix;

use super::StaticRoute;
use super::section::Section;
use crate::check::Check;
use crate::model::{AttributesSpec, Name, Problems, RouteKeys};

/// What the attributes of a route are called in the file.
const KEYS: RouteKeys = RouteKeys {
    communities: "communities",
    large_communities: "large-communities",
    local_pref: "local-pref",
    med: "med",
    prepend: "prepend",
    next_hop: "next-hop",
};

/// The route of a `[[routes]]` section.
pub(super) fn route(
    mut section: Section,
    checks: &[Option<Check>],
    problems: &mut Problems,
) -> Option<StaticRoute> {
    let before = problems.len();
    let prefix = section
        .string("prefix", problems)
        .ok_or_else(|| "is missing".to_owned())
        .and_then(|text| text.parse::<Prefix>().map_err(|error| error.to_string()));
    let prefix = problems.check(&section.key("prefix"), prefix);
    let spec = AttributesSpec {
        communities: texts(&mut section, KEYS.communities, problems),
        large_communities: texts(&mut section, KEYS.large_communities, problems),
        local_pref: section.integer(KEYS.local_pref, problems),
        med: section.integer(KEYS.med, problems),
        prepend: section.integer(KEYS.prepend, problems).unwrap_or_default(),
        next_hop: section.filled(KEYS.next_hop, problems),
    };
    let family = prefix.map(Prefix::family);
    let attributes = spec.check(family, &KEYS, section.path(), problems);
    let check = section.filled("check", problems);
    let check = check.and_then(|name| known(&name, checks, &section, problems));
    section.finish(problems);
    let route = StaticRoute {
        prefix: prefix?,
        attributes: attributes?,
        check,
    };
    (problems.len() == before).then_some(route)
}

fn texts(section: &mut Section, key: &'static str, problems: &mut Problems) -> Vec<String> {
    let texts = section.strings(key, problems).unwrap_or_default();
    texts.into_iter().map(|(_, text)| text).collect()
}

/// The check of this name. When one of the checks has problems of its own, it may be the one that is meant.
fn known(
    name: &str,
    checks: &[Option<Check>],
    section: &Section,
    problems: &mut Problems,
) -> Option<Name> {
    let mut found = checks.iter().flatten().map(|check| &check.name);
    let check = found.find(|check| check.as_str() == name);
    if check.is_none() && checks.iter().all(Option::is_some) {
        problems.add(
            section.key("check"),
            format!("no check has the name {name:?}"),
        );
    }
    check.cloned()
}
