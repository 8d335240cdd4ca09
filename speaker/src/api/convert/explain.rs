use bellwether_bgp::egress::Sent;
use bellwether_proto::v1;

use super::{owner, route};
use crate::table::{ClaimView, Explanation, PeerExplanation, Reason};

pub(in crate::api) fn to_proto(explanation: Explanation) -> v1::ExplainResponse {
    let Explanation {
        prefix,
        claims,
        peers,
    } = explanation;
    v1::ExplainResponse {
        prefix: prefix.to_string(),
        claims: claims.into_iter().map(claim).collect(),
        peers: peers.into_iter().map(peer).collect(),
    }
}

fn claim(claim: ClaimView) -> v1::Claim {
    let ClaimView {
        owner,
        attributes,
        standing,
        in_force,
    } = claim;
    v1::Claim {
        owner: owner.to_string(),
        attributes: Some(route::attributes(&attributes)),
        standing: owner::standing(standing).into(),
        in_force,
    }
}

fn peer(explanation: PeerExplanation) -> v1::PeerExplanation {
    let PeerExplanation {
        peer,
        reason,
        sent,
        depreferred,
    } = explanation;
    v1::PeerExplanation {
        peer: peer.to_string(),
        advertised: reason == Reason::Advertised,
        reason: self::reason(&reason).into(),
        detail: reason.to_string(),
        sent: sent.map(|sent| self::sent(sent, depreferred)),
    }
}

fn reason(reason: &Reason) -> v1::AdvertisementReason {
    match reason {
        Reason::NotDesired(_) => v1::AdvertisementReason::NotDesired,
        Reason::LeaseExpired(_) => v1::AdvertisementReason::LeaseExpired,
        Reason::Drained(_) => v1::AdvertisementReason::Drained,
        Reason::PeerShutDown(_) => v1::AdvertisementReason::PeerShutDown,
        Reason::PeerDrained(_) => v1::AdvertisementReason::PeerDrained,
        Reason::NotEstablished { .. } => v1::AdvertisementReason::NotEstablished,
        Reason::FamilyNotNegotiated(_) => v1::AdvertisementReason::FamilyNotNegotiated,
        Reason::NoNextHop(_) => v1::AdvertisementReason::NoNextHop,
        Reason::NextHopFamily(_) => v1::AdvertisementReason::NextHopFamily,
        Reason::TooLarge => v1::AdvertisementReason::TooLarge,
        Reason::Pending => v1::AdvertisementReason::Pending,
        Reason::Advertised => v1::AdvertisementReason::Advertised,
    }
}

fn sent(sent: Sent, depreferred: bool) -> v1::SentAttributes {
    let Sent {
        as_path,
        next_hop,
        med,
        local_pref,
        communities,
        large_communities,
    } = sent;
    let as_path: Vec<String> = as_path.iter().map(ToString::to_string).collect();
    v1::SentAttributes {
        origin: "igp".to_owned(),
        as_path: as_path.join(" "),
        next_hop: next_hop.to_string(),
        med,
        local_pref,
        communities: communities.iter().map(ToString::to_string).collect(),
        large_communities: large_communities.iter().map(ToString::to_string).collect(),
        depreferred,
    }
}
