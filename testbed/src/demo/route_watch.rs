//! When the router's kernel changed a route, to the microsecond, in the words of `ip -timestamp monitor route`.

use std::time::Duration;

use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::labs::first_light::SOON;
use crate::{Lab, Process, Signal};

/// Writes down each change of a route of node `bird`, until it is dropped.
#[derive(Debug)]
pub(super) struct RouteWatch<'a> {
    lab: &'a Lab,
    process: Process,
}

/// A change, as the kernel reported it.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    at: Timestamp,
    /// The route with its next hops.
    text: String,
}

impl<'a> RouteWatch<'a> {
    /// Begins to watch.
    pub(super) fn begin(lab: &'a Lab) -> Result<Self> {
        let argv = ["env", "TZ=UTC", "ip", "-tshort", "monitor", "route"];
        let process = lab.spawn("bird", &argv)?;
        let watch = Self { lab, process };
        // It writes nothing at its start: a route of no consequence that comes and goes shows that it has begun.
        lab.wait_until(SOON, "the watch for routes has begun", || {
            for change in ["add", "delete"] {
                lab.output(
                    "bird",
                    &["ip", "route", change, "blackhole", "192.0.2.255/32"],
                )?;
            }
            let changes = watch.changes()?;
            changes
                .iter()
                .any(|c| c.text.contains("192.0.2.255"))
                .then_some(())
                .context("not yet")
        })?;
        Ok(watch)
    }

    /// The time on the clock that the kernel's reports are stamped with.
    pub(super) fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// Waits until `vip` has a route without a next hop over `node`, and says how long that was after `moment`.
    pub(super) fn left(&self, vip: &str, node: &str, moment: Timestamp) -> Result<Duration> {
        let over_node = format!("dev {node} ");
        let what = format!("{node} is no next hop of {vip}");
        let at = self.lab.wait_until(SOON, &what, || {
            let changes = self.changes()?;
            let left = changes.iter().find(|change| {
                change.at > moment
                    && change.text.starts_with(&format!("{vip} "))
                    && !change.text.contains(&over_node)
            });
            left.map(|change| change.at)
                .with_context(|| format!("changes so far: {changes:?}"))
        })?;
        Ok(at.duration_since(moment).unsigned_abs())
    }

    fn changes(&self) -> Result<Vec<Change>> {
        let logs = self.lab.logs();
        let log = logs.iter().rfind(|(name, _)| name.starts_with("bird.env."));
        parse(log.map(|(_, text)| text.as_str()).unwrap_or_default())
    }
}

impl Drop for RouteWatch<'_> {
    fn drop(&mut self) {
        // It ends with the lab in any case.
        let _ = self.process.signal(Signal::SIGTERM);
    }
}

/// A change begins with its time in brackets; next hops follow in lines of their own, behind a tab.
fn parse(log: &str) -> Result<Vec<Change>> {
    let mut changes: Vec<Change> = Vec::new();
    for line in log.lines() {
        if let Some((time, text)) = line
            .strip_prefix('[')
            .and_then(|line| line.split_once("] "))
        {
            let time: DateTime = time.parse().with_context(|| format!("no time: {line}"))?;
            let at = time.to_zoned(TimeZone::UTC)?.timestamp();
            changes.push(Change {
                at,
                text: format!("{text}\n"),
            });
        } else if let Some(change) = changes.last_mut() {
            change.text.push_str(line);
            change.text.push('\n');
        }
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_route_is_read_with_its_next_hops() {
        let changes = super::parse(
            "[2026-11-21T23:48:17.889241] 203.0.113.11 proto bird \n\tnexthop via 10.0.0.2 dev n2 weight 1 \n\
             [2026-11-21T23:48:17.900659] Deleted 203.0.113.10 dev n1 proto bird \n",
        );
        let changes = changes.unwrap();
        assert_eq!(changes.len(), 2);
        assert_eq!(
            changes[0].text,
            "203.0.113.11 proto bird \n\tnexthop via 10.0.0.2 dev n2 weight 1 \n"
        );
        assert_eq!(changes[0].at.to_string(), "2026-11-21T23:48:17.889241Z");
    }
}
