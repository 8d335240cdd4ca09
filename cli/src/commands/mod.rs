//! One file a command: what is asked of the speaker, and how the answer is shown to people.

mod announce;
mod completion;
mod monitor;
mod peers;
mod routes;
mod status;
mod version;
mod withdraw;

#[cfg(test)]
mod samples;

use crate::args::{Args, Command};
use crate::connect::connect;
use crate::error::Error;

/// Does what the command line says.
pub(crate) async fn run(args: Args) -> Result<(), Error> {
    let Args {
        socket,
        output,
        command,
    } = args;
    match command {
        Command::Status => status::run(connect(&socket).await?, output).await,
        Command::Peers { peer } => peers::run(connect(&socket).await?, output, peer).await,
        Command::Routes { prefix, owner } => {
            routes::run(connect(&socket).await?, output, prefix, owner).await
        }
        Command::Announce(announce) => {
            announce::run(connect(&socket).await?, output, announce).await
        }
        Command::Withdraw { prefixes, owner } => {
            withdraw::run(connect(&socket).await?, output, prefixes, owner).await
        }
        Command::Monitor { what } => monitor::run(connect(&socket).await?, output, what).await,
        Command::Completion { shell } => completion::run(shell),
        Command::Version => version::run(output),
    }
}
