use bellwether_proto::v1;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Malformed, optional_time, unless_empty};

/// A route as the speaker holds it: message `RouteState`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RouteState {
    pub(crate) route: Route,
    pub(crate) owners: Vec<String>,
    pub(crate) advertised_peers: u32,
    pub(crate) eligible_peers: u32,
    pub(crate) since: Option<Timestamp>,
    pub(crate) depreferred: bool,
}

/// A route that an owner wants to be announced: message `Route`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Route {
    pub(crate) prefix: String,
    #[serde(default)]
    pub(crate) attributes: RouteAttributes,
}

/// What a route says of itself: message `RouteAttributes`. `None` is the speaker's default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RouteAttributes {
    pub(crate) communities: Vec<String>,
    pub(crate) large_communities: Vec<String>,
    pub(crate) local_pref: Option<u32>,
    pub(crate) med: Option<u32>,
    pub(crate) prepend: u32,
    pub(crate) next_hop: Option<String>,
}

impl TryFrom<v1::RouteState> for RouteState {
    type Error = Malformed;

    fn try_from(state: v1::RouteState) -> Result<Self, Malformed> {
        let v1::RouteState {
            route,
            owners,
            advertised_peers,
            eligible_peers,
            since,
            depreferred,
        } = state;
        Ok(Self {
            route: route.ok_or(Malformed("RouteState.route"))?.into(),
            owners,
            advertised_peers,
            eligible_peers,
            since: optional_time("RouteState.since", since)?,
            depreferred,
        })
    }
}

impl From<v1::Route> for Route {
    fn from(route: v1::Route) -> Self {
        let v1::Route { prefix, attributes } = route;
        Self {
            prefix,
            attributes: attributes.map(RouteAttributes::from).unwrap_or_default(),
        }
    }
}

impl From<v1::RouteAttributes> for RouteAttributes {
    fn from(attributes: v1::RouteAttributes) -> Self {
        let v1::RouteAttributes {
            communities,
            large_communities,
            local_pref,
            med,
            prepend,
            next_hop,
        } = attributes;
        Self {
            communities,
            large_communities,
            local_pref,
            med,
            prepend,
            next_hop: next_hop.and_then(unless_empty),
        }
    }
}

impl From<Route> for v1::Route {
    fn from(route: Route) -> Self {
        let Route { prefix, attributes } = route;
        Self {
            prefix,
            attributes: Some(attributes.into()),
        }
    }
}

impl From<RouteAttributes> for v1::RouteAttributes {
    fn from(attributes: RouteAttributes) -> Self {
        let RouteAttributes {
            communities,
            large_communities,
            local_pref,
            med,
            prepend,
            next_hop,
        } = attributes;
        Self {
            communities,
            large_communities,
            local_pref,
            med,
            prepend,
            next_hop,
        }
    }
}
