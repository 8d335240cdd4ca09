//! The configuration file, read again.

use bellwether_proto::v1;
use nix::sys::signal::Signal;

use crate::router::Router;
use crate::speaker::{Speaker, active};

fn route(prefix: &str, more: &str) -> String {
    format!("[[routes]]\nprefix = {prefix:?}\n{more}")
}

#[tokio::test]
async fn a_static_route_is_announced_by_the_owner_config() {
    let router = Router::listen("127.0.0.2");
    let config = active("tor1", router.address) + &route("192.0.2.53/32", "med = 5\n");
    let mut speaker = Speaker::start(&config).await;
    router.holds(&["192.0.2.53/32"]).await;
    let request = v1::ListRoutesRequest {
        prefix: "192.0.2.53/32".to_owned(),
        ..v1::ListRoutesRequest::default()
    };
    let answer = speaker.api.list_routes(request).await.unwrap().into_inner();
    assert_eq!(answer.routes[0].owners, ["config"]);
    let route = answer.routes[0].route.clone().unwrap();
    assert_eq!(route.attributes.unwrap().med, Some(5));
}

#[tokio::test]
async fn sighup_applies_the_difference_and_the_session_goes_on() {
    let router = Router::listen("127.0.0.2");
    let peer = active("tor1", router.address);
    let mut speaker = Speaker::start(&(peer.clone() + &route("192.0.2.1/32", ""))).await;
    speaker.announce(&["192.0.2.9/32"]).await;
    router.holds(&["192.0.2.1/32", "192.0.2.9/32"]).await;
    speaker.rewrite(&(peer + "required = false\n" + &route("192.0.2.2/32", "")));
    speaker.signal(Signal::SIGHUP);
    router.holds(&["192.0.2.2/32", "192.0.2.9/32"]).await;
    assert_eq!(speaker.peer("tor1").await.established_count, 1);
    speaker
        .logged("configuration: peers.tor1.required: true -> false")
        .await;
}

#[tokio::test]
async fn a_file_with_problems_changes_nothing_and_all_are_logged() {
    let router = Router::listen("127.0.0.2");
    let config = active("tor1", router.address) + &route("192.0.2.1/32", "");
    let mut speaker = Speaker::start(&config).await;
    router.holds(&["192.0.2.1/32"]).await;
    let wrong = route("192.0.2.2/32", "med = -1\n") + &route("192.0.2.3/24", "");
    speaker.rewrite(&(active("tor2", router.address) + &wrong));
    speaker.signal(Signal::SIGHUP);
    let log = speaker.logged("the configuration stays as it is").await;
    assert!(log.contains("routes[0].med: -1 is not in"), "{log}");
    assert!(log.contains("routes[1].prefix: 192.0.2.3/24"), "{log}");
    assert_eq!(speaker.peer("tor1").await.established_count, 1);
    router.holds(&["192.0.2.1/32"]).await;
}

#[tokio::test]
async fn a_peer_is_added_and_another_deleted_by_a_reload() {
    let (first, second) = (Router::listen("127.0.0.2"), Router::listen("127.0.0.3"));
    let mut speaker = Speaker::start(&active("tor1", first.address)).await;
    first.established().await;
    speaker.rewrite(&active("tor2", second.address));
    speaker.signal(Signal::SIGHUP);
    second.established().await;
    let seen = first
        .when("the end of the session", |seen| !seen.down.is_empty())
        .await;
    assert!(seen.down[0].contains("Peer De-configured"), "{seen:?}");
    let peers = speaker.api.list_peers(v1::ListPeersRequest::default());
    assert_eq!(peers.await.unwrap().into_inner().peers.len(), 1);
}

#[tokio::test]
async fn the_log_level_follows_the_file_unless_the_command_line_has_one() {
    let speaker = Speaker::start_with("[logging]\nlevel = \"warn\"\n", |_| {}).await;
    assert_eq!(speaker.log(), "");
    speaker.rewrite("[logging]\nlevel = \"info\"\n");
    speaker.signal(Signal::SIGHUP);
    speaker
        .logged("configuration: logging.level: \"warn\" -> \"info\"")
        .await;
}

#[tokio::test]
async fn what_needs_a_restart_is_named() {
    let speaker = Speaker::start("").await;
    speaker.rewrite("[metrics]\nlisten = \"127.0.0.1:1\"\n");
    speaker.signal(Signal::SIGHUP);
    speaker
        .logged("metrics.listen: \"\" -> \"127.0.0.1:1\" (needs a restart)")
        .await;
}
