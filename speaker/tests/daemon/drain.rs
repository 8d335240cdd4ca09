//! Drains, and what else operators do to sessions.

use std::time::Duration;

use bellwether_proto::v1;
use nix::sys::signal::Signal;
use tonic::Code;

use crate::router::Router;
use crate::speaker::{Speaker, active};
use crate::within;

const ROUTE: &str = "192.0.2.10/32";

fn all(wait: Duration) -> v1::DrainRequest {
    v1::DrainRequest {
        wait: prost_types::Duration::try_from(wait).ok(),
        communication: "maintenance".to_owned(),
        ..v1::DrainRequest::default()
    }
}

fn of(target: v1::drain_target::Target) -> Option<v1::DrainTarget> {
    Some(v1::DrainTarget {
        target: Some(target),
    })
}

/// Drains, and follows that to its end: the phases, each once.
async fn drain(speaker: &mut Speaker, request: v1::DrainRequest) -> Vec<v1::DrainPhase> {
    let answers = speaker.api.drain(request).await.unwrap();
    let mut answers = answers.into_inner();
    let mut phases = Vec::new();
    while let Some(progress) = within("an answer of the drain", answers.message())
        .await
        .unwrap()
    {
        phases.push(progress.phase());
    }
    phases.dedup();
    phases
}

#[tokio::test]
async fn a_drain_deprefers_then_withdraws_then_ends_the_session() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&active("tor1", router.address)).await;
    speaker.announce(&[ROUTE]).await;
    router.holds(&[ROUTE]).await;
    let phases = drain(&mut speaker, all(Duration::from_millis(300))).await;
    assert_eq!(phases.last(), Some(&v1::DrainPhase::Drained));
    assert!(phases.contains(&v1::DrainPhase::Waiting));
    let seen = router
        .when("the end of the session", |seen| !seen.down.is_empty())
        .await;
    assert_eq!(
        seen.story,
        [
            "announce",
            "graceful-shutdown",
            "announce",
            "withdraw",
            "down"
        ]
    );
    assert_eq!(
        seen.down,
        ["the peer sent Cease/Administrative Shutdown: \"maintenance\""]
    );
    let peer = speaker.peer("tor1").await;
    assert_eq!(
        peer.administrative_state(),
        v1::AdministrativeState::Drained
    );
    assert_eq!(peer.administrative_reason, "maintenance");

    let undrain = v1::UndrainRequest::default();
    speaker.api.undrain(undrain.clone()).await.unwrap();
    router.holds(&[ROUTE]).await;
    let again = speaker.api.undrain(undrain).await.unwrap_err();
    assert_eq!(again.code(), Code::NotFound);
    assert_eq!(again.message(), "target: everything is not being drained");
}

#[tokio::test]
async fn the_drain_of_one_peer_leaves_the_others_alone() {
    let (one, other) = (Router::listen("127.0.0.2"), Router::listen("127.0.0.3"));
    let peers = active("tor1", one.address) + &active("tor2", other.address);
    let mut speaker = Speaker::start(&peers).await;
    speaker.announce(&[ROUTE]).await;
    one.holds(&[ROUTE]).await;
    other.holds(&[ROUTE]).await;
    let request = v1::DrainRequest {
        target: of(v1::drain_target::Target::Peer("tor1".to_owned())),
        ..all(Duration::ZERO)
    };
    drain(&mut speaker, request).await;
    let seen = one
        .when("the end of the session", |seen| !seen.down.is_empty())
        .await;
    assert_eq!((seen.depreferred, seen.withdrawn), (1, 1));
    let seen = other.seen();
    assert_eq!((seen.depreferred, seen.withdrawn), (0, 0));
    assert!(seen.established);
}

#[tokio::test]
async fn the_drain_of_an_owner_ends_no_session_and_what_it_says_meanwhile_counts_later() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&active("tor1", router.address)).await;
    speaker.announce(&[ROUTE]).await;
    router.holds(&[ROUTE]).await;
    let target = of(v1::drain_target::Target::Owner("cli".to_owned()));
    let request = v1::DrainRequest {
        target: target.clone(),
        ..all(Duration::ZERO)
    };
    let phases = drain(&mut speaker, request).await;
    assert!(!phases.contains(&v1::DrainPhase::Closing));
    router.holds(&[]).await;
    let applied = speaker.announce(&["192.0.2.11/32"]).await;
    assert_eq!(applied.added, 1);
    assert!(router.seen().established);
    speaker
        .api
        .undrain(v1::UndrainRequest { target })
        .await
        .unwrap();
    router.holds(&[ROUTE, "192.0.2.11/32"]).await;
}

#[tokio::test]
async fn depreference_only_withdraws_nothing() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&active("tor1", router.address)).await;
    speaker.announce(&[ROUTE]).await;
    router.holds(&[ROUTE]).await;
    let request = v1::DrainRequest {
        depreference_only: true,
        ..all(Duration::ZERO)
    };
    let phases = drain(&mut speaker, request).await;
    assert_eq!(phases.last(), Some(&v1::DrainPhase::Depreferred));
    let seen = router
        .when("the community", |seen| seen.depreferred == 1)
        .await;
    assert_eq!((seen.withdrawn, seen.established), (0, true));
}

#[tokio::test]
async fn within_a_grace_period_sigterm_deprefers_first() {
    let router = Router::listen("127.0.0.2");
    let peers = active("tor1", router.address);
    let mut speaker = Speaker::start_with(&peers, |command| {
        command.args(["--grace-period", "5s"]);
        command.args(["--log-level", "debug,h2=info"]);
    })
    .await;
    speaker.announce(&[ROUTE]).await;
    router.holds(&[ROUTE]).await;
    speaker.signal(Signal::SIGTERM);
    let seen = router
        .when("the end of the session", |seen| !seen.down.is_empty())
        .await;
    assert_eq!(
        seen.story,
        [
            "announce",
            "graceful-shutdown",
            "announce",
            "withdraw",
            "down"
        ]
    );
    let (status, took) = speaker.ended().await;
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn a_peer_that_is_shut_down_stays_down_until_it_is_enabled() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&active("tor1", router.address)).await;
    router.established().await;
    let request = v1::ShutdownPeerRequest {
        peer: "tor1".to_owned(),
        communication: "cabling".to_owned(),
    };
    speaker.api.shutdown_peer(request).await.unwrap();
    let seen = router
        .when("the end of the session", |seen| !seen.down.is_empty())
        .await;
    assert_eq!(
        seen.down,
        ["the peer sent Cease/Administrative Shutdown: \"cabling\""]
    );
    let peer = speaker.peer("tor1").await;
    assert_eq!(
        peer.administrative_state(),
        v1::AdministrativeState::ShutDown
    );
    assert_eq!(peer.administrative_reason, "cabling");
    let request = v1::EnablePeerRequest {
        peer: "127.0.0.2".to_owned(),
    };
    speaker.api.enable_peer(request).await.unwrap();
    router.established().await;
}

#[tokio::test]
async fn a_peer_that_is_reset_comes_back_by_itself() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&active("tor1", router.address)).await;
    router.established().await;
    let request = v1::ResetPeerRequest {
        peer: "tor1".to_owned(),
        communication: "again".to_owned(),
    };
    speaker.api.reset_peer(request).await.unwrap();
    let seen = router
        .when("a session after the reset", |seen| {
            !seen.down.is_empty() && seen.established
        })
        .await;
    assert_eq!(
        seen.down,
        ["the peer sent Cease/Administrative Reset: \"again\""]
    );
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let mut speaker = Speaker::start("").await;
    let request = v1::ResetPeerRequest {
        peer: "tor9".to_owned(),
        communication: String::new(),
    };
    let refused = speaker.api.reset_peer(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let what = "peer: none has the name or the address \"tor9\"";
    assert_eq!(refused.message(), what);
    let request = v1::DrainRequest {
        target: of(v1::drain_target::Target::Owner("nobody".to_owned())),
        ..v1::DrainRequest::default()
    };
    let refused = speaker.api.drain(request).await.unwrap_err();
    assert_eq!(
        refused.message(),
        "owner: there is none with the name nobody"
    );
}
