//! `cargo lab`: the testbed's command line.

use std::process::ExitCode;

use clap::Parser;
use testbed::args::Args;

fn main() -> ExitCode {
    match testbed::run(Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            let text = format!("{error:#}");
            eprintln!("error: {text}");
            // A dump of a lab's state is long; the reason stands above it.
            if let Some((reason, _)) = text.split_once("\n\n") {
                eprintln!("\nerror: {reason} (the state of the lab is above)");
            }
            ExitCode::FAILURE
        }
    }
}
