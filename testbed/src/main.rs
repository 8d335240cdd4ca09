//! `cargo lab`: the testbed's command line.

use std::process::ExitCode;

use clap::Parser;
use testbed::args::Args;

fn main() -> ExitCode {
    match testbed::run(Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
