use bellwether_proto::v1;
use serde::Serialize;

use super::{Malformed, PeerState, RouteState};

/// One event of a watch, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Change {
    Peer(PeerEvent),
    Route(RouteEvent),
}

/// Message `PeerEvent`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum PeerEvent {
    Upsert { peer: Box<PeerState> },
    Delete { peer: DeletedPeer },
    Synced,
}

/// Message `RouteEvent`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum RouteEvent {
    Upsert { route: Box<RouteState> },
    Delete { route: DeletedRoute },
    Synced,
}

/// What is left of a [`PeerState`] in a deletion: the same path leads to the name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct DeletedPeer {
    pub(crate) peer: PeerKey,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PeerKey {
    pub(crate) name: String,
}

/// What is left of a [`RouteState`] in a deletion: the same path leads to the prefix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct DeletedRoute {
    pub(crate) route: RouteKey,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RouteKey {
    pub(crate) prefix: String,
}

impl TryFrom<v1::PeerEvent> for Change {
    type Error = Malformed;

    fn try_from(event: v1::PeerEvent) -> Result<Self, Malformed> {
        let v1::PeerEvent { r#type, peer } = event;
        let peer = || peer.ok_or(Malformed("PeerEvent.peer"));
        Ok(Self::Peer(match event_type("PeerEvent.type", r#type)? {
            v1::EventType::Upsert => PeerEvent::Upsert {
                peer: Box::new(peer()?.try_into()?),
            },
            v1::EventType::Delete => PeerEvent::Delete {
                peer: peer()?.try_into()?,
            },
            v1::EventType::Synced => PeerEvent::Synced,
            v1::EventType::Unspecified => return Err(Malformed("PeerEvent.type")),
        }))
    }
}

impl TryFrom<v1::RouteEvent> for Change {
    type Error = Malformed;

    fn try_from(event: v1::RouteEvent) -> Result<Self, Malformed> {
        let v1::RouteEvent { r#type, route } = event;
        let route = || route.ok_or(Malformed("RouteEvent.route"));
        Ok(Self::Route(match event_type("RouteEvent.type", r#type)? {
            v1::EventType::Upsert => RouteEvent::Upsert {
                route: Box::new(route()?.try_into()?),
            },
            v1::EventType::Delete => RouteEvent::Delete {
                route: route()?.try_into()?,
            },
            v1::EventType::Synced => RouteEvent::Synced,
            v1::EventType::Unspecified => return Err(Malformed("RouteEvent.type")),
        }))
    }
}

fn event_type(field: &'static str, number: i32) -> Result<v1::EventType, Malformed> {
    v1::EventType::try_from(number).map_err(|_| Malformed(field))
}

impl TryFrom<v1::PeerState> for DeletedPeer {
    type Error = Malformed;

    fn try_from(state: v1::PeerState) -> Result<Self, Malformed> {
        let v1::Peer { name, .. } = state.peer.ok_or(Malformed("PeerEvent.peer.peer"))?;
        Ok(Self {
            peer: PeerKey { name },
        })
    }
}

impl TryFrom<v1::RouteState> for DeletedRoute {
    type Error = Malformed;

    fn try_from(state: v1::RouteState) -> Result<Self, Malformed> {
        let v1::Route { prefix, .. } = state.route.ok_or(Malformed("RouteEvent.route.route"))?;
        Ok(Self {
            route: RouteKey { prefix },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deletion_needs_no_more_than_the_name() {
        let event = v1::PeerEvent {
            r#type: v1::EventType::Delete.into(),
            peer: Some(v1::PeerState {
                peer: Some(v1::Peer {
                    name: "tor1".to_owned(),
                    ..v1::Peer::default()
                }),
                ..v1::PeerState::default()
            }),
        };
        let change = Change::try_from(event).unwrap();
        assert_eq!(
            serde_json::to_string(&change).unwrap(),
            r#"{"kind":"peer","type":"delete","peer":{"peer":{"name":"tor1"}}}"#
        );
    }

    #[test]
    fn an_event_without_a_type_is_malformed() {
        let event = v1::RouteEvent {
            r#type: 0,
            route: None,
        };
        assert_eq!(Change::try_from(event), Err(Malformed("RouteEvent.type")));
    }

    #[test]
    fn an_upsert_without_a_route_is_malformed() {
        let event = v1::RouteEvent {
            r#type: v1::EventType::Upsert.into(),
            route: None,
        };
        assert_eq!(Change::try_from(event), Err(Malformed("RouteEvent.route")));
    }
}
