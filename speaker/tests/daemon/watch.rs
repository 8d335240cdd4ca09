//! The watch streams.

use bellwether_proto::v1;
use tonic::Streaming;

use crate::router::Router;
use crate::speaker::{Speaker, active};
use crate::within;

async fn next(events: &mut Streaming<v1::RouteEvent>) -> (v1::EventType, String) {
    let event = within("an event", events.message()).await.unwrap().unwrap();
    let kind = event.r#type();
    let prefix = event
        .route
        .and_then(|state| state.route)
        .map(|route| route.prefix);
    (kind, prefix.unwrap_or_default())
}

#[tokio::test]
async fn routes_that_are_there_then_synced_then_each_change() {
    let mut speaker = Speaker::start("").await;
    speaker.announce(&["192.0.2.1/32"]).await;
    let watch = speaker
        .api
        .watch_routes(v1::WatchRoutesRequest::default())
        .await;
    let mut events = watch.unwrap().into_inner();
    let upsert = |prefix: &str| (v1::EventType::Upsert, prefix.to_owned());
    assert_eq!(next(&mut events).await, upsert("192.0.2.1/32"));
    assert_eq!(
        next(&mut events).await,
        (v1::EventType::Synced, String::new())
    );
    // What does not change is no event.
    speaker.announce(&["192.0.2.1/32", "192.0.2.2/32"]).await;
    assert_eq!(next(&mut events).await, upsert("192.0.2.2/32"));
    speaker.withdraw(&["192.0.2.1/32"]).await.unwrap();
    let deleted = (v1::EventType::Delete, "192.0.2.1/32".to_owned());
    assert_eq!(next(&mut events).await, deleted);
}

#[tokio::test]
async fn peers_tell_their_transitions() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&active("tor1", router.address)).await;
    let up = speaker.established("tor1").await;
    assert_eq!(up.remote_endpoint, router.address.to_string());
    assert_eq!(up.negotiated.unwrap().remote_router_id, "127.0.0.2");
    drop(router);
    let down = |peer: &v1::PeerState| !peer.last_error.is_empty();
    let down = speaker.peer_when("tor1", down).await;
    assert_eq!(down.established_count, 1);
    assert!(down.negotiated.is_none());
}

#[tokio::test]
async fn a_watch_goes_on_from_its_token_with_what_changed_alone() {
    let mut speaker = Speaker::start("").await;
    speaker.announce(&["192.0.2.1/32", "192.0.2.2/32"]).await;
    let watch = speaker
        .api
        .watch_routes(v1::WatchRoutesRequest::default())
        .await;
    let mut events = watch.unwrap().into_inner();
    let mut token = String::new();
    while token.is_empty() {
        let event = within("an event", events.message()).await.unwrap().unwrap();
        token = event.resume_token;
    }
    drop(events);
    speaker.withdraw(&["192.0.2.1/32"]).await.unwrap();
    let mut events = resume(&mut speaker, &token).await.unwrap();
    let deleted = (v1::EventType::Delete, "192.0.2.1/32".to_owned());
    let nothing = String::new;
    assert_eq!(next(&mut events).await, (v1::EventType::Resumed, nothing()));
    assert_eq!(next(&mut events).await, deleted);
    assert_eq!(next(&mut events).await, (v1::EventType::Synced, nothing()));
}

#[tokio::test]
async fn a_token_of_another_life_begins_with_everything_and_says_so() {
    let mut speaker = Speaker::start("").await;
    speaker.announce(&["192.0.2.1/32"]).await;
    let mut events = resume(&mut speaker, "00000000deadbeef-7").await.unwrap();
    assert_eq!(next(&mut events).await.0, v1::EventType::Snapshot);
    assert_eq!(next(&mut events).await.0, v1::EventType::Upsert);
    assert_eq!(next(&mut events).await.0, v1::EventType::Synced);
    let wrong = resume(&mut speaker, "yesterday").await.unwrap_err();
    assert_eq!(wrong.code(), tonic::Code::InvalidArgument);
}

async fn resume(
    speaker: &mut Speaker,
    token: &str,
) -> Result<Streaming<v1::RouteEvent>, tonic::Status> {
    let request = v1::WatchRoutesRequest {
        resume_token: token.to_owned(),
    };
    let watch = speaker.api.watch_routes(request).await;
    watch.map(tonic::Response::into_inner)
}
