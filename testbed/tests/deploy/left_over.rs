//! Runners that are stopped, killed, or leave a lab on purpose.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;
use testbed::wait::wait_until;

use crate::support::{cargo_lab, deploy, first_processes, pair, traces};

const SOON: Duration = Duration::from_secs(20);

/// A runner in the middle of `up`: both nodes are there, and a command of theirs goes on for long.
fn runner_at_work(lab: &str) -> (TempDir, Child) {
    let folder = pair(lab, "exec: [sleep 1000]");
    let said = folder.path().join("said");
    let mut runner = up(folder.path());
    runner
        .stdout(Stdio::null())
        .stderr(File::create(&said).unwrap());
    let runner = runner.spawn().unwrap();
    // The last node's command starts when all nodes are there and written down.
    let log = format!("/run/bellwether-lab/{lab}/logs/b.log");
    wait_until(SOON, "the nodes are at work", || {
        let started = fs::exists(&log).unwrap();
        if started {
            Ok(())
        } else {
            Err(fs::read_to_string(&said).unwrap())
        }
    })
    .unwrap();
    (folder, runner)
}

/// Cargo has built what the lab needs, and building again would wait for other builds.
fn up(folder: &Path) -> Command {
    let binaries = Path::new(env!("CARGO_BIN_EXE_lab-agent")).parent().unwrap();
    let mut command = cargo_lab();
    command
        .arg("up")
        .arg("--binaries")
        .arg(binaries)
        .arg(folder);
    command
}

fn send(runner: &Child, signal: Signal) {
    kill(Pid::from_raw(runner.id().try_into().unwrap()), signal).unwrap();
}

#[test]
fn a_runner_that_is_interrupted_removes_its_lab() {
    needs_root!();
    for (lab, signal) in [
        ("interrupted", Signal::SIGINT),
        ("terminated", Signal::SIGTERM),
    ] {
        let (_folder, mut runner) = runner_at_work(lab);
        send(&runner, signal);
        assert_eq!(runner.wait().unwrap().code(), Some(128 + signal as i32));
        assert_eq!(traces(lab), [""; 0]);
    }
}

#[test]
fn what_a_killed_runner_leaves_is_replaced_by_the_next() {
    needs_root!();
    let (_folder, mut runner) = runner_at_work("crashed");
    send(&runner, Signal::SIGKILL);
    runner.wait().unwrap();
    assert_eq!(first_processes("crashed").len(), 2);

    let lab = deploy(&pair("crashed", ""));
    assert_eq!(first_processes("crashed").len(), 2);
    assert!(lab.processes("a", "ip").unwrap().is_empty());
    lab.down().unwrap();
    assert_eq!(traces("crashed"), [""; 0]);
}

#[test]
fn what_a_killed_runner_leaves_can_be_removed_by_name() {
    needs_root!();
    let (_folder, mut runner) = runner_at_work("crashed-too");
    send(&runner, Signal::SIGKILL);
    runner.wait().unwrap();
    assert!(
        cargo_lab()
            .args(["down", "crashed-too"])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(traces("crashed-too"), [""; 0]);
}

#[test]
fn a_lab_that_is_up_stays_and_answers_until_it_is_taken_down() {
    needs_root!();
    let folder = pair("kept", "");
    let run = |words: &[&str]| {
        let output = cargo_lab().args(words).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    assert_eq!(up(folder.path()).status().unwrap().code(), Some(0));
    let (_, list) = run(&["list"]);
    assert!(
        list.lines()
            .any(|line| line.starts_with("kept ") && line.contains("running")),
        "{list}"
    );
    assert_eq!(
        run(&["exec", "kept", "a", "--", "uname", "-n"]),
        (Some(0), "a\n".to_owned())
    );
    assert_eq!(
        run(&["exec", "kept", "a", "--", "sh", "-c", "exit 7"]).0,
        Some(7)
    );
    assert_eq!(up(folder.path()).status().unwrap().code(), Some(1));
    assert_eq!(run(&["down", "kept"]).0, Some(0));
    assert_eq!(run(&["down", "kept"]).0, Some(1));
    assert_eq!(traces("kept"), [""; 0]);
}
