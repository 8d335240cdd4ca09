//! Owners: leases, dry runs and generations.

use std::time::Duration;

use bellwether_proto::v1;
use tonic::Code;

use crate::router::Router;
use crate::speaker::{Speaker, active, route};
use crate::within;

const ROUTE: &str = "192.0.2.10/32";

fn lease(millis: u64, on_expiry: v1::ExpiryAction) -> v1::Lease {
    v1::Lease {
        ttl: Some(prost_types::Duration::try_from(Duration::from_millis(millis)).unwrap()),
        on_expiry: on_expiry.into(),
    }
}

fn announce(owner: &str, prefixes: &[&str], lease: Option<v1::Lease>) -> v1::AnnounceRequest {
    v1::AnnounceRequest {
        owner: owner.to_owned(),
        routes: prefixes.iter().map(|prefix| route(prefix)).collect(),
        lease,
        ..v1::AnnounceRequest::default()
    }
}

fn renew(owner: &str, lease: Option<v1::Lease>) -> v1::RenewLeaseRequest {
    v1::RenewLeaseRequest {
        owner: owner.to_owned(),
        lease,
    }
}

async fn owner(speaker: &mut Speaker, name: &str) -> v1::OwnerState {
    let request = v1::ListOwnersRequest {
        owner: name.to_owned(),
    };
    let answer = speaker.api.list_owners(request).await.unwrap();
    answer.into_inner().owners.remove(0)
}

async fn expired(speaker: &mut Speaker, name: &str) -> v1::OwnerState {
    within("the lease has run out", async {
        loop {
            let owner = owner(speaker, name).await;
            if owner.lease_expired {
                return owner;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
}

async fn list(speaker: &mut Speaker) -> Vec<v1::RouteState> {
    let request = v1::ListRoutesRequest::default();
    let answer = speaker.api.list_routes(request).await.unwrap();
    answer.into_inner().routes
}

#[tokio::test]
async fn a_lease_that_runs_out_deprefers_and_a_renewal_brings_everything_back() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&active("tor1", router.address)).await;
    let deprefer = Some(lease(1000, v1::ExpiryAction::Unspecified));
    let request = announce("script", &[ROUTE], deprefer);
    speaker.api.announce(request).await.unwrap();
    router.holds(&[ROUTE]).await;
    let seen = router.when("the community", |seen| seen.depreferred == 1);
    assert!(seen.await.withdrawn == 0);
    let state = owner(&mut speaker, "script").await;
    assert!(state.lease_expired);
    assert_eq!(state.standing(), v1::Standing::Depreferred);
    assert!(list(&mut speaker).await[0].depreferred);

    let renewed = speaker.api.renew_lease(renew("script", None)).await;
    let renewed = renewed.unwrap().into_inner().owner.unwrap();
    assert_eq!(renewed.standing(), v1::Standing::Active);
    let prefix = ROUTE.parse().unwrap();
    let seen = router.when("the route as it was", |seen| seen.routes[&prefix] >= 3);
    assert_eq!(seen.await.withdrawn, 0);
    assert!(!list(&mut speaker).await[0].depreferred);
}

#[tokio::test]
async fn a_lease_that_says_so_withdraws_until_the_owner_is_back() {
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&active("tor1", router.address)).await;
    let withdraw = Some(lease(1000, v1::ExpiryAction::Withdraw));
    let request = announce("script", &[ROUTE], withdraw);
    speaker.api.announce(request).await.unwrap();
    router.holds(&[ROUTE]).await;
    router.holds(&[]).await;
    let state = owner(&mut speaker, "script").await;
    assert_eq!(
        (state.routes, state.standing()),
        (1, v1::Standing::Withdrawn)
    );
    speaker
        .api
        .renew_lease(renew("script", None))
        .await
        .unwrap();
    router.holds(&[ROUTE]).await;
}

#[tokio::test]
async fn a_lease_that_says_so_keeps_everything() {
    let mut speaker = Speaker::start("").await;
    let keep = Some(lease(1000, v1::ExpiryAction::Keep));
    let request = announce("script", &[ROUTE], keep);
    speaker.api.announce(request).await.unwrap();
    let state = expired(&mut speaker, "script").await;
    assert_eq!(state.standing(), v1::Standing::Active);
    assert!(!list(&mut speaker).await[0].depreferred);
}

#[tokio::test]
async fn the_owner_that_is_alive_decides() {
    let mut speaker = Speaker::start("").await;
    let short = Some(lease(1000, v1::ExpiryAction::Deprefer));
    let mut first = announce("a", &[ROUTE], short);
    first.routes[0].attributes = Some(v1::RouteAttributes {
        med: Some(7),
        ..v1::RouteAttributes::default()
    });
    speaker.api.announce(first).await.unwrap();
    let second = announce("b", &[ROUTE], None);
    speaker.api.announce(second).await.unwrap();
    expired(&mut speaker, "a").await;
    let routes = list(&mut speaker).await;
    assert_eq!(routes[0].owners, ["b", "a"]);
    assert!(!routes[0].depreferred);
    let attributes = routes[0].route.clone().unwrap().attributes.unwrap();
    assert_eq!(attributes.med, None);
}

#[tokio::test]
async fn renewing_needs_an_owner_and_a_lease() {
    let mut speaker = Speaker::start("").await;
    let unknown = speaker.api.renew_lease(renew("script", None)).await;
    assert_eq!(unknown.unwrap_err().code(), Code::NotFound);
    let request = announce("script", &[ROUTE], None);
    speaker.api.announce(request).await.unwrap();
    let none = speaker.api.renew_lease(renew("script", None)).await;
    assert_eq!(none.unwrap_err().code(), Code::FailedPrecondition);
    let short = Some(lease(10, v1::ExpiryAction::Keep));
    let wrong = speaker.api.renew_lease(renew("script", short)).await;
    assert_eq!(
        wrong.unwrap_err().message(),
        "lease.ttl: 10ms is not in 1s to 2592000s; 0 is no lease"
    );
}

#[tokio::test]
async fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let mut speaker = Speaker::start("").await;
    speaker.announce(&[ROUTE, "192.0.2.11/32"]).await;
    let before = list(&mut speaker).await;
    let request = v1::ReplaceRequest {
        routes: vec![route(ROUTE), route("192.0.2.12/32")],
        dry_run: true,
        ..v1::ReplaceRequest::default()
    };
    let answer = speaker.api.replace(request.clone()).await.unwrap();
    let answer = answer.into_inner();
    assert_eq!((answer.added, answer.removed, answer.unchanged), (1, 1, 1));
    let named: Vec<_> = answer
        .differences
        .iter()
        .map(|d| (d.prefix.as_str(), d.before.is_some(), d.after.is_some()))
        .collect();
    assert_eq!(
        named,
        [
            ("192.0.2.11/32", true, false),
            ("192.0.2.12/32", false, true)
        ]
    );
    assert_eq!(list(&mut speaker).await, before);
    assert_eq!(
        owner(&mut speaker, "cli").await.generation,
        answer.generation
    );

    let request = v1::ReplaceRequest {
        dry_run: false,
        ..request
    };
    let applied = speaker.api.replace(request).await.unwrap().into_inner();
    assert_eq!((applied.added, applied.removed), (1, 1));
    assert_eq!(applied.generation, answer.generation + 1);
}

#[tokio::test]
async fn another_generation_than_expected_is_refused_with_the_one_in_force() {
    let mut speaker = Speaker::start("").await;
    let expecting = |expected| v1::AnnounceRequest {
        expect_generation: Some(expected),
        ..announce("script", &[ROUTE], None)
    };
    speaker.api.announce(expecting(0)).await.unwrap();
    let refused = speaker.api.announce(expecting(0)).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(
        refused.message(),
        "expect_generation: 0 is not 1, the generation in force of owner script"
    );
    speaker.api.announce(expecting(1)).await.unwrap();
}
