use bellwether_bgp::egress::RouteAttributes;
use bellwether_bgp::net::{Family, Prefix};
use bellwether_proto::v1;

use super::time::timestamp;
use crate::model::{AttributesSpec, Problems, RouteKeys};
use crate::table::{Applied, Difference, Differences, Outcome, RouteView, Routes};

/// What the attributes are called in the contract.
const KEYS: RouteKeys = RouteKeys {
    communities: "communities",
    large_communities: "large_communities",
    local_pref: "local_pref",
    med: "med",
    prepend: "prepend",
    next_hop: "next_hop",
};

/// How many problems are enough to say: checking a hundred thousand wrong routes helps nobody.
const ENOUGH: usize = 100;

/// The routes of `field`.
pub(in crate::api) fn from_proto(
    routes: Vec<v1::Route>,
    field: &str,
    problems: &mut Problems,
) -> Routes {
    let mut values = Routes::new();
    for (index, route) in routes.into_iter().enumerate() {
        values.extend(one(route, &format!("{field}[{index}]"), problems));
        if problems.len() >= ENOUGH {
            break;
        }
    }
    values
}

/// The prefixes of `field`.
pub(in crate::api) fn prefixes(
    prefixes: &[String],
    field: &str,
    problems: &mut Problems,
) -> Vec<Prefix> {
    let mut values = Vec::new();
    for (index, prefix) in prefixes.iter().enumerate() {
        values.extend(problems.check(&format!("{field}[{index}]"), prefix.parse::<Prefix>()));
        if problems.len() >= ENOUGH {
            break;
        }
    }
    values
}

fn one(route: v1::Route, path: &str, problems: &mut Problems) -> Option<(Prefix, RouteAttributes)> {
    let v1::Route { prefix, attributes } = route;
    let prefix = problems.check(&format!("{path}.prefix"), prefix.parse::<Prefix>());
    let family = prefix.map(Prefix::family);
    let path = format!("{path}.attributes");
    let attributes = attributes_of(attributes.unwrap_or_default(), family, &path, problems);
    Some((prefix?, attributes?))
}

fn attributes_of(
    attributes: v1::RouteAttributes,
    family: Option<Family>,
    path: &str,
    problems: &mut Problems,
) -> Option<RouteAttributes> {
    let v1::RouteAttributes {
        communities,
        large_communities,
        local_pref,
        med,
        prepend,
        next_hop,
    } = attributes;
    let spec = AttributesSpec {
        communities,
        large_communities,
        local_pref: local_pref.map(i64::from),
        med: med.map(i64::from),
        prepend: prepend.into(),
        next_hop,
    };
    spec.check(family, &KEYS, path, problems)
}

pub(in crate::api) fn to_proto(route: RouteView) -> v1::RouteState {
    let RouteView {
        prefix,
        attributes,
        owners,
        depreferred,
        advertised_peers,
        eligible_peers,
        since,
    } = route;
    v1::RouteState {
        route: Some(v1::Route {
            prefix: prefix.to_string(),
            attributes: Some(self::attributes(&attributes)),
        }),
        owners,
        advertised_peers,
        eligible_peers,
        since: since.map(timestamp),
        depreferred,
    }
}

pub(in crate::api) fn attributes(attributes: &RouteAttributes) -> v1::RouteAttributes {
    let RouteAttributes {
        communities,
        large_communities,
        local_pref,
        med,
        prepend,
        next_hop,
    } = attributes;
    v1::RouteAttributes {
        communities: communities.iter().map(ToString::to_string).collect(),
        large_communities: large_communities.iter().map(ToString::to_string).collect(),
        local_pref: *local_pref,
        med: *med,
        prepend: (*prepend).into(),
        next_hop: next_hop.map(|address| address.to_string()),
    }
}

/// A route that is gone: its prefix alone.
pub(in crate::api) fn deleted(prefix: Prefix) -> v1::RouteState {
    v1::RouteState {
        route: Some(v1::Route {
            prefix: prefix.to_string(),
            attributes: None,
        }),
        ..v1::RouteState::default()
    }
}

pub(in crate::api) fn applied(applied: Applied) -> v1::ApplyResponse {
    let Applied { generation, routes } = applied;
    let bellwether_bgp::egress::Changes {
        added,
        changed,
        removed,
        unchanged,
    } = routes;
    v1::ApplyResponse {
        generation,
        added,
        changed,
        removed,
        unchanged,
        differences: Vec::new(),
        differences_left_off: 0,
    }
}

pub(in crate::api) fn outcome(outcome: Outcome) -> v1::ApplyResponse {
    let Outcome {
        applied,
        differences,
    } = outcome;
    let response = self::applied(applied);
    let Some(Differences {
        routes,
        left_off,
        changes: _,
    }) = differences
    else {
        return response;
    };
    v1::ApplyResponse {
        differences: routes.iter().map(difference).collect(),
        differences_left_off: left_off,
        ..response
    }
}

fn difference(difference: &Difference) -> v1::RouteDifference {
    let Difference {
        prefix,
        before,
        after,
    } = difference;
    v1::RouteDifference {
        prefix: prefix.to_string(),
        before: before.as_ref().map(attributes),
        after: after.as_ref().map(attributes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(prefix: &str, attributes: v1::RouteAttributes) -> v1::Route {
        v1::Route {
            prefix: prefix.to_owned(),
            attributes: Some(attributes),
        }
    }

    fn problems(routes: Vec<v1::Route>) -> Vec<String> {
        let mut problems = Problems::default();
        from_proto(routes, "routes", &mut problems);
        problems.iter().collect()
    }

    #[test]
    fn what_is_read_is_written_the_same() {
        let attributes = v1::RouteAttributes {
            communities: vec!["64512:100".to_owned(), "no-export".to_owned()],
            large_communities: vec!["64512:1:2".to_owned()],
            local_pref: Some(200),
            med: Some(0),
            prepend: 16,
            next_hop: Some("192.0.2.1".to_owned()),
        };
        let given = route("192.0.2.10/32", attributes);
        let mut problems = Problems::default();
        let values = from_proto(vec![given.clone()], "routes", &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        let (prefix, attributes) = values.into_iter().next().unwrap();
        let view = RouteView {
            prefix,
            attributes,
            owners: vec!["cli".to_owned()],
            depreferred: false,
            advertised_peers: 1,
            eligible_peers: 2,
            since: None,
        };
        assert_eq!(to_proto(view).route, Some(given));
    }

    #[test]
    fn absent_attributes_are_the_defaults() {
        let given = v1::Route {
            prefix: "2001:db8::1/128".to_owned(),
            attributes: None,
        };
        let values = from_proto(vec![given], "routes", &mut Problems::default());
        assert_eq!(
            values,
            [(
                "2001:db8::1/128".parse().unwrap(),
                RouteAttributes::default()
            )]
        );
    }

    #[test]
    fn host_bits_are_named_with_index_and_value() {
        let good = route("10.0.0.0/24", v1::RouteAttributes::default());
        let bad = route("10.0.0.1/24", v1::RouteAttributes::default());
        assert_eq!(
            problems(vec![good, bad]),
            ["routes[1].prefix: 10.0.0.1/24 has host bits set (did you mean 10.0.0.0/24?)"]
        );
    }

    #[test]
    fn every_wrong_attribute_is_named() {
        let attributes = v1::RouteAttributes {
            communities: vec!["64512:100".to_owned(), "64512".to_owned()],
            large_communities: vec!["1:2".to_owned()],
            local_pref: None,
            med: None,
            prepend: 17,
            next_hop: Some("2001:db8::1".to_owned()),
        };
        let found = problems(vec![route("192.0.2.10/32", attributes)]);
        let keys: Vec<&str> = found
            .iter()
            .filter_map(|line| line.split(": ").next())
            .collect();
        assert_eq!(
            keys,
            [
                "routes[0].attributes.communities[1]",
                "routes[0].attributes.large_communities[0]",
                "routes[0].attributes.prepend",
                "routes[0].attributes.next_hop",
            ]
        );
        assert!(found[3].ends_with("2001:db8::1 is not a next hop of ipv4-unicast"));
    }

    #[test]
    fn communities_that_do_not_fit_into_a_message_are_refused() {
        let attributes = v1::RouteAttributes {
            communities: vec!["64512:100".to_owned(); 769],
            ..v1::RouteAttributes::default()
        };
        assert_eq!(
            problems(vec![route("192.0.2.10/32", attributes)]),
            ["routes[0].attributes: communities of 3076 octets do not fit: at most 3072"]
        );
    }
}
