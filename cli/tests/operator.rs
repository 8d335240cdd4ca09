//! `bellctl` as a process, in the hands of an operator: how each command ends, and what it says.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first surprise, also in its helpers"
)]

#[expect(
    dead_code,
    reason = "each test program uses a part of the prepared answers"
)]
mod speaker;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use bellwether_proto::v1::{
    AdministrativeState, AdvertisementReason, ApplyResponse, ConfigDifference, ConfigEffect,
    DrainPhase, DrainProgress, ExplainResponse, GetStatusResponse, Peer, PeerExplanation,
    PeerState, ReloadResponse, RouteAttributes, RouteDifference, SentAttributes, SessionState,
};
use speaker::{Certificates, Script, TestSpeaker};
use tempfile::TempDir;
use tonic::Status;

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

/// What `bellctl` does with these arguments against `speaker`.
fn ask(speaker: &TestSpeaker, arguments: &[&str]) -> Output {
    command(arguments)
        .env("BELLWETHER_SOCKET", speaker.socket())
        .output()
        .unwrap()
}

/// It ended with `code`; what it wrote to the two streams.
#[track_caller]
fn ended(output: Output, code: i32) -> (String, String) {
    let answer = String::from_utf8(output.stdout).unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{answer}{error}");
    (answer, error)
}

fn peer(state: SessionState) -> PeerState {
    PeerState {
        peer: Some(Peer {
            name: "tor1".to_owned(),
            address: "10.0.0.254".to_owned(),
            peer_asn: 64513,
            ..Peer::default()
        }),
        state: state.into(),
        received_routes: 3,
        administrative_state: AdministrativeState::Enabled.into(),
        ..PeerState::default()
    }
}

#[test]
fn status_begins_with_what_needs_attention() {
    let speaker = TestSpeaker::serve(Script {
        status: Some(GetStatusResponse {
            version: "0.1.0".to_owned(),
            started: Some(prost_types::Timestamp::default()),
            peers: 1,
            ..GetStatusResponse::default()
        }),
        peers: vec![peer(SessionState::Active)],
        ..Script::default()
    });
    let (answer, _) = ended(ask(&speaker, &["status"]), 0);
    assert!(
        answer.starts_with("Needs attention:\n  peer tor1 is Active\n"),
        "{answer}"
    );
    assert!(!answer.contains('\u{1b}'), "{answer:?}");
    let (json, _) = ended(ask(&speaker, &["status", "-o", "json"]), 0);
    assert!(json.contains("\"peer tor1 is Active\""), "{json}");
}

#[test]
fn many_routes_of_standard_input_are_sent_in_several_requests_that_count_on_each_other() {
    let speaker = TestSpeaker::serve(Script {
        apply: Some(ApplyResponse {
            generation: 8,
            added: 1,
            ..ApplyResponse::default()
        }),
        ..Script::default()
    });
    let mut child = command(&["announce", "-f", "-", "--med=7", "--expect-generation=3"])
        .env("BELLWETHER_SOCKET", speaker.socket())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = String::new();
    for number in 0..25_000_u32 {
        let [_, _, high, low] = number.to_be_bytes();
        lines.push_str(&format!("10.1.{high}.{low}/32\n"));
    }
    child
        .stdin
        .take()
        .unwrap()
        .write_all(lines.as_bytes())
        .unwrap();
    let (answer, error) = ended(child.wait_with_output().unwrap(), 0);
    assert_eq!(
        answer,
        "3 announced, 0 changed, 0 unchanged (owner cli, generation 8)\n"
    );
    assert_eq!(error, "", "progress is for terminals");
    let requests = speaker.announced();
    let sizes: Vec<_> = requests
        .iter()
        .map(|request| request.routes.len())
        .collect();
    assert_eq!(sizes, [10_000, 10_000, 5_000]);
    let expected: Vec<_> = requests
        .iter()
        .map(|request| request.expect_generation)
        .collect();
    assert_eq!(expected, [Some(3), Some(8), Some(8)]);
    let med = |attributes: &RouteAttributes| attributes.med;
    assert!(requests.iter().all(|request| {
        let mut routes = request.routes.iter();
        routes.all(|route| route.attributes.as_ref().and_then(med) == Some(7))
    }));
}

#[test]
fn a_dry_run_shows_the_difference() {
    let med = |med| {
        Some(RouteAttributes {
            med: Some(med),
            ..RouteAttributes::default()
        })
    };
    let difference = |prefix: &str, before, after| RouteDifference {
        prefix: prefix.to_owned(),
        before,
        after,
    };
    let speaker = TestSpeaker::serve(Script {
        apply: Some(ApplyResponse {
            generation: 4,
            added: 1,
            changed: 1,
            removed: 1,
            unchanged: 5,
            differences: vec![
                difference("192.0.2.1/32", None, Some(RouteAttributes::default())),
                difference("192.0.2.2/32", med(5), med(6)),
                difference("192.0.2.3/32", med(7), None),
            ],
            differences_left_off: 2,
        }),
        ..Script::default()
    });
    let (answer, _) = ended(ask(&speaker, &["replace", "192.0.2.1/32", "--dry-run"]), 0);
    assert_eq!(
        answer,
        "+ 192.0.2.1/32\n- 192.0.2.2/32 med=5\n+ 192.0.2.2/32 med=6\n- 192.0.2.3/32 med=7\n  and 2 more\n\
         dry run: 1 to announce, 1 to change, 1 to withdraw, 5 unchanged (owner cli, generation 4)\n"
    );
}

#[test]
fn another_generation_than_expected_is_code_5() {
    let refusal = Status::failed_precondition("owner cli has generation 9");
    let speaker = TestSpeaker::refusing(refusal);
    let arguments = ["withdraw", "192.0.2.1/32", "--expect-generation=8"];
    let (_, error) = ended(ask(&speaker, &arguments), 5);
    assert_eq!(error, "error: owner cli has generation 9\n");
}

#[test]
fn a_file_with_mistakes_is_code_2_and_names_each_line_before_the_speaker_is_asked() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("routes.txt");
    fs::write(&file, "192.0.2.1/32\n192.0.2.2\n192.0.2.3/33\n").unwrap();
    for name in ["announce", "withdraw", "replace"] {
        let output = command(&[name, "--file", file.to_str().unwrap()])
            .output()
            .unwrap();
        let (_, error) = ended(output, 2);
        assert!(
            error.contains("routes.txt:2: 192.0.2.2: the length"),
            "{error}"
        );
        assert!(
            error.contains("routes.txt:3: 192.0.2.3/33: the length"),
            "{error}"
        );
    }
}

#[test]
fn an_empty_file_withdraws_nothing() {
    let output = command(&["replace", "--file", "/dev/null"])
        .output()
        .unwrap();
    let (_, error) = ended(output, 2);
    assert!(error.contains("bellctl replace --none"), "{error}");
}

/// A speaker whose drain takes these steps.
fn draining(phases: &[DrainPhase]) -> TestSpeaker {
    let step = |phase: &DrainPhase| DrainProgress {
        phase: (*phase).into(),
        peers_total: 1,
        ..DrainProgress::default()
    };
    TestSpeaker::serve(Script {
        drain: Some(phases.iter().map(step).collect()),
        ..Script::default()
    })
}

#[test]
fn a_drain_that_is_done_is_code_0() {
    let speaker = draining(&[DrainPhase::Depreferring, DrainPhase::Drained]);
    let (answer, error) = ended(ask(&speaker, &["drain"]), 0);
    assert!(
        answer.contains("everything: de-preferring, 0 of 1 peers\n"),
        "{answer}"
    );
    assert!(answer.ends_with("everything: drained\n"), "{answer}");
    assert!(error.contains("bellctl undrain"), "{error}");
}

#[test]
fn a_drain_that_somebody_took_back_is_code_5() {
    let speaker = draining(&[DrainPhase::Waiting, DrainPhase::Undrained]);
    let (_, error) = ended(ask(&speaker, &["drain", "-o", "json"]), 5);
    assert!(error.contains("took the drain back"), "{error}");
}

#[test]
fn a_drain_whose_end_is_not_told_is_code_1() {
    let speaker = draining(&[DrainPhase::Waiting]);
    let (_, error) = ended(ask(&speaker, &["drain"]), 1);
    assert!(error.contains("the stream of the drain ended"), "{error}");
}

#[test]
fn a_peer_and_an_owner_are_undrained_by_name() {
    let speaker = TestSpeaker::refusing(Status::not_found("owner x is not being drained"));
    let (answer, _) = ended(ask(&speaker, &["undrain", "--peer", "tor1"]), 0);
    assert_eq!(answer, "peer tor1 is no longer drained\n");
    let (_, error) = ended(ask(&speaker, &["undrain", "--owner", "x"]), 4);
    assert_eq!(error, "error: owner x is not being drained\n");
}

#[test]
fn a_session_is_shut_down_with_the_reason_that_was_given() {
    let speaker = TestSpeaker::refusing(Status::not_found("no peer has the name tor9"));
    let arguments = ["peer", "shutdown", "tor1", "--reason", "maintenance"];
    let (answer, _) = ended(ask(&speaker, &arguments), 0);
    assert_eq!(answer, "tor1 is shut down until `bellctl peer enable`\n");
    ended(ask(&speaker, &["peer", "reset", "tor9"]), 4);
}

#[test]
fn a_speaker_that_is_too_old_is_said_to_be() {
    let speaker = TestSpeaker::serve(Script::default());
    let (_, error) = ended(ask(&speaker, &["owners"]), 1);
    assert!(error.contains("older than this bellctl"), "{error}");
}

#[test]
fn what_a_peer_has_is_shown_as_it_was_sent() {
    let speaker = TestSpeaker::serve(Script {
        peers: vec![peer(SessionState::Established)],
        pages: vec![vec!["192.0.2.1/32".to_owned(), "192.0.2.2/32".to_owned()]],
        explanation: Some(ExplainResponse {
            prefix: "192.0.2.2/32".to_owned(),
            claims: vec![],
            peers: vec![PeerExplanation {
                peer: "tor1".to_owned(),
                advertised: true,
                reason: AdvertisementReason::Advertised.into(),
                sent: Some(SentAttributes {
                    next_hop: "10.0.0.1".to_owned(),
                    as_path: "64512 64512".to_owned(),
                    ..SentAttributes::default()
                }),
                ..PeerExplanation::default()
            }],
        }),
        ..Script::default()
    });
    let (answer, _) = ended(ask(&speaker, &["routes", "--advertised-to", "tor1"]), 0);
    let lines: Vec<_> = answer.lines().skip(1).collect();
    let [line] = lines.as_slice() else {
        panic!("{answer}");
    };
    assert!(line.starts_with("192.0.2.2/32   10.0.0.1 "), "{answer}");
    assert!(line.ends_with("64512 64512"), "{answer}");
}

#[test]
fn what_a_peer_has_announced_is_counted_and_said_not_to_be_kept() {
    let speaker = TestSpeaker::serve(Script {
        peers: vec![peer(SessionState::Established)],
        ..Script::default()
    });
    let (answer, _) = ended(ask(&speaker, &["routes", "--received-from", "tor1"]), 0);
    assert!(
        answer.starts_with("tor1 has announced 3 routes"),
        "{answer}"
    );
    assert!(answer.contains("Which ones is not known"), "{answer}");
}

#[test]
fn watched_peers_are_shown_once_they_are_all_there() {
    let speaker = TestSpeaker::serve(Script {
        peers: vec![peer(SessionState::Established)],
        ..Script::default()
    });
    let (answer, error) = ended(ask(&speaker, &["peers", "--watch", "-o", "json"]), 1);
    assert_eq!(answer.lines().count(), 1, "{answer}");
    assert!(answer.starts_with(r#"[{"peer":{"name":"tor1""#), "{answer}");
    assert!(error.contains("stream of peers ended"), "{error}");
}

#[test]
fn a_configuration_with_problems_is_code_1_and_all_of_them_are_named() {
    let speaker = TestSpeaker::serve(Script {
        reload: Some(ReloadResponse {
            problems: vec![
                "asn: missing".to_owned(),
                "peers.tor1: no address".to_owned(),
            ],
            ..ReloadResponse::default()
        }),
        ..Script::default()
    });
    for action in ["diff", "reload"] {
        let (answer, error) = ended(ask(&speaker, &["config", action]), 1);
        assert_eq!(answer, "");
        assert!(
            error.contains("asn: missing\npeers.tor1: no address\n"),
            "{error}"
        );
    }
    let (json, _) = ended(ask(&speaker, &["config", "reload", "-o", "json"]), 1);
    assert!(json.contains("\"applied\": false"), "{json}");
}

#[test]
fn what_a_reload_changed_is_shown() {
    let speaker = TestSpeaker::serve(Script {
        reload: Some(ReloadResponse {
            problems: vec![],
            differences: vec![ConfigDifference {
                path: "peers.tor1.hold-time".to_owned(),
                before: "90".to_owned(),
                after: "9".to_owned(),
                effect: ConfigEffect::SessionReset.into(),
            }],
            applied: true,
        }),
        ..Script::default()
    });
    let (answer, _) = ended(ask(&speaker, &["config", "reload"]), 0);
    assert!(answer.contains("resets the session"), "{answer}");
    assert!(answer.ends_with("This is in force now.\n"), "{answer}");
}

#[test]
fn a_context_is_listed_chosen_and_used() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("contexts.toml");
    fs::write(
        &file,
        "[contexts.a]\naddress = 'unix:/a.sock'\n[contexts.b]\naddress = 'unix:/b.sock'\n",
    )
    .unwrap();
    let run = |arguments: &[&str]| {
        let mut command = command(arguments);
        command.env("BELLWETHER_CONTEXTS", &file).output().unwrap()
    };
    ended(run(&["context", "use", "b"]), 0);
    let (answer, _) = ended(run(&["context", "list"]), 0);
    assert_eq!(
        answer,
        "CURRENT   NAME   ADDRESS\n-         a      /a.sock\n*         b      /b.sock\n"
    );
    let (_, error) = ended(run(&["status"]), 3);
    assert!(error.contains("/b.sock"), "{error}");
    let (_, error) = ended(run(&["status", "--context", "c"]), 4);
    assert!(error.contains("it has a, b"), "{error}");
}

/// `bellctl` against a speaker that asks for certificates, with files of `client`.
fn ask_tls(speaker: &TestSpeaker, client: &Certificates, ca: &Path) -> Output {
    let address = format!("https://127.0.0.1:{}", speaker.port());
    command(&["peers", "tor1", "--address", &address])
        .arg("--ca")
        .arg(ca)
        .arg("--cert")
        .arg(client.file("cert.pem"))
        .arg("--key")
        .arg(client.file("key.pem"))
        .output()
        .unwrap()
}

fn tls_speaker(certificates: &Certificates) -> TestSpeaker {
    let script = Script {
        peers: vec![peer(SessionState::Established)],
        ..Script::default()
    };
    TestSpeaker::serve_tls(script, certificates)
}

#[test]
fn a_host_is_reached_by_mutual_tls() {
    let certificates = Certificates::new();
    let speaker = tls_speaker(&certificates);
    let output = ask_tls(&speaker, &certificates, &certificates.file("ca.pem"));
    let (answer, _) = ended(output, 0);
    assert!(answer.contains("10.0.0.254"), "{answer}");
}

#[test]
fn a_host_that_another_authority_signed_for_is_code_3() {
    let certificates = Certificates::new();
    let speaker = tls_speaker(&certificates);
    let other = Certificates::new();
    let output = ask_tls(&speaker, &certificates, &other.file("ca.pem"));
    let (_, error) = ended(output, 3);
    assert!(error.contains("invalid peer certificate"), "{error}");
    assert!(error.contains("--ca"), "{error}");
}

#[test]
fn a_host_that_does_not_trust_the_client_is_code_3() {
    let certificates = Certificates::new();
    let speaker = tls_speaker(&certificates);
    let stranger = Certificates::new();
    let output = ask_tls(&speaker, &stranger, &certificates.file("ca.pem"));
    let (_, error) = ended(output, 3);
    assert!(error.contains("--cert"), "{error}");
}

#[test]
fn a_host_where_nobody_listens_is_code_3() {
    let certificates = Certificates::new();
    let speaker = tls_speaker(&certificates);
    let address = format!("https://127.0.0.1:{}", speaker.port());
    drop(speaker);
    let folder = certificates.folder();
    let output = command(&["status", "--address", &address])
        .current_dir(folder)
        .args(["--ca", "ca.pem", "--cert", "cert.pem", "--key", "key.pem"])
        .output()
        .unwrap();
    let (_, error) = ended(output, 3);
    assert!(error.contains("Connection refused"), "{error}");
    assert!(error.contains(&address), "{error}");
}

#[test]
fn a_host_without_certificates_is_code_2() {
    let output = command(&["status", "--address", "https://127.0.0.1:1790"])
        .output()
        .unwrap();
    let (_, error) = ended(output, 2);
    assert!(error.contains("--ca is missing"), "{error}");
}

#[test]
fn each_command_has_a_manual_page() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().to_str().unwrap();
    ended(command(&["man", path]).output().unwrap(), 0);
    for name in ["bellctl", "bellctl-drain", "bellctl-peer-shutdown"] {
        let page = fs::read_to_string(folder.path().join(format!("{name}.1"))).unwrap();
        assert!(page.contains(".SH NAME"), "{page}");
    }
    let (page, _) = ended(command(&["man"]).output().unwrap(), 0);
    assert!(page.contains(".SH"), "{page}");
}
