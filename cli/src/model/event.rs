use bellwether_proto::v1;
use serde::Serialize;

use super::{Malformed, PeerState, RouteState, unless_empty};

/// One event of a watch, and what it is about: message `PeerEvent` or `RouteEvent`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Change {
    #[serde(flatten)]
    pub(crate) subject: Subject,
    /// With which to go on from here.
    pub(crate) resume_token: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Subject {
    Peer(PeerEvent),
    Route(RouteEvent),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum PeerEvent {
    Upsert { peer: Box<PeerState> },
    Delete { peer: DeletedPeer },
    Synced,
    Resumed,
    Snapshot,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum RouteEvent {
    Upsert { route: Box<RouteState> },
    Delete { route: DeletedRoute },
    Synced,
    Resumed,
    Snapshot,
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
        let v1::PeerEvent {
            r#type,
            peer,
            resume_token,
        } = event;
        let peer = || peer.ok_or(Malformed("PeerEvent.peer"));
        let event = match event_type("PeerEvent.type", r#type)? {
            v1::EventType::Upsert => PeerEvent::Upsert {
                peer: Box::new(peer()?.try_into()?),
            },
            v1::EventType::Delete => PeerEvent::Delete {
                peer: peer()?.try_into()?,
            },
            v1::EventType::Synced => PeerEvent::Synced,
            v1::EventType::Resumed => PeerEvent::Resumed,
            v1::EventType::Snapshot => PeerEvent::Snapshot,
            v1::EventType::Unspecified => return Err(Malformed("PeerEvent.type")),
        };
        Ok(Self {
            subject: Subject::Peer(event),
            resume_token: unless_empty(resume_token),
        })
    }
}

impl TryFrom<v1::RouteEvent> for Change {
    type Error = Malformed;

    fn try_from(event: v1::RouteEvent) -> Result<Self, Malformed> {
        let v1::RouteEvent {
            r#type,
            route,
            resume_token,
        } = event;
        let route = || route.ok_or(Malformed("RouteEvent.route"));
        let event = match event_type("RouteEvent.type", r#type)? {
            v1::EventType::Upsert => RouteEvent::Upsert {
                route: Box::new(route()?.try_into()?),
            },
            v1::EventType::Delete => RouteEvent::Delete {
                route: route()?.try_into()?,
            },
            v1::EventType::Synced => RouteEvent::Synced,
            v1::EventType::Resumed => RouteEvent::Resumed,
            v1::EventType::Snapshot => RouteEvent::Snapshot,
            v1::EventType::Unspecified => return Err(Malformed("RouteEvent.type")),
        };
        Ok(Self {
            subject: Subject::Route(event),
            resume_token: unless_empty(resume_token),
        })
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
            resume_token: "t1".to_owned(),
        };
        let change = Change::try_from(event).unwrap();
        assert_eq!(
            serde_json::to_string(&change).unwrap(),
            r#"{"kind":"peer","type":"delete","peer":{"peer":{"name":"tor1"}},"resume_token":"t1"}"#
        );
    }

    #[test]
    fn an_event_without_a_type_is_malformed() {
        let event = v1::RouteEvent {
            r#type: 0,
            route: None,
            resume_token: String::new(),
        };
        assert_eq!(Change::try_from(event), Err(Malformed("RouteEvent.type")));
    }

    #[test]
    fn an_upsert_without_a_route_is_malformed() {
        let event = v1::RouteEvent {
            r#type: v1::EventType::Upsert.into(),
            route: None,
            resume_token: String::new(),
        };
        assert_eq!(Change::try_from(event), Err(Malformed("RouteEvent.route")));
    }
}
