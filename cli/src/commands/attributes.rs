//! The attributes of a route in few words.

use crate::args;
use crate::model::RouteAttributes;

/// Those of the command line.
pub(super) fn given(attributes: args::Attributes) -> RouteAttributes {
    let args::Attributes {
        communities,
        large_communities,
        local_pref,
        med,
        prepend,
        next_hop,
    } = attributes;
    RouteAttributes {
        communities,
        large_communities,
        local_pref,
        med,
        prepend,
        next_hop: next_hop.map(|address| address.to_string()),
    }
}

/// Those that are not the default, in the words of `announce --file`; nothing where all are.
pub(super) fn words(attributes: &RouteAttributes) -> String {
    let RouteAttributes {
        communities,
        large_communities,
        local_pref,
        med,
        prepend,
        next_hop,
    } = attributes;
    let list = |values: &[String]| (!values.is_empty()).then(|| values.join(","));
    let number = |value: Option<u32>| value.map(|value| value.to_string());
    let values = [
        ("community", list(communities)),
        ("large-community", list(large_communities)),
        ("local-pref", number(*local_pref)),
        ("med", number(*med)),
        ("prepend", number((*prepend != 0).then_some(*prepend))),
        ("next-hop", next_hop.clone()),
    ];
    let words: Vec<_> = values
        .into_iter()
        .filter_map(|(key, value)| value.map(|value| format!("{key}={value}")))
        .collect();
    words.join(" ")
}
