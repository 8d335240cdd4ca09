//! Why a route is advertised to a peer, or is not.

use std::fmt;

use bellwether_bgp::egress::{NotSent, Sent};
use bellwether_bgp::net::{Family, Prefix};
use bellwether_bgp::session::State;

use super::TableTask;
use super::command::{Administrative, ClaimView};
use super::refusal::Refusal;
use super::standing::Standing;
use crate::model::Name;
use crate::peer::PeerStatus;

/// A route, and what each peer has of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Explanation {
    pub(crate) prefix: Prefix,
    pub(crate) claims: Vec<ClaimView>,
    pub(crate) peers: Vec<PeerExplanation>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PeerExplanation {
    pub(crate) peer: Name,
    pub(crate) reason: Reason,
    /// As this peer is sent the route.
    pub(crate) sent: Option<Sent>,
    pub(crate) depreferred: bool,
}

/// The first that applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    NotDesired(Prefix),
    /// Of these owners.
    LeaseExpired(Vec<Name>),
    /// These owners.
    Drained(Vec<Name>),
    PeerShutDown(String),
    PeerDrained(String),
    NotEstablished {
        state: State,
        last_error: Option<String>,
    },
    FamilyNotNegotiated(Family),
    NoNextHop(Family),
    NextHopFamily(Family),
    TooLarge,
    Pending,
    Advertised,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDesired(prefix) => write!(f, "no owner wants {prefix}"),
            Self::LeaseExpired(owners) => write!(
                f,
                "the lease of {} has run out, and says to withdraw",
                list(owners)
            ),
            Self::Drained(owners) => write!(f, "{} is drained", list(owners)),
            Self::PeerShutDown(why) => write!(f, "the peer is shut down: {why:?}"),
            Self::PeerDrained(why) => write!(f, "the peer is drained: {why:?}"),
            Self::NotEstablished { state, last_error } => {
                write!(f, "the session is {state}")?;
                match last_error {
                    Some(error) => write!(f, ": {error}"),
                    None => Ok(()),
                }
            }
            Self::FamilyNotNegotiated(family) => {
                write!(f, "the session has not negotiated {family}")
            }
            Self::NoNextHop(family) => write!(
                f,
                "there is no next hop for {family}: set one for the peer, or for the route"
            ),
            Self::NextHopFamily(family) => {
                write!(f, "the next hop of the route is not one of {family}")
            }
            Self::TooLarge => f.write_str("the attributes leave no room for a route in a message"),
            Self::Pending => {
                f.write_str("it is sent as soon as the peer has read what was sent before")
            }
            Self::Advertised => f.write_str("it was sent, as it is now"),
        }
    }
}

fn list(owners: &[Name]) -> String {
    let names: Vec<String> = owners.iter().map(|name| format!("owner {name}")).collect();
    names.join(" and ")
}

impl TableTask {
    pub(super) fn explain(
        &self,
        prefix: Prefix,
        only: Option<&str>,
    ) -> Result<Explanation, Refusal> {
        let names: Vec<&Name> = match only {
            Some(text) => vec![self.peers.find(text)?],
            None => self.peers.iter().map(|(name, _)| name).collect(),
        };
        let claims = self.desired.claims(prefix);
        let undesired = self.undesired(prefix, &claims);
        let peers = names.into_iter().map(|name| match &undesired {
            Some(reason) => not_sent(name, reason.clone()),
            None => self.explain_peer(prefix, name),
        });
        Ok(Explanation {
            prefix,
            peers: peers.collect(),
            claims,
        })
    }

    /// Why nobody is sent the route.
    fn undesired(&self, prefix: Prefix, claims: &[ClaimView]) -> Option<Reason> {
        if claims.is_empty() {
            return Some(Reason::NotDesired(prefix));
        }
        let withdrawn = |claim: &ClaimView| claim.standing == Standing::Withdrawn;
        if !claims.iter().all(withdrawn) {
            return None;
        }
        let owners = claims.iter().map(|claim| claim.owner.clone());
        let drains = |owner: &Name| self.operator.owner_standing(owner) == Standing::Withdrawn;
        let (drained, expired): (Vec<Name>, Vec<Name>) = owners.partition(drains);
        Some(match drained.is_empty() {
            true => Reason::LeaseExpired(expired),
            false => Reason::Drained(drained),
        })
    }

    fn explain_peer(&self, prefix: Prefix, name: &Name) -> PeerExplanation {
        let status = self.sessions.status(name);
        let status = status.unwrap_or_else(|| PeerStatus::idle(None));
        let administrative = self.operator.administrative(name);
        if let Administrative::ShutDown(why) = administrative {
            return not_sent(name, Reason::PeerShutDown(why));
        }
        if let Administrative::Drained(why) = administrative
            && self.operator.peer_standing(name) == Standing::Withdrawn
        {
            return not_sent(name, Reason::PeerDrained(why));
        }
        let joined = status
            .key
            .and_then(|key| Some((key, self.joined.get(&key)?)));
        let Some(((key, export), route)) = joined.zip(self.desired.table().route(prefix)) else {
            let last_error = status.last_error.map(|(error, _)| error);
            let state = status.state;
            return not_sent(name, Reason::NotEstablished { state, last_error });
        };
        let family = prefix.family();
        let export = self.as_it_stands(name, export.clone());
        let sent = match export.sent(family, route.attributes) {
            Ok(sent) => sent,
            Err(NotSent::Family) => return not_sent(name, Reason::FamilyNotNegotiated(family)),
            Err(NotSent::TooLarge) => return not_sent(name, Reason::TooLarge),
            Err(NotSent::NoNextHop) => return not_sent(name, Reason::NoNextHop(family)),
            Err(NotSent::NextHopFamily) => return not_sent(name, Reason::NextHopFamily(family)),
        };
        let claims = self.desired.claims(prefix);
        let owner_is = claims
            .first()
            .is_some_and(|claim| claim.standing == Standing::Depreferred);
        PeerExplanation {
            peer: name.clone(),
            reason: match self.desired.table().has(key, prefix) {
                true => Reason::Advertised,
                false => Reason::Pending,
            },
            depreferred: owner_is || export.depreferred.is_some(),
            sent: Some(sent),
        }
    }
}

fn not_sent(peer: &Name, reason: Reason) -> PeerExplanation {
    PeerExplanation {
        peer: peer.clone(),
        reason,
        sent: None,
        depreferred: false,
    }
}
