use std::io::IsTerminal;
use std::time::Duration;

use anyhow::Context;
use bellwether_bgp::time::Instant;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, reload};

use crate::args::LogFormat;

/// Changes what is logged while the speaker runs.
#[derive(Clone, Debug)]
pub(crate) struct Filter(reload::Handle<EnvFilter, Registry>);

impl Filter {
    /// Logs what passes `filter` from now on.
    ///
    /// # Errors
    /// `filter` is not one.
    pub(crate) fn set(&self, filter: &str) -> anyhow::Result<()> {
        Ok(self.0.reload(parse(filter)?)?)
    }
}

/// Sends log lines that pass `filter` to standard error.
///
/// # Errors
/// `filter` is not one.
pub(crate) fn start(format: LogFormat, filter: &str) -> anyhow::Result<Filter> {
    let (filter, handle) = reload::Layer::new(parse(filter)?);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter);
    match format {
        LogFormat::Human => {
            let people_look = std::io::stderr().is_terminal();
            let lines = lines.with_target(false).with_ansi(people_look);
            registry.with(lines).init();
        }
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true).with_span_list(false);
            registry.with(lines).init();
        }
    }
    Ok(Filter(handle))
}

fn parse(filter: &str) -> anyhow::Result<EnvFilter> {
    EnvFilter::try_new(filter).with_context(|| format!("log level {filter:?}"))
}

/// Lets a line through at most once in an interval, and counts what it holds back: strangers choose how often they
/// knock, not how fast the log grows.
#[derive(Debug)]
pub(crate) struct Throttle {
    interval: Duration,
    last: Option<Instant>,
    held_back: u64,
}

impl Throttle {
    pub(crate) const fn new(interval: Duration) -> Self {
        Self {
            interval,
            last: None,
            held_back: 0,
        }
    }

    /// `Some(n)`: log it, and say that `n` like it were held back since the last one.
    pub(crate) fn pass(&mut self, now: Instant) -> Option<u64> {
        match self.last {
            Some(last) if now.saturating_since(last) < self.interval => {
                self.held_back += 1;
                None
            }
            _ => {
                self.last = Some(now);
                Some(std::mem::take(&mut self.held_back))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_an_interval_passes_and_tells_how_many_did_not() {
        let mut throttle = Throttle::new(Duration::from_secs(10));
        let at = |seconds| Instant::from_origin(Duration::from_secs(seconds));
        assert_eq!(throttle.pass(at(0)), Some(0));
        assert_eq!(throttle.pass(at(1)), None);
        assert_eq!(throttle.pass(at(9)), None);
        assert_eq!(throttle.pass(at(10)), Some(2));
    }
}
