use std::collections::BTreeMap;

use tokio::sync::mpsc;
use tracing::{info, warn};

use crate::check::{Check, CheckTask, Health, Judge, Probed};
use crate::model::Name;

/// How many results wait to be judged: a check whose result has no room probes later.
const RESULTS: usize = 64;

/// The health checks that run.
#[derive(Debug)]
pub(super) struct Checks {
    running: BTreeMap<Name, Running>,
    results: mpsc::Receiver<Probed>,
    sender: mpsc::Sender<Probed>,
}

#[derive(Debug)]
struct Running {
    check: Check,
    judge: Judge,
    /// Probes while it is held.
    _task: CheckTask,
    status: CheckStatus,
}

/// A health check as others see it.
#[derive(Clone, Debug)]
pub(crate) struct CheckStatus {
    pub(crate) name: Name,
    pub(crate) health: Health,
    pub(crate) successes: u64,
    pub(crate) failures: u64,
    /// How often its health changed.
    pub(crate) transitions: u64,
    /// How long the last probe took.
    pub(crate) last_seconds: f64,
}

impl Checks {
    pub(super) fn new() -> Self {
        let (sender, results) = mpsc::channel(RESULTS);
        Self {
            running: BTreeMap::new(),
            results,
            sender,
        }
    }

    /// Makes these the checks that run. One that is as it was goes on; one that has changed probes anew, and its health
    /// stays until it says otherwise.
    pub(super) fn assign(&mut self, checks: &[Check]) {
        let mut old = std::mem::take(&mut self.running);
        for check in checks {
            let running = match old.remove(&check.name) {
                Some(running) if running.check == *check => running,
                changed => self.start(check, changed),
            };
            self.running.insert(check.name.clone(), running);
        }
    }

    fn start(&self, check: &Check, before: Option<Running>) -> Running {
        let (judge, status) = match before {
            Some(Running { judge, status, .. }) => (judge.with(check.rise, check.fall), status),
            None => (
                Judge::new(check.rise, check.fall),
                CheckStatus::new(check.name.clone()),
            ),
        };
        Running {
            check: check.clone(),
            judge,
            _task: CheckTask::start(check.clone(), self.sender.clone()),
            status,
        }
    }

    pub(super) fn is_healthy(&self, check: &Name) -> bool {
        let running = self.running.get(check);
        running.is_some_and(|running| running.judge.health() == Health::Healthy)
    }

    /// Takes the next result; whether the health of a check is another one now. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> bool {
        match self.results.recv().await {
            Some(probed) => self.judge(&probed),
            // `self` holds a sender.
            None => std::future::pending().await,
        }
    }

    fn judge(&mut self, probed: &Probed) -> bool {
        // A result of a check that is not there any more was on its way.
        let Some(running) = self.running.get_mut(&probed.check) else {
            return false;
        };
        let changed = running.judge.observe(probed.result.is_ok());
        running.status.take(probed, changed);
        match (changed, &probed.result) {
            (Some(_), Ok(())) => info!(check = %probed.check, "healthy: its routes are announced"),
            (Some(_), Err(why)) => {
                warn!(check = %probed.check, "unhealthy: its routes are withdrawn: {why}");
            }
            (None, _) => {}
        }
        changed.is_some()
    }

    pub(super) fn status(&self) -> Vec<CheckStatus> {
        let running = self.running.values();
        running.map(|running| running.status.clone()).collect()
    }
}

impl CheckStatus {
    fn new(name: Name) -> Self {
        Self {
            name,
            health: Health::Unknown,
            successes: 0,
            failures: 0,
            transitions: 0,
            last_seconds: 0.0,
        }
    }

    fn take(&mut self, probed: &Probed, changed: Option<Health>) {
        match probed.result {
            Ok(()) => self.successes += 1,
            Err(_) => self.failures += 1,
        }
        self.last_seconds = probed.took.as_secs_f64();
        if let Some(health) = changed {
            self.health = health;
            self.transitions += 1;
        }
    }
}
