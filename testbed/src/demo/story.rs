//! How the demo speaks to a person.

use std::cell::Cell;
use std::time::Duration;

use anyhow::Result;

use crate::Lab;
use crate::agent::Summary;

/// Columns of a line of prose.
const WIDTH: usize = 100;

const PICTURE: &str = r"
                                .------- n1 ---- p11, p12
                               /
    client ------ BIRD -------+--------- n2 ---- p21, p22      Service web: 203.0.113.10:80
                               \                                            [2001:db8:113::10]:80
                                '------- n3 ---- p31, p32
                                          |
                       GoBGP -------------'  (linked to all three nodes)
";

/// Tells, or keeps quiet.
#[derive(Debug)]
pub(super) struct Story {
    aloud: bool,
    steps: Cell<u32>,
}

impl Story {
    pub(super) fn new(aloud: bool) -> Self {
        Self {
            aloud,
            steps: Cell::new(0),
        }
    }

    pub(super) fn title(&self) {
        self.say("Bellwether: a Service's addresses, announced to real routers from three nodes");
        self.say(PICTURE);
    }

    /// What happens next.
    pub(super) fn step(&self, text: &str) {
        self.steps.set(self.steps.get() + 1);
        let lines = wrap(text, WIDTH - 4).join("\n    ");
        self.say(&format!("\n{:2}. {lines}", self.steps.get()));
    }

    /// A command in a node, and what it says.
    pub(super) fn show(&self, lab: &Lab, node: &str, argv: &[&str]) -> Result<()> {
        let output = lab.output(node, argv)?;
        let lines: Vec<&str> = output.lines().collect();
        self.quote(node, argv, &lines);
        Ok(())
    }

    /// A command in a node, and some of what it says.
    pub(super) fn quote(&self, node: &str, argv: &[&str], lines: &[&str]) {
        self.say(&format!("\n    {node}$ {}", argv.join(" ")));
        for line in lines.iter().filter(|line| !line.trim().is_empty()) {
            self.say(&format!("    {}", line.trim_end()));
        }
    }

    /// How long something took.
    pub(super) fn time(&self, what: &str, took: Duration) {
        self.say(&format!(
            "\n    {what}: {:.1} ms",
            took.as_secs_f64() * 1000.0
        ));
    }

    /// Who answered, and whom they saw.
    pub(super) fn requests(&self, target: &str, summary: &Summary) {
        let Summary {
            requests,
            failed,
            pods,
            clients,
            errors,
            failing_ms,
            longest_ms,
        } = summary;
        self.say(&format!(
            "\n    {requests} requests to {target}: {} answered, {failed} failed; the slowest took {longest_ms:.1} ms",
            requests - failed
        ));
        for (pod, count) in pods {
            let bar = "#".repeat(usize::try_from(count * 60 / requests.max(&1)).unwrap_or(0));
            self.say(&format!("      {pod:4} {count:5}  {bar}"));
        }
        let seen: Vec<_> = clients
            .iter()
            .map(|(client, count)| format!("{client} ({count})"))
            .collect();
        self.say(&format!(
            "      clients as the pods saw them: {}",
            seen.join(", ")
        ));
        for (error, count) in errors {
            self.say(&format!("      {count} failed: {error}"));
        }
        if *failed > 0 {
            self.say(&format!(
                "      the first and the last that failed began {failing_ms:.1} ms apart"
            ));
        }
    }

    /// How to look around.
    pub(super) fn kept(&self, lab: &str) {
        self.step("All of that was seen. The lab goes on; n3 is dead, and the speaker of n2 has ended. Look around:");
        for command in [
            "exec LAB n1 -- bellctl monitor",
            "exec LAB n1 -- nft list ruleset",
            "exec LAB bird -- birdc show route all",
            "exec LAB client -- curl -s http://203.0.113.10/",
            "down LAB",
        ] {
            self.say(&format!("      cargo lab {}", command.replace("LAB", lab)));
        }
    }

    fn say(&self, text: &str) {
        if self.aloud {
            say!("{text}");
        }
    }
}

fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_line_is_broken_between_words() {
        assert_eq!(super::wrap("one two three", 7), ["one two", "three"]);
    }
}
