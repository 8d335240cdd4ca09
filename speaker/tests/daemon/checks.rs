//! Health checks decide whether routes are announced.

use std::path::Path;

use nix::sys::signal::Signal;

use crate::router::Router;
use crate::speaker::{Speaker, active};

/// A route that is announced while there is a file, and one that always is.
fn config(router: &Router, file: &Path) -> String {
    active("tor1", router.address)
        + &format!(
            "[[checks]]\nname = \"file\"\ncommand = [\"test\", \"-e\", {file:?}]\n\
             interval = \"100ms\"\nrise = 2\nfall = 2\n\
             [[routes]]\nprefix = \"192.0.2.53/32\"\ncheck = \"file\"\n\
             [[routes]]\nprefix = \"192.0.2.1/32\"\n"
        )
}

#[tokio::test]
async fn a_route_comes_and_goes_with_its_check() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("healthy");
    let router = Router::listen("127.0.0.2");
    let mut speaker = Speaker::start(&config(&router, &file)).await;
    speaker.logged("unhealthy: its routes are withdrawn").await;
    router.holds(&["192.0.2.1/32"]).await;
    std::fs::write(&file, "").unwrap();
    router.holds(&["192.0.2.1/32", "192.0.2.53/32"]).await;
    std::fs::remove_file(&file).unwrap();
    router.holds(&["192.0.2.1/32"]).await;
    assert_eq!(speaker.peer("tor1").await.established_count, 1);
    let log = speaker.log();
    assert!(log.contains("the command exited with code 1"), "{log}");
}

#[tokio::test]
async fn a_check_with_other_counts_keeps_its_routes_announced_over_a_reload() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("healthy");
    std::fs::write(&file, "").unwrap();
    let router = Router::listen("127.0.0.2");
    let speaker = Speaker::start(&config(&router, &file)).await;
    router.holds(&["192.0.2.1/32", "192.0.2.53/32"]).await;
    let changed = config(&router, &file).replace("rise = 2", "rise = 500");
    speaker.rewrite(&changed);
    speaker.signal(Signal::SIGHUP);
    speaker
        .logged("configuration: checks.file.rise: 2 -> 500")
        .await;
    let seen = router.holds(&["192.0.2.1/32", "192.0.2.53/32"]).await;
    assert_eq!(seen.withdrawn, 0);
}
