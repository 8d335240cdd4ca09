//! `cargo lab test`: every test there is, and one line in the end that says how they went.

mod cargo;
mod tally;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, ensure};

use crate::args::Test;
use crate::labs::{ALL, LabTest};
use crate::{binaries, image, labs, tools};
use tally::Tally;

/// Runs what was asked for: the workspace's own tests by cargo, then the labs.
///
/// # Errors
/// When a name matches nothing, without root, when programs are missing, or when cargo cannot be run. Tests that fail are no error but an exit code.
pub(crate) fn run(wanted: &Test) -> Result<ExitCode> {
    let Test { names, list } = wanted;
    if *list {
        for LabTest { name, about, .. } in ALL {
            say!("{name:16} {about}");
        }
        return Ok(ExitCode::SUCCESS);
    }
    let chosen: Vec<&LabTest> = ALL
        .iter()
        .filter(|lab| names.is_empty() || names.iter().any(|n| n == lab.name))
        .collect();
    for name in names {
        let known = ALL.iter().any(|lab| lab.name == name);
        ensure!(
            known,
            "there is no lab test `{name}`; `cargo lab test --list` shows them"
        );
    }
    if !nix::unistd::geteuid().is_root() {
        return Err(crate::Error::NotRoot.into());
    }
    // Tests of the workspace use some of them, too.
    let recipes = tools::of_recipes(image::ALL.iter());
    tools::ensure_programs(&[recipes, labs::PROGRAMS.to_vec()].concat())?;
    let begin = Instant::now();
    let mut tally = Tally::default();
    if names.is_empty() {
        cargo::run(&mut tally)?;
    }
    binaries::build(image::ALL)?;
    for lab in chosen {
        run_lab(lab, &mut tally);
    }
    tally.report(begin.elapsed());
    Ok(if tally.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn run_lab(lab: &labs::LabTest, tally: &mut Tally) {
    eprint!("lab {:16} {} ... ", lab.name, lab.about);
    let begin = Instant::now();
    match (lab.run)(&format!("test-{}", lab.name)) {
        Ok(()) => {
            eprintln!("ok ({:.1?})", begin.elapsed());
            tally.passed += 1;
        }
        Err(error) => {
            eprintln!("FAILED ({:.1?})\n{error:#}\n", begin.elapsed());
            tally.failed += 1;
            tally.failures.push(format!("lab {}", lab.name));
        }
    }
}
