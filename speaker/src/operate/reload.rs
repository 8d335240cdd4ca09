use thiserror::Error;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::config::{ConfigError, Difference};
use crate::table::{Gone, Refusal};

/// The file is to be read again.
#[derive(Debug)]
pub(super) struct Request {
    /// Only say what would change.
    pub(super) dry_run: bool,
    pub(super) reply: oneshot::Sender<Result<Difference, ReloadError>>,
}

/// Why the configuration stays as it is.
#[derive(Debug, Error)]
pub(crate) enum ReloadError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Gone(#[from] Gone),
}

impl ReloadError {
    /// What is wrong, a line each; with the path of its key where it has one.
    pub(crate) fn problems(&self) -> Vec<String> {
        match self {
            Self::Config(error) => error.problems(),
            Self::Refused(_) | Self::Gone(_) => vec![self.to_string()],
        }
    }
}

/// The way to the operator.
#[derive(Clone, Debug)]
pub(crate) struct ReloadHandle(mpsc::Sender<Request>);

impl ReloadHandle {
    /// How many requests wait; whoever asks then waits, too.
    const REQUESTS: usize = 4;

    pub(super) fn new() -> (Self, mpsc::Receiver<Request>) {
        let (sender, requests) = mpsc::channel(Self::REQUESTS);
        (Self(sender), requests)
    }

    /// Reads the file again and applies what is different, or only tells it.
    ///
    /// # Errors
    /// Nothing has changed: why.
    pub(crate) async fn reload(&self, dry_run: bool) -> Result<Difference, ReloadError> {
        let (reply, answer) = oneshot::channel();
        let request = Request { dry_run, reply };
        self.0.send(request).await.map_err(|_| Gone)?;
        answer.await.map_err(|_| Gone)?
    }
}

/// Reloads on SIGHUP. Cancelling it in the midst of one leaves that to the operator, who goes on.
#[derive(Debug)]
pub(crate) struct Hangup {
    signal: Signal,
    reload: ReloadHandle,
    stop: CancellationToken,
}

impl Hangup {
    /// The signal does not end the process from now on.
    ///
    /// # Errors
    /// It cannot be listened for.
    pub(crate) fn new(reload: ReloadHandle, stop: CancellationToken) -> anyhow::Result<Self> {
        Ok(Self {
            signal: signal(SignalKind::hangup())?,
            reload,
            stop,
        })
    }

    /// Runs until it is told to stop.
    pub(crate) async fn run(mut self) -> anyhow::Result<()> {
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return Ok(()),
                _ = self.signal.recv() => {}
            }
            info!("told to reload by SIGHUP");
            // What is wrong is logged by the operator.
            let _ = self.reload.reload(false).await;
        }
    }
}

/// How often the file was read again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reloads {
    pub(crate) successes: u64,
    pub(crate) failures: u64,
    /// Whether the last one succeeded; `None`: it never was.
    pub(crate) last: Option<bool>,
}

impl Reloads {
    pub(super) fn count(&mut self, success: bool) {
        match success {
            true => self.successes += 1,
            false => self.failures += 1,
        }
        self.last = Some(success);
    }
}
