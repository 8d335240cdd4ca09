//! `bellctl`, the admin CLI of Bellwether: asks a speaker, and shows what it says.
//!
//! `target.rs` and `contexts.rs` say which speaker, `connect.rs` goes there. A command (`commands/`) asks,
//! turns the answer into plain values (`model/`), and shows them (`output/`). `input.rs` reads routes from
//! files. What can go wrong, and how the process then ends, is in `error.rs`.

mod args;
mod commands;
mod connect;
mod contexts;
mod error;
mod input;
mod model;
mod output;
mod prefix;
mod target;

use std::process::ExitCode;

use clap::Parser;

use args::Args;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args = Args::parse();
    match commands::run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error.tell();
            error.exit_code()
        }
    }
}
