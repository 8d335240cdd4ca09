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

#[tokio::main]
async fn main() -> ExitCode {
    let Cli { role, log } = Cli::parse();
    let outcome = match start_log(&log) {
        Ok(()) => match role {
            Role::Node(args) => node(args).await,
        },
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!("{error:#}");
            ExitCode::FAILURE
        }
    }
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
    tokio::select! {
        outcome = role => outcome,
        _ = terminate.recv() => Ok(info!("SIGTERM: the kernel's rules and the speaker's routes stay")),
        _ = interrupt.recv() => Ok(info!("SIGINT: the kernel's rules and the speaker's routes stay")),
    }
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
