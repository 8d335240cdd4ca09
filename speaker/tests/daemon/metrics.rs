//! What the speaker shows by HTTP, and what it logs.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::router::Router;
use crate::speaker::{Speaker, active};
use crate::within;

const METRICS: &str = "[metrics]\nlisten = \"127.0.0.1:0\"\n";

/// Where it is served, as the log tells.
async fn address(speaker: &Speaker) -> SocketAddr {
    let log = speaker.logged("metrics=Some(").await;
    let (_, rest) = log.split_once("metrics=Some(").unwrap();
    rest.split(')').next().unwrap().parse().unwrap()
}

/// Status line and body.
async fn get(address: SocketAddr, path: &str) -> (String, String) {
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let mut answer = String::new();
    within("an answer by HTTP", async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.read_to_string(&mut answer).await.unwrap();
    })
    .await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

/// The body, as soon as it has this line.
async fn get_with(address: SocketAddr, path: &str, line: &str) -> String {
    within(&format!("{path} with {line}"), async {
        loop {
            let (_, body) = get(address, path).await;
            if body.lines().any(|l| l == line) {
                return body;
            }
        }
    })
    .await
}

#[tokio::test]
async fn it_is_ready_when_every_required_peer_has_all_routes() {
    let router = Router::listen("127.0.0.2");
    // Nobody listens there.
    let away = active("away", "127.0.0.3:1".parse().unwrap());
    let optional = active("optional", "127.0.0.4:1".parse().unwrap()) + "required = false\n";
    let peers = active("tor1", router.address) + &away + &optional;
    let speaker = Speaker::start(&format!("{METRICS}{peers}")).await;
    let address = address(&speaker).await;
    router.established().await;
    within("only one peer is missing", async {
        loop {
            let (status, body) = get(address, "/readyz").await;
            assert_eq!(status, "HTTP/1.1 503 Service Unavailable");
            let lines: Vec<&str> = body.lines().skip(1).collect();
            if let [line] = lines[..]
                && line.starts_with("peer away is ")
                && line.contains(": cannot connect: Connection refused")
            {
                return;
            }
        }
    })
    .await;
    speaker.rewrite(&format!(
        "{METRICS}{}{optional}",
        active("tor1", router.address)
    ));
    speaker.signal(nix::sys::signal::Signal::SIGHUP);
    get_with(address, "/readyz", "ready").await;
    assert_eq!(get(address, "/healthz").await.1, "healthy\n");
}

#[tokio::test]
async fn sessions_routes_and_convergence_are_measured() {
    let router = Router::listen("127.0.0.2");
    let config = format!("{METRICS}{}", active("tor1", router.address));
    let mut speaker = Speaker::start(&config).await;
    let address = address(&speaker).await;
    speaker.established("tor1").await;
    speaker.announce(&["192.0.2.1/32"]).await;
    router.holds(&["192.0.2.1/32"]).await;
    let text = get_with(
        address,
        "/metrics",
        "bellwether_convergence_seconds_count 1",
    )
    .await;
    for line in [
        "bellwether_session_up{peer=\"tor1\"} 1.0",
        "bellwether_session_flaps_total{peer=\"tor1\"} 0",
        "bellwether_routes{family=\"ipv4-unicast\"} 1.0",
        "bellwether_update_groups 1.0",
        "bellwether_peers_behind 0.0",
        "bellwether_api_requests_total{method=\"Announce\"} 1",
    ] {
        assert!(text.lines().any(|l| l == line), "no {line} in {text}");
    }
    let sent = "bellwether_session_bytes_total{peer=\"tor1\",direction=\"sent\"} ";
    let sent = text.lines().find_map(|line| line.strip_prefix(sent));
    assert!(sent.unwrap().parse::<u64>().unwrap() > 19, "{text}");
}

#[tokio::test]
async fn an_unknown_path_is_told_what_there_is() {
    let speaker = Speaker::start(METRICS).await;
    let (status, body) = get(address(&speaker).await, "/").await;
    assert_eq!(status, "HTTP/1.1 404 Not Found");
    assert_eq!(body, "here are /metrics, /healthz and /readyz\n");
}

#[tokio::test]
async fn clients_that_say_nothing_do_not_keep_others_out() {
    let speaker = Speaker::start(METRICS).await;
    let address = address(&speaker).await;
    let mut silent = Vec::new();
    for _ in 0..16 {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    assert_eq!(get(address, "/healthz").await.1, "healthy\n");
}

#[tokio::test]
async fn the_log_tells_a_sessions_story_and_says_nothing_of_single_routes() {
    let router = Router::listen("127.0.0.2");
    let peer = active("tor1", router.address);
    let mut speaker = Speaker::start_with(&peer, |_| {}).await;
    speaker.established("tor1").await;
    let before = speaker.logged("session Established").await;
    let prefixes: Vec<String> = (0..200).map(|n| format!("192.0.2.{n}/32")).collect();
    let prefixes: Vec<&str> = prefixes.iter().map(String::as_str).collect();
    speaker.announce(&prefixes).await;
    router.holds(&prefixes).await;
    speaker.withdraw(&prefixes).await.unwrap();
    router.holds(&[]).await;
    assert_eq!(speaker.log(), before);
    drop(router);
    let log = speaker.logged("session ended").await;
    let story: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("peer=tor1"))
        .collect();
    assert!(story[0].contains("session Established"), "{log}");
    assert!(story.last().unwrap().contains("session ended: "), "{log}");
}
