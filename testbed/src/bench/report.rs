//! What a benchmark has found: rows, a table for people, JSON for programs.

use std::fmt::Write;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use serde::Serialize;

use super::cases::{CASES, Case};
use super::statistics::Summary;
use super::work::Work;

/// Medians and ratios of all subjects.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Report {
    bench: &'static str,
    routes: u32,
    peers: u32,
    sets: u32,
    pub(crate) rows: Vec<Row>,
}

/// One case with one subject.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Row {
    pub(crate) case: &'static str,
    #[serde(skip)]
    pub(crate) about: &'static str,
    /// `bellwether`, or a rival and its version.
    pub(crate) subject: String,
    pub(crate) unit: &'static str,
    /// None, as the three below: the subject cannot do the case, as `note` says.
    pub(crate) median: Option<f64>,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    /// Values behind them: rounds, or single withdrawals of all rounds.
    pub(crate) n: usize,
    /// The subject's median by ours; none also where ours is 0.
    pub(crate) ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
}

/// What was measured of one subject.
pub(super) struct Measured<'a> {
    pub(super) name: &'a str,
    pub(super) version: &'a str,
    pub(super) samples: &'a [(Case, f64)],
    pub(super) failure: Option<&'a str>,
}

/// The subject that ratios refer to.
const OURS: &str = "bellwether";

impl Report {
    /// The rows of all subjects, case by case.
    pub(super) fn new<'a>(work: Work, subjects: impl Iterator<Item = Measured<'a>>) -> Self {
        let subjects: Vec<_> = subjects.collect();
        let row = |&(case, name, about, unit), measured: &Measured<'_>| {
            let summary = measured.of(case);
            let ours = subjects.iter().find(|other| other.name == OURS);
            let ours = ours.and_then(|ours| ours.of(case));
            let ratio = summary
                .zip(ours)
                .map(|(its, ours)| its.median / ours.median);
            Row {
                case: name,
                about,
                subject: measured.title(),
                unit,
                median: summary.map(|summary| summary.median),
                min: summary.map(|summary| summary.min),
                max: summary.map(|summary| summary.max),
                n: summary.map_or(0, |summary| summary.n),
                ratio: ratio.filter(|ratio| ratio.is_finite()),
                note: match summary {
                    Some(_) => None,
                    None => Some(measured.failure.unwrap_or("not measured").to_owned()),
                },
            }
        };
        let rows = CASES
            .iter()
            .flat_map(|case| subjects.iter().map(move |measured| row(case, measured)))
            .collect();
        let Work {
            routes,
            peers,
            sets,
        } = work;
        Self {
            bench: "announce",
            routes,
            peers,
            sets,
            rows,
        }
    }

    /// In words: how much of what.
    pub(super) fn title(&self) -> String {
        let Self {
            routes,
            peers,
            sets,
            ..
        } = self;
        format!("{routes} routes in {sets} attribute sets to {peers} peers")
    }

    /// The rows of one case after the other.
    pub(super) fn cases(&self) -> impl Iterator<Item = &[Row]> {
        self.rows.chunk_by(|a, b| a.case == b.case)
    }

    /// A line a case, a column a subject: the median, how often ours that is, and the range below.
    pub(crate) fn table(&self) -> String {
        let mut table = Table::new();
        table.load_style(NOTHING);
        let first = self.cases().next().unwrap_or_default();
        let subjects = first.iter().map(|row| row.subject.clone());
        let header = [self.title(), String::new()].into_iter().chain(subjects);
        table.set_header(header);
        for rows in self.cases() {
            let Some(Row { about, unit, .. }) = rows.first() else {
                continue;
            };
            let cells = [(*about).to_owned(), (*unit).to_owned()].into_iter();
            table.add_row(cells.chain(rows.iter().map(cell)));
        }
        for column in table.column_iter_mut().skip(2) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let mut text = table.trim_fmt();
        text.push_str(
            "\n\nmedian (how many times ours), and below it the smallest and the largest\n",
        );
        for note in self.notes() {
            let _ = writeln!(text, "{note}");
        }
        text
    }

    /// Each reason for a missing value once.
    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for row in &self.rows {
            let note = row
                .note
                .iter()
                .map(|note| format!("{}: {note}", row.subject));
            notes.extend(note);
        }
        notes.sort();
        notes.dedup();
        notes
    }
}

impl Measured<'_> {
    fn of(&self, case: Case) -> Option<Summary> {
        let of_case = self.samples.iter().filter(|(of, _)| *of == case);
        Summary::of(&of_case.map(|&(_, value)| value).collect::<Vec<_>>())
    }

    fn title(&self) -> String {
        match self.name {
            OURS => OURS.to_owned(),
            name => format!("{name} {}", self.version),
        }
    }
}

fn cell(row: &Row) -> String {
    let (Some(median), Some(min), Some(max)) = (row.median, row.min, row.max) else {
        return "cannot".to_owned();
    };
    let mut text = number(median);
    if let Some(ratio) = row.ratio.filter(|_| row.subject != OURS) {
        let _ = write!(text, " (x{})", number(ratio));
    }
    if min != max {
        let _ = write!(text, "\n{}..{}", number(min), number(max));
    }
    text
}

/// Three digits that say something.
pub(super) fn number(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        1.0.. => format!("{value:.2}"),
        _ if value == 0.0 => "0".to_owned(),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Ours and a rival that fails behind its first case.
    pub(in crate::bench) fn report() -> Report {
        let ours: Vec<_> = CASES.iter().map(|(case, ..)| (*case, 2.0)).collect();
        let rivals = [
            (Case::Apply, 30.0),
            (Case::Apply, 10.0),
            (Case::Apply, 20.0),
        ];
        let work = Work {
            routes: 1000,
            peers: 2,
            sets: 1,
        };
        let subject = |name, samples, failure| Measured {
            name,
            version: "1.2",
            samples,
            failure,
        };
        let subjects = [
            subject("bellwether", ours.as_slice(), None),
            subject("bird", &rivals, Some("joining: not within 120s")),
        ];
        Report::new(work, subjects.into_iter())
    }

    #[test]
    fn a_ratio_is_the_rivals_median_by_ours() {
        let report = report();
        let row = &report.rows[1];
        assert_eq!((row.case, row.subject.as_str()), ("apply", "bird 1.2"));
        assert_eq!((row.median, row.ratio, row.n), (Some(20.0), Some(10.0), 3));
        assert_eq!((row.min, row.max), (Some(10.0), Some(30.0)));
    }

    #[test]
    fn what_a_subject_cannot_do_is_no_zero() {
        let report = report();
        let mut of_bird = report.rows.iter().filter(|row| row.subject == "bird 1.2");
        let row = of_bird.find(|row| row.case == "join").unwrap();
        assert_eq!((row.median, row.ratio, row.n), (None, None, 0));
        assert_eq!(row.note.as_deref(), Some("joining: not within 120s"));
        let table = report.table();
        assert!(table.contains("cannot"), "{table}");
        assert!(
            table.contains("bird 1.2: joining: not within 120s"),
            "{table}"
        );
    }

    #[test]
    fn json_has_the_shape_that_all_benchmarks_share() {
        let json = serde_json::to_value(report()).unwrap();
        assert_eq!(json["bench"], "announce");
        let row = json["rows"][1].as_object().unwrap();
        let keys: Vec<_> = row.keys().map(String::as_str).collect();
        let mut shared = vec![
            "case", "subject", "unit", "median", "min", "max", "n", "ratio",
        ];
        shared.sort_unstable();
        let mut keys = keys.clone();
        keys.sort_unstable();
        assert_eq!(keys, shared);
        assert!(json["rows"][5]["median"].is_null());
    }

    #[test]
    fn numbers_have_three_digits_that_say_something() {
        let texts = [100_002.0, 12.345, 1.5, 0.1234, 0.0].map(number);
        assert_eq!(texts, ["100002", "12.3", "1.50", "0.123", "0"]);
    }
}
