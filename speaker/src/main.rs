//! `bellwether-speaker`: carries the values of `bellwether-bgp` between routers, timers and the owners of routes.
//!
//! [`run`] shows the tasks and what flows between them. `config` and `model` are what may be declared, `table` is the task
//! that owns all state that is shared, `peer` drives one session, `api` speaks gRPC, `operate` keeps the configuration in
//! force, `check` probes what routes depend on, `metrics` shows how all of it is doing.

mod api;
mod args;
mod check;
mod clock;
mod config;
mod listener;
mod log;
mod metrics;
mod model;
mod notify;
mod operate;
mod peer;
mod run;
mod table;
mod transport;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Args;
use crate::config::Config;
use crate::run::Settings;

fn main() -> ExitCode {
    match start(&Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bellwether-speaker: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(args: &Args) -> anyhow::Result<ExitCode> {
    let mut config = Config::load(&args.config)
        .map_err(|error| anyhow::anyhow!("{}: {error}", args.config.display()))?;
    if let Some(grace) = args.grace_period {
        config.drain.grace = *grace;
    }
    if args.check {
        print!("{config}");
        return Ok(ExitCode::SUCCESS);
    }
    let level = args.log_level.as_ref().unwrap_or(&config.logging.level);
    let format = args.log_format.unwrap_or(config.logging.format);
    let filter = log::start(format, level)?;
    let settings = Settings {
        path: args.config.clone(),
        config,
        filter: args.log_level.is_none().then_some(filter),
    };
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(run::run(settings))
}
