//! Why a route is advertised, or is not.

use std::time::Duration;

use bellwether_proto::v1;
use bellwether_proto::v1::AdvertisementReason as Reason;

use crate::router::Router;
use crate::speaker::{Speaker, active, route};
use crate::within;

const ROUTE: &str = "192.0.2.10/32";

async fn explain(speaker: &mut Speaker, prefix: &str, peer: &str) -> v1::PeerExplanation {
    let request = v1::ExplainRequest {
        prefix: prefix.to_owned(),
        peer: peer.to_owned(),
    };
    let answer = speaker.api.explain(request).await.unwrap().into_inner();
    answer.peers.into_iter().next().unwrap()
}

async fn reason(speaker: &mut Speaker, prefix: &str) -> Reason {
    explain(speaker, prefix, "tor1").await.reason()
}

async fn when(speaker: &mut Speaker, wanted: Reason) {
    within(&format!("{wanted:?}"), async {
        while reason(speaker, ROUTE).await != wanted {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_advertised_is_shown_as_it_is_sent() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&active("tor1", router.address)).await;
    let attributes = v1::RouteAttributes {
        communities: vec!["64512:100".to_owned()],
        local_pref: Some(200),
        med: Some(5),
        prepend: 1,
        ..v1::RouteAttributes::default()
    };
    let request = v1::AnnounceRequest {
        routes: vec![v1::Route {
            attributes: Some(attributes),
            ..route(ROUTE)
        }],
        ..v1::AnnounceRequest::default()
    };
    speaker.api.announce(request).await.unwrap();
    when(&mut speaker, Reason::Advertised).await;
    let peer = explain(&mut speaker, ROUTE, "127.0.0.2").await;
    assert!(peer.advertised);
    let sent = v1::SentAttributes {
        origin: "igp".to_owned(),
        as_path: "64512 64512".to_owned(),
        next_hop: "192.0.2.254".to_owned(),
        med: Some(5),
        local_pref: None,
        communities: vec!["64512:100".to_owned()],
        large_communities: Vec::new(),
        depreferred: false,
    };
    assert_eq!(peer.sent, Some(sent));
}

#[tokio::test]
async fn each_reason_is_told() {
    let router = Router::listen("127.0.0.2");
    let config = active("tor1", router.address).replace("next-hop-ipv6 = \"2001:db8::1\"\n", "");
    let mut speaker = Speaker::start(&config).await;
    assert_eq!(reason(&mut speaker, ROUTE).await, Reason::NotDesired);
    speaker.announce(&[ROUTE, "2001:db8::10/128"]).await;
    when(&mut speaker, Reason::Advertised).await;
    let next_hop = explain(&mut speaker, "2001:db8::10/128", "tor1").await;
    assert_eq!(next_hop.reason(), Reason::NoNextHop);
    assert_eq!(
        next_hop.detail,
        "there is no next hop for ipv6-unicast: set one for the peer, or for the route"
    );

    let shut_down = v1::ShutdownPeerRequest {
        peer: "tor1".to_owned(),
        communication: "cabling".to_owned(),
    };
    speaker.api.shutdown_peer(shut_down).await.unwrap();
    let down = explain(&mut speaker, ROUTE, "tor1").await;
    assert_eq!(down.reason(), Reason::PeerShutDown);
    assert_eq!(down.detail, "the peer is shut down: \"cabling\"");
    let enable = v1::EnablePeerRequest {
        peer: "tor1".to_owned(),
    };
    speaker.api.enable_peer(enable).await.unwrap();
    when(&mut speaker, Reason::Advertised).await;

    let owner = v1::drain_target::Target::Owner("cli".to_owned());
    follow_drain(&mut speaker, Some(owner)).await;
    let drained = explain(&mut speaker, ROUTE, "tor1").await;
    assert_eq!(drained.reason(), Reason::Drained);
    assert_eq!(drained.detail, "owner cli is drained");
    follow_drain(&mut speaker, None).await;
    let other = announce_as_script(&mut speaker).await;
    let drained = explain(&mut speaker, other, "tor1").await;
    assert_eq!(drained.reason(), Reason::PeerDrained);
}

#[tokio::test]
async fn a_session_that_is_down_is_the_reason() {
    let mut speaker = Speaker::start(&crate::speaker::passive("tor1", "127.0.0.2")).await;
    speaker.announce(&[ROUTE]).await;
    let down = explain(&mut speaker, ROUTE, "tor1").await;
    assert_eq!(down.reason(), Reason::NotEstablished);
    assert!(
        down.detail.starts_with("the session is "),
        "{}",
        down.detail
    );
}

#[tokio::test]
async fn a_lease_that_withdrew_is_the_reason_and_the_claim_says_so() {
    let mut speaker = Speaker::start(&crate::speaker::passive("tor1", "127.0.0.2")).await;
    let request = v1::AnnounceRequest {
        owner: "script".to_owned(),
        routes: vec![route(ROUTE)],
        lease: Some(v1::Lease {
            ttl: prost_types::Duration::try_from(Duration::from_secs(1)).ok(),
            on_expiry: v1::ExpiryAction::Withdraw.into(),
        }),
        ..v1::AnnounceRequest::default()
    };
    speaker.api.announce(request).await.unwrap();
    when(&mut speaker, Reason::LeaseExpired).await;
    let request = v1::ExplainRequest {
        prefix: ROUTE.to_owned(),
        peer: String::new(),
    };
    let answer = speaker.api.explain(request).await.unwrap().into_inner();
    assert_eq!(answer.claims[0].standing(), v1::Standing::Withdrawn);
    assert!(!answer.claims[0].in_force);
}

async fn follow_drain(speaker: &mut Speaker, target: Option<v1::drain_target::Target>) {
    let request = v1::DrainRequest {
        target: Some(v1::DrainTarget { target }),
        wait: Some(prost_types::Duration::default()),
        ..v1::DrainRequest::default()
    };
    let mut answers = speaker.api.drain(request).await.unwrap().into_inner();
    while within("the drain", answers.message())
        .await
        .unwrap()
        .is_some()
    {}
}

async fn announce_as_script(speaker: &mut Speaker) -> &'static str {
    let request = v1::AnnounceRequest {
        owner: "script".to_owned(),
        routes: vec![route("192.0.2.11/32")],
        ..v1::AnnounceRequest::default()
    };
    speaker.api.announce(request).await.unwrap();
    "192.0.2.11/32"
}
