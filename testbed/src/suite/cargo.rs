//! The workspace's own tests: unit, property, simulation, integration and documentation tests.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use super::tally::Tally;

/// Runs `cargo test` on the workspace and counts what it says. Its output goes through; so does a failed build, which is one failure.
pub(super) fn run(tally: &mut Tally) -> Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut child = Command::new(cargo)
        .args(["test", "--workspace", "--no-fail-fast"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start cargo")?;
    let stdout = child.stdout.take().context("cargo has no output")?;
    let before = tally.failed;
    for line in BufReader::new(stdout).lines() {
        let line = line.context("cannot read what cargo says")?;
        say!("{line}");
        count(&line, tally);
    }
    let status = child.wait().context("cannot wait for cargo")?;
    if !status.success() && tally.failed == before {
        tally.failed += 1;
        tally
            .failures
            .push(format!("`cargo test --workspace` ended with {status}"));
    }
    Ok(())
}

/// Counts a line of cargo's, such as `test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; ...`.
fn count(line: &str, tally: &mut Tally) {
    if let Some(name) = line
        .strip_prefix("test ")
        .and_then(|rest| rest.strip_suffix(" ... FAILED"))
    {
        tally.failures.push(name.to_owned());
    }
    if let Some((name, why)) = line
        .strip_prefix("test ")
        .and_then(|rest| rest.split_once(" ... ignored"))
    {
        tally.skips.push(format!("{name}{why}"));
    }
    let Some(result) = line.strip_prefix("test result: ") else {
        return;
    };
    for part in result.split(['.', ';']) {
        let mut words = part.split_whitespace();
        let number = words.next().and_then(|word| word.parse::<u64>().ok());
        match (number, words.next()) {
            (Some(number), Some("passed")) => tally.passed += number,
            (Some(number), Some("failed")) => tally.failed += number,
            (Some(number), Some("ignored")) => tally.skipped += number,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_names_are_read_from_cargos_lines() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test wire::tests::a ... ok",
            "test wire::tests::b ... FAILED",
            "test wire::tests::c ... ignored, needs the moon",
            "test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.02s",
            "test result: ok. 20 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ] {
            count(line, &mut tally);
        }
        assert_eq!(
            tally,
            Tally {
                passed: 21,
                failed: 1,
                skipped: 1,
                failures: vec!["wire::tests::b".to_owned()],
                skips: vec!["wire::tests::c, needs the moon".to_owned()],
            }
        );
    }
}
