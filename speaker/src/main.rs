//! `bellwether-speaker`: carries the values of `bellwether-bgp` between routers, timers and the owners of routes.
//!
//! [`run`] shows the tasks and what flows between them. `config` and `model` are what may be declared, `table` is the task
//! that owns all state that is shared, `peer` drives one session, `api` speaks gRPC.

mod api;
mod args;
mod clock;
mod config;
mod listener;
mod log;
mod model;
mod peer;
mod run;
mod table;
mod transport;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Args;
use crate::config::Config;

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
    log::start(args.log_format, &args.log_level)?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(run::run(config))
}
