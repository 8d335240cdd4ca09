//! A report as a drawing: a panel a case, a line a subject, on a logarithmic scale, since daemons
//! differ by powers of ten.

use std::fmt::Write;

use super::report::{Report, Row, number};

/// Pixels.
const WIDTH: f64 = 900.0;
const LABELS: f64 = 170.0;
/// To the right of the scale, for the values.
const VALUES: f64 = 190.0;
const LINE: f64 = 20.0;
const TITLE: f64 = 46.0;
const HEAD: f64 = 26.0;
const GAP: f64 = 24.0;

const OURS: &str = "#0b6e4f";
const OTHERS: &str = "#6b7280";

/// The report as SVG. Values of zero and missing ones have words and no mark.
pub(super) fn draw(report: &Report) -> String {
    let panels: Vec<&[Row]> = report.cases().collect();
    let height: f64 = panels.iter().map(|rows| panel_height(rows)).sum();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{0}\" \
         viewBox=\"0 0 {WIDTH} {0}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        TITLE + height
    );
    text(
        &mut svg,
        10.0,
        24.0,
        "font-size=\"16\" font-weight=\"bold\"",
        &report.title(),
    );
    let legend =
        "dot: median; line: smallest to largest; logarithmic; but for rates, less is better";
    text(&mut svg, 10.0, 40.0, "fill=\"#6b7280\"", legend);
    let mut top = TITLE;
    for rows in panels {
        panel(&mut svg, top, rows);
        top += panel_height(rows);
    }
    svg.push_str("</svg>\n");
    svg
}

fn panel_height(rows: &[Row]) -> f64 {
    HEAD + rows.len() as f64 * LINE + GAP
}

fn panel(svg: &mut String, top: f64, rows: &[Row]) {
    let Some(Row { about, unit, .. }) = rows.first() else {
        return;
    };
    let head = format!("{about} [{unit}]");
    text(svg, 10.0, top + 17.0, "font-weight=\"bold\"", &head);
    let scale = Scale::over(rows);
    let bottom = top + HEAD + rows.len() as f64 * LINE;
    for value in scale.powers() {
        let x = scale.x(value);
        let centred = "font-size=\"9\" fill=\"#6b7280\" text-anchor=\"middle\"";
        text(svg, x, bottom + 10.0, centred, &value.to_string());
        let _ = writeln!(
            svg,
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.1}\" y2=\"{bottom:.1}\" stroke=\"#e5e7eb\"/>",
            top + HEAD
        );
    }
    for (row, place) in rows.iter().zip(0_u32..) {
        line(
            svg,
            top + HEAD + (f64::from(place) + 0.5) * LINE,
            row,
            &scale,
        );
    }
}

fn line(svg: &mut String, y: f64, row: &Row, scale: &Scale) {
    let ours = row.subject == "bellwether";
    let colour = if ours { OURS } else { OTHERS };
    text(svg, 20.0, y + 4.0, "", &row.subject);
    if let (Some(min), Some(max)) = (row.min, row.max) {
        let (from, to) = (scale.x(min), scale.x(max));
        let _ = writeln!(
            svg,
            "<line x1=\"{from:.1}\" x2=\"{to:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\" \
             stroke=\"{colour}\" stroke-width=\"2\"/>"
        );
    }
    let words = match (row.median, row.ratio) {
        (None, _) => "cannot".to_owned(),
        (Some(median), Some(ratio)) if !ours => {
            format!("{} (x{})", number(median), number(ratio))
        }
        (Some(median), _) => number(median),
    };
    if let Some(median) = row.median.filter(|&median| median > 0.0) {
        let _ = writeln!(
            svg,
            "<circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"{colour}\"/>",
            scale.x(median)
        );
    }
    text(svg, WIDTH - VALUES + 16.0, y + 4.0, "", &words);
}

fn text(svg: &mut String, x: f64, y: f64, attributes: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" {attributes}>{words}</text>"
    );
}

/// Powers of ten, from the one below all values to the one above.
struct Scale {
    low: i32,
    high: i32,
}

impl Scale {
    fn over(rows: &[Row]) -> Self {
        let values = rows.iter().flat_map(|row| [row.min, row.median, row.max]);
        let positive = values.flatten().filter(|&value| value > 0.0);
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in positive {
            low = low.min(value.log10());
            high = high.max(value.log10());
        }
        if low > high {
            return Self { low: 0, high: 1 };
        }
        let low = low.floor() as i32;
        Self {
            low,
            high: (high.ceil() as i32).max(low + 1),
        }
    }

    fn powers(&self) -> impl Iterator<Item = f64> {
        (self.low..=self.high).map(|power| 10_f64.powi(power))
    }

    /// Where a value is; zero is at the left end.
    fn x(&self, value: f64) -> f64 {
        let part = (value.log10() - f64::from(self.low)) / f64::from(self.high - self.low);
        LABELS + part.clamp(0.0, 1.0) * (WIDTH - LABELS - VALUES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::report::tests::report;

    #[test]
    fn every_row_has_a_line_and_every_value_a_dot() {
        let report = report();
        let svg = draw(&report);
        let values = report.rows.iter().filter(|row| row.median.is_some());
        assert_eq!(svg.matches("<circle").count(), values.count());
        assert_eq!(
            svg.matches(">bird 1.2</text>").count(),
            report.cases().count()
        );
        assert!(svg.contains(">cannot</text>"));
        assert!(svg.contains("20.0 (x10.0)"));
        assert!(svg.ends_with("</svg>\n"));
    }

    #[test]
    fn a_scale_goes_from_power_to_power() {
        let report = report();
        let scale = Scale::over(report.cases().next().unwrap());
        assert_eq!((scale.low, scale.high), (0, 2));
        assert_eq!(scale.x(1.0), LABELS);
        assert_eq!(scale.x(100.0), WIDTH - VALUES);
        assert_eq!(scale.x(0.0), LABELS);
    }
}
