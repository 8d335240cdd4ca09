use anyhow::{Context, Result, ensure};

use super::LabTest;
use crate::bench::{self, Effort, Report, Rival, Row, Subject, Work};
use crate::binaries;

pub(super) const TEST: LabTest = LabTest {
    name: "bench",
    about: "the benchmark counts at both subjects what was announced: 1,000 routes to 2 peers, us and BIRD",
    run,
};

const ROUTES: u32 = 1000;
const SETS: u32 = 10;

fn run(_: &str) -> Result<()> {
    let speaker = binaries::beside_this_program()?.join("bellwether-speaker");
    let subjects = [Subject::bellwether(speaker)?, Subject::rival(Rival::Bird)?];
    let work = Work {
        routes: ROUTES,
        peers: 2,
        sets: SETS,
    };
    let effort = Effort {
        warm_up: false,
        rounds: 1,
        withdrawals: 5,
    };
    let report = bench::announce(&work, &subjects, effort)?;
    for row in &report.rows {
        ensure!(row.median.is_some() && row.n > 0, "no value: {row:?}");
    }
    for subject in ["bellwether", "bird"] {
        counted(&report, subject)?;
    }
    Ok(())
}

/// A route takes 5 octets, and an attribute set at least one UPDATE.
fn counted(report: &Report, subject: &str) -> Result<()> {
    let octets = median(report, subject, "join_bytes_per_peer")?;
    ensure!(
        octets >= f64::from(ROUTES * 5),
        "{subject}: {octets} octets"
    );
    let updates = median(report, subject, "join_updates_per_peer")?;
    let possible = f64::from(SETS)..=f64::from(ROUTES + 1);
    ensure!(possible.contains(&updates), "{subject}: {updates} UPDATEs");
    Ok(())
}

fn median(report: &Report, subject: &str, case: &str) -> Result<f64> {
    let wanted = |row: &&Row| row.subject.starts_with(subject) && row.case == case;
    let row = report.rows.iter().find(wanted);
    let median = row.and_then(|row| row.median);
    median.with_context(|| format!("no {case} of {subject}"))
}
