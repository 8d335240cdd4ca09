//! How nodes, programs and labs end.

use std::path::Path;
use std::time::Duration;

use testbed::{Error, Lab, Options, Signal};

use crate::support::{deploy, pair, traces};

const SOON: Duration = Duration::from_secs(10);

#[test]
fn a_lab_that_goes_out_of_scope_is_removed() {
    needs_root!();
    let lab = deploy(&pair("dropped", ""));
    assert_ne!(traces("dropped"), [""; 0]);
    drop(lab);
    assert_eq!(traces("dropped"), [""; 0]);
}

#[test]
fn a_failing_command_fails_the_lab_and_is_named() {
    needs_root!();
    let folder = pair("failing", r#"exec: ["sh -c 'echo no good >&2; exit 3'"]"#);
    let error = Lab::deploy(folder.path(), &Options::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`sh -c echo no good >&2; exit 3` in node `a` failed with exit status: 3: no good"
    );
    assert_eq!(traces("failing"), [""; 0]);
}

#[test]
fn a_killed_node_takes_its_processes_and_links_with_it() {
    needs_root!();
    let lab = deploy(&pair("killed", ""));
    let sleep = lab.spawn("a", &["sleep", "1000"]).unwrap();
    lab.kill_node("a").unwrap();
    assert!(sleep.wait(SOON).is_some());
    assert_eq!(
        lab.output("b", &["ip", "-brief", "link"])
            .unwrap()
            .lines()
            .count(),
        1
    );
    assert!(matches!(
        lab.exec("a", &["true"]),
        Err(Error::NoNode { .. })
    ));
}

#[test]
fn a_signal_reaches_the_program_of_that_name() {
    needs_root!();
    let lab = deploy(&pair("signalled", "cmd: sleep 1000"));
    lab.wait_until(SOON, "sleep runs", || {
        match lab.processes("a", "sleep").unwrap().len() {
            2 => Ok(()),
            other => Err(format!("{other} processes")),
        }
    })
    .unwrap();
    lab.signal("a", "sleep", Signal::SIGTERM).unwrap();
    lab.wait_until(SOON, "the end is in the log", || {
        let log = lab.log("a").unwrap();
        if log.contains("[sleep ended with status 143]") {
            Ok(())
        } else {
            Err(log)
        }
    })
    .unwrap();
}

#[test]
fn a_signal_to_a_program_that_does_not_run_is_an_error() {
    needs_root!();
    let lab = deploy(&pair("unsignalled", ""));
    let error = lab.signal("a", "bird", Signal::SIGTERM).unwrap_err();
    assert_eq!(error.to_string(), "no process of `a` runs `bird`");
}

#[test]
fn what_a_spawned_command_prints_is_in_a_log_of_its_own() {
    needs_root!();
    let lab = deploy(&pair("spawned", ""));
    let echo = lab.spawn("a", &["echo", "heard"]).unwrap();
    assert!(echo.wait(SOON).unwrap().success());
    assert_eq!(lab.logs()["a.echo.000"], "heard\n");
}

#[test]
fn a_wait_in_vain_shows_the_state_of_the_lab() {
    needs_root!();
    let lab = deploy(&pair("in-vain", "cmd: echo I was here"));
    lab.wait_until(SOON, "the command ended", || {
        let log = lab.log("a").unwrap();
        if log.contains("ended") {
            Ok(())
        } else {
            Err(log)
        }
    })
    .unwrap();
    let never = lab.wait_until(Duration::ZERO, "a miracle", || Err::<(), _>("nothing"));
    let text = never.unwrap_err().to_string();
    for part in [
        "still not: a miracle",
        "last seen: nothing",
        "10.1.0.2/24",
        "I was here",
    ] {
        assert!(text.contains(part), "no `{part}` in {text}");
    }
}

#[test]
fn a_lab_that_runs_is_not_made_again() {
    needs_root!();
    let folder = pair("twice", "");
    let _lab = deploy(&folder);
    let error = Lab::deploy(Path::new(folder.path()), &Options::default()).unwrap_err();
    assert!(matches!(error, Error::Running { .. }), "{error}");
}
