//! `bellctl` as a process, where what matters is what happens on the socket: how it ends, what it writes
//! to which stream, and what the other end has to say.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first surprise, also in its helpers"
)]

#[expect(
    dead_code,
    reason = "each test program uses a part of the prepared answers"
)]
mod speaker;

use std::net::Shutdown;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{fs, thread};

use bellwether_proto::v1::{EventType, RouteEvent};
use speaker::{Script, TestSpeaker};
use tempfile::TempDir;
use tonic::Status;

/// `bellctl` with these arguments against a speaker at `socket`, once it has ended.
fn bellctl(socket: &Path, arguments: &[&str]) -> Output {
    command(arguments)
        .env("BELLWETHER_SOCKET", socket)
        .output()
        .unwrap()
}

/// `bellctl` with these arguments, and without what the person who runs the tests has set.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bellctl"));
    command
        .env_remove("BELLWETHER_ADDRESS")
        .env_remove("BELLWETHER_SOCKET")
        .env_remove("BELLWETHER_CONTEXT")
        .env("BELLWETHER_CONTEXTS", "/nonexistent/contexts.toml")
        .args(arguments);
    command
}

/// A folder of the test's own, and the path of a socket in it that is not there.
fn nowhere() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let socket = folder.path().join("speaker.sock");
    (folder, socket)
}

/// The process ended with this code, wrote nothing to standard output, and one error to standard error.
#[track_caller]
fn assert_error(output: &Output, code: i32, words: &[&str]) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{error}");
    assert!(output.stdout.is_empty(), "{output:?}");
    assert!(error.starts_with("error: "), "{error}");
    for word in words {
        assert!(error.contains(word), "no {word:?} in {error}");
    }
}

#[test]
fn a_speaker_that_is_not_there_is_code_3_and_names_the_socket_and_what_to_do() {
    let (_folder, socket) = nowhere();
    let output = bellctl(&socket, &["status"]);
    let path = socket.to_str().unwrap();
    assert_error(&output, 3, &[path, "No such file", "running", "--socket"]);
}

#[test]
fn a_socket_that_nobody_listens_on_is_code_3() {
    let (_folder, socket) = nowhere();
    drop(UnixListener::bind(&socket).unwrap());
    let output = bellctl(&socket, &["peers"]);
    assert_error(&output, 3, &["Connection refused", "nobody listens"]);
}

#[test]
fn a_program_that_does_not_speak_grpc_is_code_3() {
    let (_folder, socket) = nowhere();
    let listener = UnixListener::bind(&socket).unwrap();
    let stranger = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        // Until the other end hangs up, so that what was written is read there first.
        std::io::copy(&mut stream, &mut std::io::sink()).ok();
    });
    let output = bellctl(&socket, &["status"]);
    stranger.join().unwrap();
    assert_error(&output, 3, &["connection to the speaker failed"]);
}

#[test]
fn an_invalid_prefix_is_code_2_before_the_speaker_is_asked() {
    let (_folder, socket) = nowhere();
    for command in ["announce", "withdraw", "routes"] {
        let output = bellctl(&socket, &[command, "10.0.0.1/24"]);
        assert_error(&output, 2, &["10.0.0.1/24", "10.0.0.0/24"]);
    }
}

#[test]
fn what_the_speaker_does_not_find_is_code_4_in_its_own_words() {
    let speaker = TestSpeaker::refusing(Status::not_found("no peer has the name tor9"));
    let output = bellctl(speaker.socket(), &["peers", "tor9"]);
    assert_error(&output, 4, &["no peer has the name tor9"]);
}

#[test]
fn with_json_an_error_is_still_text_on_standard_error() {
    let speaker = TestSpeaker::refusing(Status::not_found("192.0.2.9/32 is not announced"));
    let output = bellctl(speaker.socket(), &["routes", "192.0.2.9/32", "-o", "json"]);
    assert_error(&output, 4, &["192.0.2.9/32 is not announced"]);
}

#[test]
fn an_argument_that_the_speaker_does_not_accept_is_code_2() {
    let speaker = TestSpeaker::refusing(Status::invalid_argument(
        "routes[0].attributes.communities[0]: foo is not a community",
    ));
    let arguments = ["announce", "192.0.2.10/32", "--community=foo"];
    let output = bellctl(speaker.socket(), &arguments);
    assert_error(&output, 2, &["foo is not a community"]);
}

#[test]
fn any_other_refusal_is_code_1() {
    let speaker = TestSpeaker::refusing(Status::failed_precondition("shutting down"));
    let output = bellctl(speaker.socket(), &["withdraw", "192.0.2.10/32"]);
    assert_error(&output, 1, &["FailedPrecondition", "shutting down"]);
}

/// A speaker whose stream of routes brings `events` and ends; that of the peers stays silent.
fn watched(events: Vec<Result<RouteEvent, Status>>) -> TestSpeaker {
    TestSpeaker::serve(Script {
        route_events: Some(events),
        ..Script::default()
    })
}

#[test]
fn a_stream_that_ends_is_code_1_after_what_it_brought() {
    let synced = RouteEvent {
        r#type: EventType::Synced.into(),
        route: None,
        resume_token: "t1".to_owned(),
    };
    let speaker = watched(vec![Ok(synced)]);
    let output = bellctl(speaker.socket(), &["monitor", "routes", "-o", "json"]);
    let lines = String::from_utf8(output.stdout).unwrap();
    assert!(
        lines.contains(r#""kind":"route","type":"synced""#),
        "{lines}"
    );
    assert_eq!(lines.lines().count(), 1, "{lines}");
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("stream of routes ended"), "{error}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn when_one_of_two_monitored_streams_ends_it_is_over() {
    let speaker = watched(vec![]);
    let output = bellctl(speaker.socket(), &["monitor"]);
    assert_error(&output, 1, &["stream of routes ended", "closed"]);
}

#[test]
fn a_stream_that_breaks_says_why() {
    let speaker = watched(vec![Err(Status::resource_exhausted("too slow"))]);
    let output = bellctl(speaker.socket(), &["monitor", "routes"]);
    assert_error(&output, 1, &["stream of routes ended", "too slow"]);
}

#[test]
fn a_speaker_that_is_stopping_is_code_3_in_its_own_words() {
    let speaker = TestSpeaker::refusing(Status::unavailable("the speaker is stopping"));
    let output = bellctl(speaker.socket(), &["status"]);
    assert_error(&output, 3, &["error: the speaker is stopping"]);
}

#[test]
fn every_page_of_the_routes_is_asked_for() {
    let speaker = TestSpeaker::paged(&[&["192.0.2.1/32", "192.0.2.2/32"], &["192.0.2.3/32"]]);
    let output = bellctl(speaker.socket(), &["routes"]);
    let table = String::from_utf8(output.stdout).unwrap();
    let prefixes: Vec<_> = table
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(prefixes, ["192.0.2.1/32", "192.0.2.2/32", "192.0.2.3/32"]);
}

#[test]
fn completions_name_the_commands_and_need_no_speaker() {
    let (_folder, socket) = nowhere();
    for shell in ["bash", "zsh", "fish"] {
        let output = bellctl(&socket, &["completion", shell]);
        assert!(output.status.success());
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(script.contains("withdraw"), "{script}");
    }
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let speaker = TestSpeaker::paged(&[&["192.0.2.1/32"]]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command(&["routes", "--socket"])
        .arg(speaker.socket())
        .stdout(fs::File::from(std::os::fd::OwnedFd::from(writer)))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn a_reader_that_goes_away_ends_a_monitor_that_has_nothing_to_say() {
    let speaker = TestSpeaker::serve(Script::default());
    let (reader, writer) = std::io::pipe().unwrap();
    let mut child = command(&["monitor", "peers", "--socket"])
        .arg(speaker.socket())
        .stdout(writer)
        .spawn()
        .unwrap();
    drop(reader);
    assert!(child.wait().unwrap().success());
}
