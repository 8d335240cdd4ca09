//! The cases, and one round of all of them with one subject.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

use super::measure::{Cost, cost};
use super::namespace::Namespace;
use super::sink::{Goal, Probe, Sink, Tally};
use super::statistics::{Summary, percentile};
use super::subjects::{Churn, Daemon, Subject};
use super::work::Work;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Case {
    Apply,
    ApplyCpu,
    Join,
    JoinCpu,
    JoinUpdates,
    JoinOctets,
    WithdrawIdle,
    WithdrawIdleP99,
    WithdrawChurn,
    WithdrawChurnP99,
    ChurnRate,
    RouteMemory,
    PeerMemory,
}

/// Each case with its name in JSON, its words and its unit, as they are printed.
pub(crate) const CASES: &[(Case, &str, &str, &str)] = {
    use Case::*;
    &[
        (
            Apply,
            "apply",
            "all routes applied, until the first peer has the last one",
            "ms",
        ),
        (
            ApplyCpu,
            "apply_cpu",
            "CPU time of the daemon for that",
            "ms",
        ),
        (
            Join,
            "join",
            "all peers join at once, until each has all routes",
            "ms",
        ),
        (JoinCpu, "join_cpu", "CPU time of the daemon for that", "ms"),
        (
            JoinUpdates,
            "join_updates_per_peer",
            "UPDATE messages to each peer",
            "messages",
        ),
        (JoinOctets, "join_bytes_per_peer", "bytes to each peer", "B"),
        (
            WithdrawIdle,
            "withdraw_idle",
            "one route withdrawn, until no peer has it",
            "ms",
        ),
        (WithdrawIdleP99, "withdraw_idle_p99", "p99 of that", "ms"),
        (
            WithdrawChurn,
            "withdraw_churn",
            "the same while attributes change",
            "ms",
        ),
        (WithdrawChurnP99, "withdraw_churn_p99", "p99 of that", "ms"),
        (
            ChurnRate,
            "churn_rate",
            "attribute changes taken meanwhile",
            "routes/s",
        ),
        (
            RouteMemory,
            "memory_per_route",
            "resident memory a route",
            "B",
        ),
        (
            PeerMemory,
            "memory_per_peer",
            "resident memory a joined peer",
            "B",
        ),
    ]
};

/// What one step may take. A daemon that needs longer cannot do the case.
const LIMIT: Duration = Duration::from_secs(120);

/// Withdrawals are repeated no longer than this, however many were wanted.
const WITHDRAWALS_LIMIT: Duration = Duration::from_secs(4);

/// Between two withdrawals under churn: they shall meet each phase of [`CHURN_PERIOD`].
const CHURN_PAUSE: Duration = Duration::from_millis(13);
/// Between two changes of the churned routes.
const CHURN_PERIOD: Duration = Duration::from_millis(10);

/// The peer that is there before the routes, by its number in the sink.
const FIRST: std::ops::Range<usize> = 0..1;

/// What a round gave: values of cases, several for those that are repeated within the round.
pub(crate) type Samples = Vec<(Case, f64)>;

/// Does all cases with a fresh daemon. What was measured before a failure is kept in `samples`.
///
/// # Errors
/// The daemon cannot do a case, or not in time; the cases behind it are not tried.
pub(crate) fn round(
    subject: &Subject,
    work: &Work,
    withdrawals: usize,
    samples: &mut Samples,
) -> Result<()> {
    let namespace = Namespace::create()?;
    let done = Round::begin(&namespace, subject, work)
        .and_then(|mut round| round.measure(withdrawals, samples));
    done.map_err(|error| match namespace.last_words() {
        words if words.is_empty() => error,
        words => anyhow!("{error:#}; its last words:\n{words}"),
    })
}

struct Round<'a> {
    namespace: &'a Namespace,
    daemon: Box<dyn Daemon>,
    sink: Sink,
    work: &'a Work,
    /// The daemon without routes, with the first peer.
    empty: Cost,
}

impl<'a> Round<'a> {
    fn begin(namespace: &'a Namespace, subject: &Subject, work: &'a Work) -> Result<Self> {
        let daemon = subject.start(namespace, work).context("starting it")?;
        let sink = Sink::start(Work::PEER_ASN, Work::PROBE)?;
        let addresses: Vec<_> = work.peer_addresses().take(FIRST.len()).collect();
        sink.add(namespace.connect(&addresses)?)?;
        sink.open(FIRST)?;
        sink.wait(FIRST, Goal::Established, LIMIT)
            .context("the first session")?;
        Ok(Self {
            namespace,
            daemon,
            sink,
            work,
            empty: cost(&namespace.processes())?,
        })
    }

    fn measure(&mut self, withdrawals: usize, samples: &mut Samples) -> Result<()> {
        self.apply(samples).context("applying the routes")?;
        self.join(samples).context("joining")?;
        self.probe(true).context("announcing the probe")?;
        let idle = self
            .withdrawals(withdrawals, Duration::ZERO)
            .context("withdrawing")?;
        note(samples, Case::WithdrawIdle, Case::WithdrawIdleP99, &idle);
        self.under_churn(withdrawals, samples)
            .context("withdrawing under churn")
    }

    fn apply(&mut self, samples: &mut Samples) -> Result<()> {
        let begin = Instant::now();
        self.daemon.load()?;
        let routes = Goal::Routes(u64::from(self.work.routes));
        let end = self.sink.wait(FIRST, routes, LIMIT)?;
        let after = cost(&self.namespace.processes())?;
        samples.push((Case::Apply, milliseconds(end.duration_since(begin))));
        let cpu = after.cpu.saturating_sub(self.empty.cpu);
        samples.push((Case::ApplyCpu, milliseconds(cpu)));
        let memory = growth(self.empty, after) / f64::from(self.work.routes);
        samples.push((Case::RouteMemory, memory));
        Ok(())
    }

    fn join(&mut self, samples: &mut Samples) -> Result<()> {
        let joining = FIRST.end..self.all().end;
        let addresses: Vec<_> = self.work.peer_addresses().skip(FIRST.len()).collect();
        // TCP is not what is measured: some daemons have a backlog of eight.
        self.sink.add(self.namespace.connect(&addresses)?)?;
        let before = cost(&self.namespace.processes())?;
        let begin = self.sink.open(joining.clone())?;
        let routes = Goal::Routes(u64::from(self.work.routes));
        let end = self.sink.wait(joining.clone(), routes, LIMIT)?;
        let after = cost(&self.namespace.processes())?;
        samples.push((Case::Join, milliseconds(end.duration_since(begin))));
        let cpu = after.cpu.saturating_sub(before.cpu);
        samples.push((Case::JoinCpu, milliseconds(cpu)));
        let tallies = self.sink.tallies(joining)?;
        let each = |count: fn(&Tally) -> u64| median(tallies.iter().map(count));
        samples.push((Case::JoinUpdates, each(|tally| tally.updates)));
        samples.push((Case::JoinOctets, each(|tally| tally.octets)));
        let memory = growth(before, after) / f64::from(self.work.peers);
        samples.push((Case::PeerMemory, memory));
        Ok(())
    }

    /// All peers by their numbers in the sink.
    fn all(&self) -> std::ops::Range<usize> {
        FIRST.start..FIRST.end + self.work.peers as usize
    }

    /// Returns how long it took until every peer had it.
    fn probe(&mut self, announced: bool) -> Result<Duration> {
        let wanted = match announced {
            true => Probe::Announced,
            false => Probe::Withdrawn,
        };
        let begin = Instant::now();
        self.daemon.probe(announced)?;
        let end = self.sink.wait(self.all(), Goal::Probe(wanted), LIMIT)?;
        Ok(end.duration_since(begin))
    }

    /// How long each withdrawal took, in milliseconds.
    fn withdrawals(&mut self, count: usize, pause: Duration) -> Result<Vec<f64>> {
        let begin = Instant::now();
        let mut took = Vec::with_capacity(count);
        while took.len() < count && (took.is_empty() || begin.elapsed() < WITHDRAWALS_LIMIT) {
            took.push(milliseconds(self.probe(false)?));
            self.probe(true)?;
            #[expect(clippy::disallowed_methods, reason = "the pace of the load")]
            thread::sleep(pause);
        }
        Ok(took)
    }

    fn under_churn(&mut self, count: usize, samples: &mut Samples) -> Result<()> {
        let mut churn = self.daemon.churn(self.namespace)?;
        let per_change = self.work.churned(true).count() as f64;
        let (stop, stopped) = mpsc::channel::<()>();
        let (took, rate) = thread::scope(|scope| {
            let churning = scope.spawn(move || keep_changing(churn.as_mut(), &stopped));
            let took = self.withdrawals(count, CHURN_PAUSE);
            drop(stop);
            let rate = churning
                .join()
                .unwrap_or_else(|_| Err(anyhow!("the churn panicked")));
            (took, rate)
        });
        let (took, rate) = (took?, rate.context("the churn")?);
        note(samples, Case::WithdrawChurn, Case::WithdrawChurnP99, &took);
        samples.push((Case::ChurnRate, rate * per_change));
        Ok(())
    }
}

/// Changes attributes to and fro until `stopped` has no sender any more. Returns how many times a
/// second.
fn keep_changing(churn: &mut dyn Churn, stopped: &mpsc::Receiver<()>) -> Result<f64> {
    let begin = Instant::now();
    let (mut changes, mut due) = (0_u32, begin);
    loop {
        churn.change(changes.is_multiple_of(2))?;
        changes += 1;
        due += CHURN_PERIOD;
        let pause = due.saturating_duration_since(Instant::now());
        if stopped.recv_timeout(pause) == Err(RecvTimeoutError::Disconnected) {
            return Ok(f64::from(changes) / begin.elapsed().as_secs_f64());
        }
    }
}

fn note(samples: &mut Samples, each: Case, p99: Case, took: &[f64]) {
    samples.extend(took.iter().map(|&value| (each, value)));
    samples.extend(percentile(took, 99).map(|value| (p99, value)));
}

fn median(values: impl Iterator<Item = u64>) -> f64 {
    let values: Vec<_> = values.map(|value| value as f64).collect();
    Summary::of(&values).map_or(0.0, |summary| summary.median)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Bytes; a daemon that gave memory back has grown by none.
fn growth(before: Cost, after: Cost) -> f64 {
    after.resident.saturating_sub(before.resident) as f64
}
