//! Sessions.

use bellwether_proto::v1;

use crate::router::Router;
use crate::speaker::{Speaker, active, passive};

#[tokio::test]
async fn a_session_comes_up_with_a_neighbor_that_listens() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&active("tor1", router.address)).await;
    router.established().await;
    let peer = speaker.established("tor1").await;
    let negotiated = peer.negotiated.unwrap();
    assert!(negotiated.four_octet_as && negotiated.route_refresh);
    assert_eq!(negotiated.families, [1, 2]);
    assert_eq!(negotiated.keepalive_time.unwrap().seconds, 30);
}

#[tokio::test]
async fn a_session_comes_up_with_a_neighbor_that_connects() {
    let mut speaker = Speaker::start(&passive("tor1", "127.0.0.2")).await;
    let router = Router::dial("127.0.0.2", speaker.listen).await;
    router.established().await;
    let peer = speaker.established("tor1").await;
    assert_eq!(peer.local_endpoint, speaker.listen.to_string());
    assert_eq!(peer.remote_endpoint, router.address.to_string());
}

#[tokio::test]
async fn a_session_over_ipv6_carries_both_families() {
    let router = Router::listen("::1");
    let peers = active("tor1", router.address).replace("127.0.0.1", "::1");
    let mut speaker = Speaker::start(&peers).await;
    speaker
        .announce(&["192.0.2.10/32", "2001:db8::10/128"])
        .await;
    router.holds(&["192.0.2.10/32", "2001:db8::10/128"]).await;
}

#[tokio::test]
async fn two_speakers_meet_and_what_one_announces_the_other_counts() {
    let mut one = Speaker::start(&passive("other", "127.0.0.2").replace("64513", "64512")).await;
    let other = format!(
        "[[peers]]\nname = \"one\"\naddress = \"127.0.0.1\"\nport = {}\nasn = 64512\n\
         local-address = \"127.0.0.2\"\nrouter-id = \"10.0.0.2\"\n",
        one.listen.port()
    );
    let mut other = Speaker::start(&other).await;
    one.established("other").await;
    other.established("one").await;
    one.announce(&["192.0.2.1/32", "192.0.2.2/32"]).await;
    crate::within("the other has counted", async {
        while other.peer("one").await.received_routes != 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(one.peer("other").await.advertised_routes, 2);
}

#[tokio::test]
async fn a_family_without_a_next_hop_is_said_not_to_be_advertised() {
    let router = Router::listen("127.0.0.2");
    let peers = active("tor1", router.address).replace("next-hop-ipv6 = \"2001:db8::1\"", "");
    let mut speaker = Speaker::start(&peers).await;
    speaker.announce(&["192.0.2.1/32", "2001:db8::1/128"]).await;
    router.holds(&["192.0.2.1/32"]).await;
    let peer = speaker.peer("tor1").await;
    assert_eq!(
        peer.unadvertised,
        ["ipv6-unicast: no next hop (set next_hop_ipv6)"]
    );
}

#[tokio::test]
async fn status_counts_what_is_there() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&active("tor1", router.address)).await;
    speaker.established("tor1").await;
    speaker.announce(&["192.0.2.1/32", "2001:db8::1/128"]).await;
    let status = speaker
        .api
        .get_status(v1::GetStatusRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!((status.asn, status.router_id.as_str()), (64512, "10.0.0.1"));
    assert_eq!((status.peers, status.established_peers), (1, 1));
    assert_eq!((status.routes_ipv4, status.routes_ipv6), (1, 1));
    let owners = status.owners.iter().map(|owner| owner.name.as_str());
    assert_eq!(owners.collect::<Vec<_>>(), ["cli", "config"]);
}
