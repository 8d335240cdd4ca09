use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use hyper::Uri;

use super::section::Section;
use crate::check::{Check, Probe};
use crate::model::{Name, Problems};

/// The check of a `[[checks]]` section.
pub(super) fn check(mut section: Section, problems: &mut Problems) -> Option<Check> {
    let before = problems.len();
    let name = section.string("name", problems).unwrap_or_default();
    let name = problems.check(&section.key("name"), name.parse::<Name>());
    let probe = probe(&mut section, problems);
    let interval = time(&mut section, "interval", Check::DEFAULT_INTERVAL, problems);
    let timeout = time(&mut section, "timeout", Check::DEFAULT_TIMEOUT, problems);
    let rise = count(&mut section, "rise", Check::DEFAULT_RISE, problems);
    let fall = count(&mut section, "fall", Check::DEFAULT_FALL, problems);
    section.finish(problems);
    let check = Check {
        name: name?,
        probe: probe?,
        interval: interval?,
        timeout: timeout?,
        rise: rise?,
        fall: fall?,
    };
    (problems.len() == before).then_some(check)
}

fn probe(section: &mut Section, problems: &mut Problems) -> Option<Probe> {
    let before = problems.len();
    let mut found = Vec::new();
    if let Some(argv) = section.strings("command", problems) {
        let argv = argv.into_iter().map(|(_, text)| text).collect();
        found.extend(problems.check(&section.key("command"), command(argv)));
    }
    if let Some(text) = section.filled("tcp", problems) {
        found.extend(problems.check(&section.key("tcp"), tcp(&text)));
    }
    if let Some(text) = section.filled("http", problems) {
        found.extend(problems.check(&section.key("http"), http(&text)));
    }
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(probe), None) => Some(probe),
        // A probe that is wrong is not missing as well.
        (None, _) if problems.len() > before => None,
        _ => {
            let what = "names not exactly one of command, tcp and http";
            problems.add(section.path(), what);
            None
        }
    }
}

fn command(argv: Vec<String>) -> Result<Probe, &'static str> {
    match argv.first() {
        Some(program) if !program.is_empty() => Ok(Probe::Command(argv)),
        _ => Err("names no program"),
    }
}

fn tcp(text: &str) -> Result<Probe, String> {
    text.parse::<SocketAddr>().map(Probe::Tcp).map_err(|_| {
        format!("{text:?} is not an address with a port (as 127.0.0.1:53 or [::1]:53)")
    })
}

fn http(text: &str) -> Result<Probe, String> {
    let url: Uri = text
        .parse()
        .map_err(|error| format!("{text:?} is not a URL: {error}"))?;
    match url.scheme_str() {
        Some("http") if url.host().is_some_and(|host| !host.is_empty()) => Ok(Probe::Http(url)),
        Some("https") => Err(format!(
            "{text:?}: TLS is not spoken here; check it by a command, as [\"curl\", \"-fsS\", \"{text}\"]"
        )),
        _ => Err(format!(
            "{text:?} is not a URL as http://127.0.0.1:8080/health"
        )),
    }
}

fn time(
    section: &mut Section,
    key: &'static str,
    default: Duration,
    problems: &mut Problems,
) -> Option<Duration> {
    const ALLOWED: std::ops::RangeInclusive<Duration> =
        Duration::from_millis(100)..=Duration::from_secs(3600);
    let time = section.duration(key, problems).unwrap_or(default);
    if ALLOWED.contains(&time) {
        return Some(time);
    }
    problems.add(section.key(key), format!("{time:?} is not in 100ms to 1h"));
    None
}

fn count(
    section: &mut Section,
    key: &'static str,
    default: NonZeroU32,
    problems: &mut Problems,
) -> Option<NonZeroU32> {
    const MOST: u32 = 1000;
    let Some(value) = section.integer(key, problems) else {
        return Some(default);
    };
    let count = u32::try_from(value).ok().and_then(NonZeroU32::new);
    let count = count.filter(|count| count.get() <= MOST);
    if count.is_none() {
        problems.add(section.key(key), format!("{value} is not in 1 to {MOST}"));
    }
    count
}
