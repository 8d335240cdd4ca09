//! One file a command: what is asked of the speaker, and how the answer is shown to people.

mod announce;
mod apply;
mod attributes;
mod completion;
mod config;
mod context;
mod drain;
mod explain;
mod man;
mod monitor;
mod owners;
mod peer;
mod peers;
mod replace;
mod routes;
mod status;
mod version;
mod withdraw;

#[cfg(test)]
mod samples;

use crate::args::{Args, Command, ConfigAction};
use crate::connect::{Speaker, connect};
use crate::contexts::environment;
use crate::error::Error;
use crate::target::Target;

/// Does what the command line says.
pub(crate) async fn run(args: Args) -> Result<(), Error> {
    let Args {
        connection,
        output,
        command,
    } = args;
    let speaker = async || -> Result<Speaker, Error> {
        connect(Target::resolve(&connection, environment)?).await
    };
    match command {
        Command::Status => status::run(speaker().await?, output).await,
        Command::Peers { peer, watch: false } => peers::run(speaker().await?, output, peer).await,
        Command::Peers { peer, watch: true } => peers::watch(speaker().await?, output, peer).await,
        Command::Peer { action } => peer::run(speaker().await?, output, action).await,
        Command::Routes {
            received_from: Some(peer),
            ..
        } => routes::received(speaker().await?, output, peer).await,
        Command::Routes {
            prefix,
            owner,
            advertised_to: Some(peer),
            received_from: None,
        } => routes::advertised(speaker().await?, output, prefix, owner, peer).await,
        Command::Routes {
            prefix,
            owner,
            advertised_to: None,
            received_from: None,
        } => routes::run(speaker().await?, output, prefix, owner).await,
        Command::Explain { prefix, peer } => {
            explain::run(speaker().await?, output, prefix, peer).await
        }
        // These read their files before the speaker is asked.
        Command::Announce(announce) => announce::run(speaker, output, announce).await,
        Command::Withdraw(withdraw) => withdraw::run(speaker, output, withdraw).await,
        Command::Replace(replace) => replace::run(speaker, output, replace).await,
        Command::Owners { owner } => owners::run(speaker().await?, output, owner).await,
        Command::Drain(drain) => drain::run(speaker().await?, output, drain).await,
        Command::Undrain(target) => drain::undo(speaker().await?, output, target).await,
        Command::Monitor { what, resume } => {
            monitor::run(speaker().await?, output, what, resume).await
        }
        Command::Config {
            action: ConfigAction::Check { file },
        } => config::check(&file),
        Command::Config {
            action: ConfigAction::Diff,
        } => config::reload(speaker().await?, output, true).await,
        Command::Config {
            action: ConfigAction::Reload,
        } => config::reload(speaker().await?, output, false).await,
        Command::Context { action } => context::run(output, action),
        Command::Completion { shell } => completion::run(shell),
        Command::Man { folder } => man::run(folder.as_deref()),
        Command::Version => version::run(output),
    }
}
