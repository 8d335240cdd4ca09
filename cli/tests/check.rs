//! `bellctl config check`, alone in its program: what a test writes and then runs must not be open in a
//! process that another test is just starting.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first surprise, also in its helpers"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use tempfile::TempDir;

/// What `bellctl config check` does with a bellwether-speaker beside it that is `script`.
fn check(script: &str) -> Output {
    let folder = TempDir::new().unwrap();
    let bellctl = folder.path().join("bellctl");
    fs::copy(env!("CARGO_BIN_EXE_bellctl"), &bellctl).unwrap();
    let speaker = folder.path().join("bellwether-speaker");
    fs::write(&speaker, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&speaker, fs::Permissions::from_mode(0o755)).unwrap();
    Command::new(&bellctl)
        .args(["config", "check", "/etc/x.toml"])
        .output()
        .unwrap()
}

#[test]
fn a_file_is_checked_by_the_speaker_beside_bellctl() {
    let sound = check("echo checked \"$@\"");
    assert_eq!(sound.stdout, b"checked --config /etc/x.toml --check\n");
    assert_eq!(sound.status.code(), Some(0));

    let broken = check("echo 'asn: missing' >&2; exit 1");
    let error = String::from_utf8(broken.stderr).unwrap();
    assert!(
        error.starts_with("asn: missing\nerror: /etc/x.toml is not"),
        "{error}"
    );
    assert_eq!(broken.status.code(), Some(1));
}
