use bellwether_proto::v1;
use serde::Serialize;

use super::{AdvertisementReason, RouteAttributes, Standing};

/// Why a route is advertised or is not: message `ExplainResponse`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Explanation {
    pub(crate) prefix: String,
    pub(crate) claims: Vec<Claim>,
    pub(crate) peers: Vec<PeerExplanation>,
}

/// What one owner wants of a route: message `Claim`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Claim {
    pub(crate) owner: String,
    pub(crate) attributes: RouteAttributes,
    pub(crate) standing: Standing,
    pub(crate) in_force: bool,
}

/// Whether and how one peer has a route: message `PeerExplanation`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PeerExplanation {
    pub(crate) peer: String,
    pub(crate) advertised: bool,
    pub(crate) reason: AdvertisementReason,
    pub(crate) detail: String,
    pub(crate) sent: Option<SentAttributes>,
}

/// The attributes of an UPDATE, in words: message `SentAttributes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct SentAttributes {
    pub(crate) origin: String,
    pub(crate) as_path: String,
    pub(crate) next_hop: String,
    pub(crate) med: Option<u32>,
    pub(crate) local_pref: Option<u32>,
    pub(crate) communities: Vec<String>,
    pub(crate) large_communities: Vec<String>,
    pub(crate) depreferred: bool,
}

impl From<v1::ExplainResponse> for Explanation {
    fn from(response: v1::ExplainResponse) -> Self {
        let v1::ExplainResponse {
            prefix,
            claims,
            peers,
        } = response;
        Self {
            prefix,
            claims: claims.into_iter().map(Claim::from).collect(),
            peers: peers.into_iter().map(PeerExplanation::from).collect(),
        }
    }
}

impl From<v1::Claim> for Claim {
    fn from(claim: v1::Claim) -> Self {
        let v1::Claim {
            owner,
            attributes,
            standing,
            in_force,
        } = claim;
        Self {
            owner,
            attributes: attributes.map(RouteAttributes::from).unwrap_or_default(),
            standing: Standing::from_number(standing),
            in_force,
        }
    }
}

impl From<v1::PeerExplanation> for PeerExplanation {
    fn from(explanation: v1::PeerExplanation) -> Self {
        let v1::PeerExplanation {
            peer,
            advertised,
            reason,
            detail,
            sent,
        } = explanation;
        Self {
            peer,
            advertised,
            reason: AdvertisementReason::from_number(reason),
            detail,
            sent: sent.map(SentAttributes::from),
        }
    }
}

impl From<v1::SentAttributes> for SentAttributes {
    fn from(sent: v1::SentAttributes) -> Self {
        let v1::SentAttributes {
            origin,
            as_path,
            next_hop,
            med,
            local_pref,
            communities,
            large_communities,
            depreferred,
        } = sent;
        Self {
            origin,
            as_path,
            next_hop,
            med,
            local_pref,
            communities,
            large_communities,
            depreferred,
        }
    }
}
