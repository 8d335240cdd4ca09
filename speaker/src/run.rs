//! Builds the tasks, and waits for what ends them.
//!
//! ```text
//!             Unix socket                                                  TCP
//!                  |                                                        |
//!   api: one call, one future          table: owns routes, owners,     peer (one each): drives a Session,
//!   convert, ask, answer  ---------->  peers, what each was given <---> its sockets and its timers
//!                         <----------                 ^
//!                           answers                   |  connections
//!                                              listener (one each) <------- TCP
//! ```
//!
//! | channel | capacity | from | to | when it is full |
//! |---|---|---|---|---|
//! | commands (`mpsc`) | 256 | api, peers, listeners, operator, metrics | table | the sender waits; the table waits for nobody, so it goes on at once |
//! | an answer (`oneshot`) | 1 | table | whoever asked | cannot be; an answer that is long in coming (octets, events, progress) is parked in the table |
//! | incoming (`mpsc`) | 2 | table | peer | the connection is closed and logged; the neighbor tries again |
//! | stop (`oneshot`) | 1 | table | peer | cannot be |
//! | declared (`watch`) | 1 | table | peer | the newer one replaces the older |
//! | status (`watch`) | 1 | peer | table | the newer one replaces the older |
//! | results (`mpsc`) | 64 | health checks | operator | the check waits, and probes later |
//! | reload (`mpsc`) | 4 | SIGHUP | operator | the caller waits |
//!
//! What waits for a slow reader is a place in the table, never a queue: a peer is a cursor in a bounded log, a watcher a set of
//! at most 4096 changed keys, a Sync stream at most 64 generations.
//!
//! The tasks are in one [`JoinSet`], those of the peers in one that belongs to the table; the first that ends without being
//! told to ends the process with its error. The operator brings what the configuration declares to the table, again on SIGHUP
//! and whenever a health check changes its mind. On SIGTERM or SIGINT: the listeners close, the operator ends, the table withdraws all routes and
//! ends the sessions, the API closes its streams, the socket's file is removed.

use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::api::{self, Doors, Ends, Identity};
use crate::clock::Clock;
use crate::config::Config;
use crate::listener::Listener;
use crate::log;
use crate::metrics::{HttpServer, Requests};
use crate::notify;
use crate::operate::{Hangup, Operator};
use crate::table::{Command, STOP_WITHIN, TableHandle, TableTask};
use crate::transport::Listening;

/// What the speaker is started with.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The configuration file.
    pub(crate) path: PathBuf,
    /// What it says.
    pub(crate) config: Config,
    /// To change what is logged, if the file has a say in it.
    pub(crate) filter: Option<log::Filter>,
}

/// A task of the process, by what it does.
type Ended = (&'static str, anyhow::Result<()>);

/// Runs the speaker until it is told to stop.
///
/// # Errors
/// A socket cannot be had, or a task ended without being told to.
pub(crate) async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let Settings {
        path,
        config,
        filter,
    } = settings;
    let mut signals = Signals::new()?;
    let clock = Clock::start();
    let (table, commands) = TableHandle::new();
    let stop_listening = CancellationToken::new();
    let stop_serving = CancellationToken::new();

    let tcp = match &config.api.tcp {
        Some(settings) => Some(api::TcpDoor::open(settings).await?),
        None => None,
    };
    let doors = Doors {
        socket: api::Socket::claim(&config.socket)?,
        access: config.api.access.clone(),
        tcp,
    };
    let listeners = listen(&config, &table, &stop_listening)?;
    let identity = Identity {
        defaults: config.defaults,
        drain: config.drain,
        listen: listeners.iter().map(|listener| listener.address).collect(),
        started: clock.read().wall,
    };
    let listening = Listening::new(listeners.iter().map(Listener::socket).collect());
    let grace = config.drain.grace;
    let task = TableTask::new(table.clone(), commands, clock, listening, config.drain);
    let requests = Requests::default();
    let metrics = config.metrics;
    let socket_path = config.socket.clone();
    let (operator, reload, operation) =
        Operator::new(path, config, filter, table.clone(), stop_listening.clone());
    let hangup = Hangup::new(reload.clone(), stop_listening.clone())?;
    let metrics = match metrics {
        Some(address) => {
            let (table, requests, stop) = (table.clone(), requests.clone(), stop_serving.clone());
            let server = HttpServer::bind(address, table, operation, requests, clock, stop).await?;
            Some(server)
        }
        None => None,
    };

    info!(
        asn = %identity.defaults.asn,
        router_id = %identity.defaults.router_id,
        listen = ?identity.listen,
        api = %socket_path.display(),
        metrics = ?metrics.as_ref().map(|server| server.address),
        "bellwether-speaker {} starts", env!("CARGO_PKG_VERSION")
    );
    let mut tasks = Tasks::default();
    tasks.spawn("table", task.run());
    for listener in listeners {
        tasks.spawn("listener", listener.run());
    }
    tasks.spawn("operator", operator.run());
    tasks.spawn("reload", hangup.run());
    if let Some(server) = metrics {
        tasks.spawn("metrics", server.run());
    }
    let watchdog = notify::watchdog(table.clone(), stop_serving.clone());
    tasks.spawn("watchdog", watchdog);
    let ends = Ends {
        leaving: stop_listening.clone(),
        stop: stop_serving.clone(),
    };
    let served = api::serve(
        doors,
        table.clone(),
        identity,
        clock,
        requests,
        reload,
        ends,
    );
    tasks.spawn("api", served);
    notify::ready();

    tokio::select! {
        ended = tasks.next() => return Err(unexpected(ended)),
        () = signals.next() => {}
    }
    notify::stopping();
    stop_listening.cancel();
    tokio::select! {
        () = signals.next() => {
            warn!("told twice to stop: ending at once");
            return Ok(ExitCode::FAILURE);
        }
        // When stopping takes longer than it can, something is wrong, and the process ends without it.
        stopped = tokio::time::timeout(
            grace.max(STOP_WITHIN),
            stop(&mut tasks, &table, grace, &stop_serving),
        ) => {
            stopped.context("stopping took too long")??;
        }
    }
    info!("stopped");
    Ok(ExitCode::SUCCESS)
}

fn listen(
    config: &Config,
    table: &TableHandle,
    stop: &CancellationToken,
) -> anyhow::Result<Vec<Listener>> {
    let addresses = config.listen.iter();
    addresses
        .map(|address| Listener::bind(*address, table.clone(), stop.clone()))
        .collect()
}

/// The table first, for it has the peers to see off; then the API, which shows until then how that goes.
async fn stop(
    tasks: &mut Tasks,
    table: &TableHandle,
    grace: Duration,
    stop_serving: &CancellationToken,
) -> anyhow::Result<()> {
    // The table has ended by itself if it is gone: its result is joined below.
    let _ = table.tell(Command::Stop { grace }).await;
    while let Some((name, result)) = tasks.next().await {
        result.with_context(|| format!("while stopping: {name}"))?;
        if name == "table" {
            stop_serving.cancel();
        }
    }
    Ok(())
}

fn unexpected(ended: Option<Ended>) -> anyhow::Error {
    match ended {
        Some((name, Ok(()))) => anyhow::anyhow!("the task `{name}` ended without being told to"),
        Some((name, Err(error))) => error.context(format!("the task `{name}` failed")),
        None => anyhow::anyhow!("there is nothing to do"),
    }
}

/// All tasks of the process, with their names.
#[derive(Debug, Default)]
struct Tasks(JoinSet<Ended>);

impl Tasks {
    fn spawn(
        &mut self,
        name: &'static str,
        task: impl Future<Output = anyhow::Result<()>> + Send + 'static,
    ) {
        self.0.spawn(async move { (name, task.await) });
    }

    /// The next one that ends; `None`: all have.
    async fn next(&mut self) -> Option<Ended> {
        let ended = self.0.join_next().await?;
        Some(ended.unwrap_or_else(|panic: JoinError| ("unknown", Err(panic.into()))))
    }
}

/// SIGTERM and SIGINT mean the same.
#[derive(Debug)]
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => info!("told to stop by SIGTERM"),
            _ = self.interrupt.recv() => info!("told to stop by SIGINT"),
        }
    }
}
