use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use crate::config::{ConfigError, Difference};
use crate::table::{Gone, Refusal};

/// The file is to be read again.
#[derive(Debug)]
pub(crate) struct Request {
    /// Only say what would change.
    pub(crate) dry_run: bool,
    pub(crate) reply: oneshot::Sender<Result<Difference, ReloadError>>,
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
