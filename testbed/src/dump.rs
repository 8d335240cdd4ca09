//! The state of a lab in words, for the moment when something did not happen.

use std::fmt::Write;

use crate::lab::Lab;
use crate::topology::Node;

/// Asked in every node.
const QUESTIONS: &[&[&str]] = &[
    &["ip", "-brief", "address"],
    &["ip", "route"],
    &["ip", "-6", "route"],
];

/// Lines of a log that are shown, counted from its end.
const LOG_LINES: usize = 60;

/// Everything that helps to see why: each node's interfaces and routes, what its programs say, then
/// the logs.
pub(crate) fn dump(lab: &Lab) -> String {
    let mut text = format!(
        "state of the lab `{}` ({}):\n",
        lab.name(),
        lab.dir().display()
    );
    for node in &lab.topology().nodes {
        answers(lab, node, &mut text);
    }
    for (name, log) in lab.logs() {
        let lines: Vec<_> = log.lines().collect();
        let shown = lines
            .get(lines.len().saturating_sub(LOG_LINES)..)
            .unwrap_or_default();
        if !shown.is_empty() {
            let _ = writeln!(text, "\n--- log {name} ---\n{}", shown.join("\n"));
        }
    }
    text
}

fn answers(lab: &Lab, node: &Node, text: &mut String) {
    let _ = writeln!(text, "\n--- {} ({}) ---", node.name, node.image.image);
    for question in QUESTIONS.iter().chain(node.image.questions) {
        let _ = writeln!(text, "$ {}", question.join(" "));
        match lab.exec(&node.name, question) {
            Ok(answer) => {
                let _ = write!(text, "{}{}", answer.stdout, answer.stderr);
            }
            Err(error) => {
                let _ = writeln!(text, "{error}");
                return;
            }
        }
    }
}
