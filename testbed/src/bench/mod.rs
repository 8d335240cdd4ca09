//! Benchmarks: us and real daemons on the same work in the same run.
//!
//! Every round starts each subject afresh in a namespace of its own (`namespace`); a sink of BGP
//! peers (`sink`) counts what it is sent; `cases` says what is done and timed; `report` and
//! `plot` show medians and ratios.

pub mod args;
mod cases;
mod measure;
mod namespace;
mod plot;
mod report;
mod sink;
mod statistics;
mod subjects;
mod work;

use std::env;
use std::fs;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail, ensure};
use nix::unistd::geteuid;

use crate::error::Error;
use crate::image::EVERYWHERE;
use crate::{binaries, tools};
use args::{Announce, Bench};
use cases::Samples;
pub(crate) use report::{Report, Row};
pub(crate) use subjects::{Rival, Subject};
pub(crate) use work::Work;

/// Runs what was asked for, and prints it.
///
/// # Errors
/// A subject cannot be had here, or ours fails. That a rival cannot do a case is no error.
pub(crate) fn run(wanted: &Bench) -> Result<ExitCode> {
    let Bench::Announce(wanted) = wanted;
    let work = work(wanted)?;
    if cfg!(debug_assertions) {
        return Err(as_released());
    }
    let speaker = match &wanted.speaker {
        Some(file) => fs::canonicalize(file)
            .with_context(|| format!("cannot find the speaker {}", file.display()))?,
        None => binaries::beside_this_program()?.join(SPEAKER),
    };
    let mut subjects = vec![Subject::bellwether(speaker)?];
    let mut against = wanted.against.clone();
    against.sort_unstable();
    against.dedup();
    for rival in against {
        subjects.push(Subject::rival(rival)?);
    }
    let effort = Effort {
        warm_up: true,
        rounds: wanted.repeat,
        withdrawals: wanted.withdrawals as usize,
    };
    let report = announce(&work, &subjects, effort)?;
    let mut stdout = io::stdout().lock();
    if wanted.json {
        writeln!(stdout, "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        write!(stdout, "{}", report.table())?;
    }
    if let Some(file) = &wanted.plot {
        fs::write(file, plot::draw(&report))
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

const SPEAKER: &str = "bellwether-speaker";

/// Goes on as the same program with the same arguments, but built with optimisations: neither the
/// speaker nor the sink and the clients may be slower than they are. Returns only when it cannot.
fn as_released() -> anyhow::Error {
    match binaries::build_release(&[SPEAKER, "testbed"]) {
        Ok(folder) => {
            let program = folder.join("testbed");
            let error = Command::new(&program).args(env::args_os().skip(1)).exec();
            anyhow!("cannot run {}: {error}", program.display())
        }
        Err(error) => error.into(),
    }
}

fn work(wanted: &Announce) -> Result<Work> {
    let &Announce {
        routes,
        peers,
        sets,
        ..
    } = wanted;
    ensure!(
        sets <= routes,
        "--sets {sets}: {routes} routes have at most as many attribute sets"
    );
    Ok(Work {
        routes,
        peers,
        sets,
    })
}

/// How often everything is done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// One round more, before those that count.
    pub(crate) warm_up: bool,
    /// Rounds that count.
    pub(crate) rounds: u32,
    /// In each round, idle and under churn each.
    pub(crate) withdrawals: usize,
}

/// What became of one subject.
struct Measured<'a> {
    subject: &'a Subject,
    samples: Samples,
    /// Why it does no more rounds.
    failure: Option<String>,
}

/// Measures all subjects, by turns, so that what else the machine does meets all of them. The first
/// one is ours.
///
/// # Errors
/// This user may not make namespaces, or ours fails.
pub(crate) fn announce(work: &Work, subjects: &[Subject], effort: Effort) -> Result<Report> {
    ensure!(geteuid().is_root(), Error::NotRoot);
    tools::ensure_programs(EVERYWHERE)?;
    let mut all: Vec<_> = subjects
        .iter()
        .map(|subject| Measured {
            subject,
            samples: Samples::new(),
            failure: None,
        })
        .collect();
    let first = u32::from(!effort.warm_up);
    for number in first..=effort.rounds {
        for (place, measured) in all.iter_mut().enumerate() {
            one(measured, work, effort, number);
            if let (0, Some(why)) = (place, &measured.failure) {
                bail!("bellwether: {why}");
            }
        }
    }
    let measured = all.iter().map(|measured| report::Measured {
        name: measured.subject.name,
        version: &measured.subject.version,
        samples: &measured.samples,
        failure: measured.failure.as_deref(),
    });
    Ok(Report::new(*work, measured))
}

/// One round with one subject; round 0 warms up.
fn one(measured: &mut Measured<'_>, work: &Work, effort: Effort, number: u32) {
    if measured.failure.is_some() {
        return;
    }
    let name = measured.subject.name;
    match number {
        0 => eprint!("warming up: {name} ... "),
        _ => eprint!("round {number} of {}: {name} ... ", effort.rounds),
    }
    let begin = Instant::now();
    let mut samples = Samples::new();
    match cases::round(measured.subject, work, effort.withdrawals, &mut samples) {
        Ok(()) => eprintln!("{:.1?}", begin.elapsed()),
        Err(error) => {
            eprintln!("failed: {error:#}");
            measured.failure = Some(format!("{error:#}"));
        }
    }
    // A subject that fails while it warms up has been measured until then.
    if number > 0 || measured.failure.is_some() {
        measured.samples.append(&mut samples);
    }
}
