//! How a speaker ends.

use std::time::Duration;

use bellwether_proto::v1;
use nix::sys::signal::Signal;
use tonic::Code;

use crate::router::Router;
use crate::speaker::{Speaker, active};
use crate::within;

#[tokio::test]
async fn sigterm_withdraws_says_why_and_exits_0() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&active("tor1", router.address)).await;
    speaker.announce(&["192.0.2.1/32", "2001:db8::1/128"]).await;
    router.holds(&["192.0.2.1/32", "2001:db8::1/128"]).await;
    speaker.signal(Signal::SIGTERM);
    let seen = router
        .when("the end of the session", |seen| !seen.down.is_empty())
        .await;
    assert_eq!(seen.withdrawn, 2);
    assert_eq!(
        seen.down,
        ["the peer sent Cease/Administrative Shutdown: \"bellwether-speaker is stopping\""]
    );
    let (status, _) = speaker.ended().await;
    assert_eq!(status.code(), Some(0));
    assert!(!speaker.socket().exists());
}

#[tokio::test]
async fn sigint_means_the_same() {
    let mut speaker = Speaker::start("").await;
    speaker.signal(Signal::SIGINT);
    assert_eq!(speaker.ended().await.0.code(), Some(0));
}

#[tokio::test]
async fn open_streams_are_told_and_do_not_hold_up_the_end() {
    let mut speaker = Speaker::start("").await;
    let watch = speaker
        .api
        .watch_routes(v1::WatchRoutesRequest::default())
        .await;
    let mut events = watch.unwrap().into_inner();
    let synced = within("synced", events.message()).await.unwrap().unwrap();
    assert_eq!(synced.r#type(), v1::EventType::Synced);
    speaker.signal(Signal::SIGTERM);
    let end = within("the end of the watch", events.message()).await;
    assert_eq!(end.unwrap_err().code(), Code::Unavailable);
    assert_eq!(speaker.ended().await.0.code(), Some(0));
}

#[tokio::test]
async fn a_peer_that_reads_nothing_does_not_hold_up_the_end() {
    let (stalls, reads) = (Router::listen("127.0.0.2"), Router::listen("127.0.0.3"));
    let peers = active("stalls", stalls.address) + &active("reads", reads.address);
    let mut speaker = Speaker::start(&peers).await;
    stalls.established().await;
    reads.established().await;
    stalls.read(false);
    let routes = crate::strangers::announce_much(&mut speaker).await;
    reads
        .when("all routes", |seen| seen.routes.len() == routes)
        .await;
    speaker.signal(Signal::SIGTERM);
    let (status, took) = speaker.ended().await;
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
    let seen = reads
        .when("the end of the session", |seen| !seen.down.is_empty())
        .await;
    assert_eq!(seen.withdrawn as usize, routes);
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once_with_code_1() {
    let stalls = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&active("stalls", stalls.address)).await;
    stalls.established().await;
    stalls.read(false);
    crate::strangers::announce_much(&mut speaker).await;
    speaker.signal(Signal::SIGTERM);
    within("the first signal is heard", async {
        while !speaker.log().contains("told to stop by SIGTERM") {
            tokio::task::yield_now().await;
        }
    })
    .await;
    speaker.signal(Signal::SIGTERM);
    assert_eq!(speaker.ended().await.0.code(), Some(1));
}
