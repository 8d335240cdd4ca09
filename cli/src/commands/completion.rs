use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::{Args, CompletionShell};
use crate::error::Error;
use crate::output;

/// Prints the completion script for `shell`.
pub(super) fn run(shell: CompletionShell) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(
        Shell::from(shell),
        &mut Args::command(),
        "bellctl",
        &mut script,
    );
    output::write(&String::from_utf8_lossy(&script))
}
