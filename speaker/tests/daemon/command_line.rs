//! What people see who start it by hand.

use crate::speaker::{Speaker, config, program};

#[test]
fn check_prints_what_is_in_force_and_exits_0() {
    let folder = tempfile::tempdir().unwrap();
    let output = program("asn = 64512\nrouter-id = \"10.0.0.1\"\n", &folder)
        .arg("--check")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("listen = [\"0.0.0.0:179\", \"[::]:179\"]"),
        "{text}"
    );
}

#[test]
fn check_lists_all_problems_and_exits_1() {
    let folder = tempfile::tempdir().unwrap();
    let output = program("asn = 0\nrouter-id = \"0.0.0.0\"\n", &folder)
        .arg("--check")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(
        lines,
        [
            "  asn: AS 0 is reserved (RFC 7607)",
            "  router-id: router ID 0.0.0.0 is not allowed (RFC 6286)"
        ]
    );
}

#[test]
fn a_port_that_is_taken_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let text = config(&folder, "").replace("127.0.0.1:0", &address);
    let output = program(&text, &folder).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    let expected = format!("cannot listen on {address} for BGP: Address already in use");
    assert!(text.contains(&expected), "{text}");
}

#[tokio::test]
async fn a_second_speaker_on_the_same_socket_is_refused() {
    let speaker = Speaker::start("").await;
    let folder = tempfile::tempdir().unwrap();
    let ours = config(&folder, "");
    let theirs = ours.replace(
        &crate::speaker::socket(&folder).display().to_string(),
        &speaker.socket().display().to_string(),
    );
    let output = program(&theirs, &folder).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("another speaker answers on"), "{text}");
    assert!(speaker.socket().exists());
}
