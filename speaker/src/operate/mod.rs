//! The configuration in force: what it declares is brought to the table, at the start, when the file is read again, and
//! when a health check changes its mind.

mod health;
mod reload;

use std::path::PathBuf;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

pub(crate) use health::CheckStatus;
pub(crate) use reload::{Hangup, ReloadError, ReloadHandle, Reloads};

use crate::config::{Config, Difference, Effect};
use crate::log;
use crate::notify;
use crate::table::{Command, OwnerCommand, Refusal, Routes, TableHandle};
use health::Checks;
use reload::Request;

/// What others see of the operation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operation {
    /// In the order of their names.
    pub(crate) checks: Vec<CheckStatus>,
    pub(crate) reloads: Reloads,
}

/// The only task that knows the configuration. Cancelling it loses nothing: the table has all that was applied.
#[derive(Debug)]
pub(crate) struct Operator {
    path: PathBuf,
    config: Config,
    /// `None`: the command line says what is logged, not the file.
    filter: Option<log::Filter>,
    table: TableHandle,
    checks: Checks,
    requests: mpsc::Receiver<Request>,
    seen: watch::Sender<Operation>,
    stop: CancellationToken,
}

impl Operator {
    /// An operator of `config`, which is what the file at `path` said.
    pub(crate) fn new(
        path: PathBuf,
        config: Config,
        filter: Option<log::Filter>,
        table: TableHandle,
        stop: CancellationToken,
    ) -> (Self, ReloadHandle, watch::Receiver<Operation>) {
        let (handle, requests) = ReloadHandle::new();
        let (seen, see) = watch::channel(Operation::default());
        let operator = Self {
            path,
            config,
            filter,
            table,
            checks: Checks::new(),
            requests,
            seen,
            stop,
        };
        (operator, handle, see)
    }

    /// Runs until it is told to stop.
    ///
    /// # Errors
    /// The table refuses what the configuration declares at the start.
    pub(crate) async fn run(mut self) -> anyhow::Result<()> {
        self.checks.assign(&self.config.checks);
        match self.configure(&self.config, false).await {
            Err(ReloadError::Gone(_) | ReloadError::Refused(Refusal::Stopping)) => return Ok(()),
            configured => configured?,
        }
        loop {
            self.show();
            tokio::select! {
                () = self.stop.cancelled() => return Ok(()),
                Some(request) = self.requests.recv() => {
                    let result = self.reload(request.dry_run).await;
                    // Whoever asked may not want to know any more.
                    let _ = request.reply.send(result);
                }
                changed = self.checks.next() => {
                    if changed && let Err(error) = self.configure(&self.config, false).await {
                        warn!("routes do not follow their health checks: {error}");
                    }
                }
            }
        }
    }

    /// Reads the file again and applies the difference, all or nothing.
    async fn reload(&mut self, dry_run: bool) -> Result<Difference, ReloadError> {
        let _reloading = (!dry_run).then(notify::reloading);
        let result = self.try_reload(dry_run).await;
        match &result {
            _ if dry_run => {}
            Ok(difference) => {
                self.count(true);
                tell(difference);
            }
            Err(error) => {
                self.count(false);
                for problem in error.problems() {
                    error!("configuration: {problem}");
                }
                error!(file = %self.path.display(), "the configuration stays as it is");
            }
        }
        result
    }

    async fn try_reload(&mut self, dry_run: bool) -> Result<Difference, ReloadError> {
        let new = Config::load(&self.path)?;
        let difference = Difference::between(&self.config, &new);
        // A check that is new has not succeeded yet: its routes wait. One that is known by its name keeps its health.
        self.configure(&new, dry_run).await?;
        if dry_run {
            return Ok(difference);
        }
        self.checks.assign(&new.checks);
        if let Some(filter) = &self.filter
            && let Err(error) = filter.set(&new.logging.level)
        {
            warn!("the log level stays as it is: {error:#}");
        }
        self.config = new;
        Ok(difference)
    }

    /// Makes the routes and peers of `config` those of its owner in the table.
    async fn configure(&self, config: &Config, dry_run: bool) -> Result<(), ReloadError> {
        let configure = |reply| {
            Command::Owner(OwnerCommand::Configure {
                routes: announced(config, &self.checks),
                peers: config.peers.clone(),
                dry_run,
                reply,
            })
        };
        Ok(self.table.ask(configure).await??)
    }

    fn show(&self) {
        let checks = self.checks.status();
        self.seen.send_modify(|operation| operation.checks = checks);
    }

    fn count(&self, success: bool) {
        self.seen
            .send_modify(|operation| operation.reloads.count(success));
    }
}

/// The routes of `config` that are to be announced: those whose check is healthy, and those without one.
fn announced(config: &Config, checks: &Checks) -> Routes {
    let routes = config.routes.iter();
    let wanted = routes.filter(|route| {
        let check = route.check.as_ref();
        check.is_none_or(|check| checks.is_healthy(check))
    });
    wanted
        .map(|route| (route.prefix, route.attributes.clone()))
        .collect()
}

fn tell(difference: &Difference) {
    if difference.changes.is_empty() {
        info!("the configuration was read again: nothing is different");
    }
    for change in &difference.changes {
        match change.effect {
            Effect::None | Effect::SessionReset => info!("configuration: {change}"),
            Effect::Restart => warn!("configuration: {change}"),
        }
    }
}
