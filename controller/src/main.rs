//! bellwether-controller.

mod args;

use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::Context;
use args::{Cli, LogArgs, LogFormat, NodeArgs, Role, Source};
use bellwether_controller::forward::Kernel;
use bellwether_controller::run;
use bellwether_controller::source::directory::Directory;
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{error, info};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let Cli { role, log } = Cli::parse();
    if let Err(error) = start_log(&log) {
        eprintln!("error: {error:#}");
        return ExitCode::from(2);
    }
    match carry_out(role) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn carry_out(role: Role) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    let outcome = runtime.block_on(async {
        match role {
            Role::Node(args) => node(args).await,
        }
    });
    // A task that the kernel holds in a system call must not hold up the end.
    runtime.shutdown_background();
    outcome
}

async fn node(args: NodeArgs) -> anyhow::Result<()> {
    let NodeArgs {
        source: Source::Directory(path),
        node,
        speaker,
    } = args;
    let mut terminate = signal(SignalKind::terminate()).context("cannot handle SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot handle SIGINT")?;
    let kernel = Kernel::open().context("cannot open nf_tables")?;
    let role = run::node(run::Node {
        name: node,
        source: |events| Directory::new(path, events).run(),
        kernel,
        speaker,
    });
    let signal = tokio::select! {
        outcome = role => return outcome,
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    info!("{signal}: the kernel's rules and the speaker's routes stay as they are");
    Ok(())
}

fn start_log(args: &LogArgs) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&args.log_level)
        .with_context(|| format!("--log-level {:?} is not a filter", args.log_level))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match args.log_format {
        LogFormat::Human => log.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}
