//! From the API to the wire, and back to the API.

use bellwether_proto::v1;
use tonic::Code;

use crate::router::Router;
use crate::speaker::{Speaker, active, passive, route};

#[tokio::test]
async fn what_is_announced_is_on_the_wire_and_what_is_withdrawn_is_not() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&active("tor1", router.address)).await;
    speaker
        .announce(&["192.0.2.10/32", "2001:db8::10/128"])
        .await;
    router.holds(&["192.0.2.10/32", "2001:db8::10/128"]).await;
    speaker.withdraw(&["192.0.2.10/32"]).await.unwrap();
    router.holds(&["2001:db8::10/128"]).await;
}

#[tokio::test]
async fn what_was_announced_before_the_session_comes_with_it_and_then_end_of_rib() {
    let mut speaker = Speaker::start(&passive("tor1", "127.0.0.2")).await;
    speaker.announce(&["192.0.2.10/32"]).await;
    let router = Router::dial("127.0.0.2", speaker.listen).await;
    let seen = router.when("End-of-RIB of both families", |seen| {
        seen.end_of_rib.len() == 2
    });
    assert_eq!(seen.await.routes.len(), 1);
}

#[tokio::test]
async fn announcing_the_same_again_says_unchanged_and_sends_nothing() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&active("tor1", router.address)).await;
    speaker.announce(&["192.0.2.10/32"]).await;
    let again = speaker.announce(&["192.0.2.10/32"]).await;
    assert_eq!((again.added, again.unchanged), (0, 1));
    // What is sent later comes after what would have been sent for it.
    speaker.announce(&["192.0.2.11/32"]).await;
    let seen = router.holds(&["192.0.2.10/32", "192.0.2.11/32"]).await;
    assert!(seen.routes.values().all(|times| *times == 1), "{seen:?}");
}

#[tokio::test]
async fn withdrawing_what_is_not_announced_withdraws_nothing() {
    let mut speaker = Speaker::start("").await;
    speaker.announce(&["192.0.2.10/32"]).await;
    let refused = speaker
        .withdraw(&["192.0.2.10/32", "192.0.2.11/32"])
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    assert_eq!(
        refused.message(),
        "prefixes[1]: owner cli has not announced 192.0.2.11/32"
    );
    assert_eq!(
        list(&mut speaker, v1::ListRoutesRequest::default())
            .await
            .0
            .len(),
        1
    );
}

#[tokio::test]
async fn a_wrong_prefix_is_named_and_nothing_is_announced() {
    let mut speaker = Speaker::start("").await;
    let request = v1::AnnounceRequest {
        owner: String::new(),
        routes: vec![route("192.0.2.10/32"), route("10.0.0.1/24")],
        ..v1::AnnounceRequest::default()
    };
    let refused = speaker.api.announce(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(
        refused.message(),
        "routes[1].prefix: 10.0.0.1/24 has host bits set (did you mean 10.0.0.0/24?)"
    );
    assert!(
        list(&mut speaker, v1::ListRoutesRequest::default())
            .await
            .0
            .is_empty()
    );
}

#[tokio::test]
async fn routes_are_listed_in_order_a_page_at_a_time() {
    let mut speaker = Speaker::start("").await;
    speaker
        .announce(&["2001:db8::1/128", "192.0.2.2/32", "192.0.2.1/32"])
        .await;
    let page = |page_token: String| v1::ListRoutesRequest {
        page_size: 2,
        page_token,
        ..v1::ListRoutesRequest::default()
    };
    let (first, token) = list(&mut speaker, page(String::new())).await;
    assert_eq!(first, ["192.0.2.1/32", "192.0.2.2/32"]);
    let (second, token) = list(&mut speaker, page(token)).await;
    assert_eq!(second, ["2001:db8::1/128"]);
    assert_eq!(token, "");
}

#[tokio::test]
async fn a_route_lives_while_one_owner_wants_it() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&active("tor1", router.address)).await;
    let other = v1::AnnounceRequest {
        owner: "script".to_owned(),
        routes: vec![route("192.0.2.10/32")],
        ..v1::AnnounceRequest::default()
    };
    speaker.api.announce(other).await.unwrap();
    speaker.announce(&["192.0.2.10/32", "192.0.2.11/32"]).await;
    router.holds(&["192.0.2.10/32", "192.0.2.11/32"]).await;
    speaker
        .withdraw(&["192.0.2.10/32", "192.0.2.11/32"])
        .await
        .unwrap();
    router.holds(&["192.0.2.10/32"]).await;
    let request = v1::ListRoutesRequest {
        prefix: "192.0.2.10/32".to_owned(),
        ..v1::ListRoutesRequest::default()
    };
    let answer = speaker.api.list_routes(request).await.unwrap().into_inner();
    assert_eq!(answer.routes[0].owners, ["script"]);
    assert_eq!(answer.routes[0].eligible_peers, 1);
}

async fn list(speaker: &mut Speaker, request: v1::ListRoutesRequest) -> (Vec<String>, String) {
    let answer = speaker.api.list_routes(request).await.unwrap().into_inner();
    let routes = answer.routes.into_iter().filter_map(|state| state.route);
    (
        routes.map(|route| route.prefix).collect(),
        answer.next_page_token,
    )
}
