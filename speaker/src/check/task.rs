use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;
use tracing::debug;

use super::Check;
use super::probe::probe;
use crate::model::Name;

/// The result of one probe.
#[derive(Clone, Debug)]
pub(crate) struct Probed {
    pub(crate) check: Name,
    /// Or why it failed.
    pub(crate) result: Result<(), String>,
    /// How long the answer took.
    pub(crate) took: Duration,
}

/// Probes in turn, as often as the check says, until it is dropped; a probe that is under way is ended then.
#[derive(Debug)]
pub(crate) struct CheckTask {
    _task: AbortOnDropHandle<()>,
}

impl CheckTask {
    /// Probes from now on, and tells `results`: when that is full, the next probe waits.
    pub(crate) fn start(check: Check, results: mpsc::Sender<Probed>) -> Self {
        Self {
            _task: AbortOnDropHandle::new(tokio::spawn(run(check, results))),
        }
    }
}

async fn run(check: Check, results: mpsc::Sender<Probed>) {
    loop {
        let begin = Instant::now();
        let result = probe(&check).await.map_err(|error| format!("{error:#}"));
        debug!(check = %check.name, ?result, "probed");
        let probed = Probed {
            check: check.name.clone(),
            result,
            took: begin.elapsed(),
        };
        if results.send(probed).await.is_err() {
            return;
        }
        tokio::time::sleep(check.interval).await;
    }
}
