//! What the service manager is told.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::DEADLINE;
use crate::speaker::Speaker;

/// What the service manager hears, a state a line, until it hears this.
fn heard_until(manager: &UnixDatagram, last: &str) -> Vec<String> {
    manager.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut heard: Vec<String> = Vec::new();
    let mut buffer = [0; 1024];
    while heard.iter().all(|state| state != last) {
        let octets = manager.recv(&mut buffer).unwrap();
        let text = std::str::from_utf8(&buffer[..octets]).unwrap();
        heard.extend(text.lines().map(str::to_owned));
    }
    heard
}

#[tokio::test]
async fn it_hears_of_the_start_a_reload_and_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    let mut speaker = Speaker::start_with("", |command| {
        command.env("NOTIFY_SOCKET", &path);
    })
    .await;
    assert_eq!(heard_until(&manager, "READY=1"), ["READY=1"]);
    speaker.signal(Signal::SIGHUP);
    let reload = heard_until(&manager, "READY=1");
    assert_eq!(reload[0], "RELOADING=1");
    assert!(reload[1].starts_with("MONOTONIC_USEC="), "{reload:?}");
    speaker.signal(Signal::SIGTERM);
    assert_eq!(heard_until(&manager, "STOPPING=1"), ["STOPPING=1"]);
    assert_eq!(speaker.ended().await.0.code(), Some(0));
}

#[tokio::test]
async fn the_watchdog_hears_a_sign_of_life_twice_in_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    let _speaker = Speaker::start_with("", |command| {
        let time = Duration::from_millis(400);
        command.env("NOTIFY_SOCKET", &path);
        command.env("WATCHDOG_USEC", time.as_micros().to_string());
    })
    .await;
    heard_until(&manager, "WATCHDOG=1");
    assert_eq!(heard_until(&manager, "WATCHDOG=1"), ["WATCHDOG=1"]);
}
