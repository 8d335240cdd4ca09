//! What an operator asks of a session: keys, TTLs, limits, and changes that disturb nobody.

use std::path::Path;

use bellwether_proto::v1;
use nix::sys::signal::Signal;
use tempfile::TempDir;

use crate::router::Router;
use crate::speaker::{Speaker, active, passive};

const ONE: &str = "192.0.2.1/32";

fn key_file(folder: &TempDir, key: &str) -> String {
    let path = folder.path().join("key");
    write(&path, key);
    format!("md5-secret-file = {path:?}\n")
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}

async fn reloaded(speaker: &Speaker, peers: &str, said: &str) {
    speaker.rewrite(peers);
    speaker.signal(Signal::SIGHUP);
    speaker.logged(said).await;
}

#[tokio::test]
async fn two_speakers_with_one_key_meet_and_with_two_they_do_not() {
    for (key, meet) in [("a key", true), ("another key", false)] {
        let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let peer = passive("other", "127.0.0.2") + &key_file(&ours, "a key\n");
        let mut one = Speaker::start(&peer.replace("64513", "64512")).await;
        let other = format!(
            "[[peers]]\nname = \"one\"\naddress = \"127.0.0.1\"\nport = {}\nasn = 64512\n\
             local-address = \"127.0.0.2\"\nrouter-id = \"10.0.0.2\"\nconnect-retry-time = \"1s\"\n{}",
            one.listen.port(),
            key_file(&theirs, key)
        );
        let mut other = Speaker::start(&other).await;
        if meet {
            one.established("other").await;
        } else {
            let peer = other
                .peer_when("one", |peer| peer.last_error.contains("TCP MD5 is on"))
                .await;
            assert_eq!(peer.established_count, 0);
        }
        assert!(!one.log().contains("a key") && !other.log().contains("another key"));
    }
}

#[tokio::test]
async fn both_sides_change_the_key_and_the_session_goes_on() {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mine = passive("other", "127.0.0.2").replace("64513", "64512") + &key_file(&ours, "old");
    let mut one = Speaker::start(&mine).await;
    let its = format!(
        "[[peers]]\nname = \"one\"\naddress = \"127.0.0.1\"\nport = {}\nasn = 64512\n\
         local-address = \"127.0.0.2\"\nrouter-id = \"10.0.0.2\"\n{}",
        one.listen.port(),
        key_file(&theirs, "old")
    );
    let mut other = Speaker::start(&its).await;
    one.established("other").await;
    key_file(&ours, "new");
    key_file(&theirs, "new");
    reloaded(&one, &mine, "changed without a reset").await;
    reloaded(&other, &its, "changed without a reset").await;
    one.announce(&[ONE]).await;
    crate::within(
        "the route comes over the connection that was there",
        async {
            while other.peer("one").await.received_routes != 1 {
                tokio::task::yield_now().await;
            }
        },
    )
    .await;
    assert_eq!(other.peer("one").await.established_count, 1);
}

#[tokio::test]
async fn a_peer_whose_packets_have_a_small_ttl_is_kept_out() {
    let router = Router::listen("127.0.0.2");
    let peer = active("tor1", router.address) + "ttl-security = 1\n";
    let mut speaker = Speaker::start(&peer).await;
    let seen = speaker
        .peer_when("tor1", |peer| {
            peer.last_error.contains("TTL security is on")
        })
        .await;
    assert_eq!(seen.established_count, 0);
    let open = peer.replace("ttl-security = 1", "multihop = 1");
    speaker.rewrite(&open);
    speaker.signal(Signal::SIGHUP);
    speaker.established("tor1").await;
}

#[tokio::test]
async fn another_next_hop_is_announced_without_a_reset() {
    let router = Router::listen("127.0.0.2");
    let peer = active("tor1", router.address);
    let mut speaker = Speaker::start(&peer).await;
    speaker.announce(&[ONE]).await;
    router.holds(&[ONE]).await;
    let other = peer.replace("192.0.2.254", "192.0.2.253") + "description = \"moved\"\n";
    speaker.rewrite(&other);
    speaker.signal(Signal::SIGHUP);
    let twice = |seen: &crate::router::Seen| seen.routes.values().any(|times| *times == 2);
    router.when("the route again", twice).await;
    let peer = speaker.peer("tor1").await;
    assert_eq!(peer.established_count, 1);
    let declared = peer.peer.unwrap();
    assert_eq!(declared.next_hop_ipv4, "192.0.2.253");
    assert_eq!(declared.description, "moved");
}

#[tokio::test]
async fn a_family_that_loses_its_next_hop_is_withdrawn_without_a_reset() {
    let router = Router::listen("127.0.0.2");
    let peer = active("tor1", router.address);
    let mut speaker = Speaker::start(&peer).await;
    speaker.announce(&[ONE, "2001:db8::1/128"]).await;
    router.holds(&[ONE, "2001:db8::1/128"]).await;
    speaker.rewrite(&peer.replace("next-hop-ipv6 = \"2001:db8::1\"", ""));
    speaker.signal(Signal::SIGHUP);
    router.holds(&[ONE]).await;
    let peer = speaker.peer("tor1").await;
    assert_eq!(peer.established_count, 1);
    assert_eq!(peer.unadvertised.len(), 1);
}

#[tokio::test]
async fn too_many_routes_end_the_session_until_the_time_is_over() {
    let mut one = Speaker::start(
        &(passive("other", "127.0.0.2").replace("64513", "64512")
            + "max-prefixes = 2\nmax-prefixes-restart = \"1s\"\n"),
    )
    .await;
    let other = format!(
        "[[peers]]\nname = \"one\"\naddress = \"127.0.0.1\"\nport = {}\nasn = 64512\n\
         local-address = \"127.0.0.2\"\nrouter-id = \"10.0.0.2\"\nconnect-retry-time = \"1s\"\n\
         next-hop-ipv4 = \"192.0.2.253\"\n",
        one.listen.port(),
    );
    let mut other = Speaker::start(&other).await;
    one.established("other").await;
    other.announce(&[ONE, "192.0.2.2/32", "192.0.2.3/32"]).await;
    let told = "Cease/Maximum Number of Prefixes Reached";
    other
        .peer_when("one", |peer| peer.last_error.contains(told))
        .await;
    let idle = one.peer("other").await;
    assert_eq!(idle.state(), v1::SessionState::Idle);
    assert!(
        idle.last_error
            .contains("more than 2 routes of ipv4-unicast")
    );
    other.withdraw(&["192.0.2.3/32"]).await.unwrap();
    one.peer_when("other", |peer| {
        peer.established_count >= 2 && peer.state() == v1::SessionState::Established
    })
    .await;
}

#[tokio::test]
async fn a_limit_that_is_only_warned_of_ends_nothing() {
    let peer = passive("other", "127.0.0.2").replace("64513", "64512")
        + "max-prefixes = 1\nmax-prefixes-warning-only = true\n";
    let mut one = Speaker::start(&peer).await;
    let other = format!(
        "[[peers]]\nname = \"one\"\naddress = \"127.0.0.1\"\nport = {}\nasn = 64512\n\
         local-address = \"127.0.0.2\"\nrouter-id = \"10.0.0.2\"\nnext-hop-ipv4 = \"192.0.2.253\"\n",
        one.listen.port(),
    );
    let mut other = Speaker::start(&other).await;
    one.established("other").await;
    other.announce(&[ONE, "192.0.2.2/32"]).await;
    one.logged("the peer announces more routes than it may")
        .await;
    assert_eq!(one.peer("other").await.established_count, 1);
}
