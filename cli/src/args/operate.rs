//! What operators do to sessions, to traffic and to the configuration.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Subcommand, ValueHint};

use super::help;

/// What is done to one session.
#[derive(Debug, Subcommand)]
pub(crate) enum PeerAction {
    /// End the session (Cease/Administrative Reset) and begin anew at once
    #[command(after_long_help = help::PEER_RESET)]
    Reset(PeerAndReason),
    /// End the session (Cease/Administrative Shutdown) and keep it down until `peer enable`
    ///
    /// This is forgotten when the speaker is started again.
    #[command(after_long_help = help::PEER_SHUTDOWN)]
    Shutdown(PeerAndReason),
    /// Take `peer shutdown` back
    #[command(after_long_help = help::PEER_ENABLE)]
    Enable {
        /// The peer.
        #[arg(value_name = "NAME|ADDRESS", value_parser = NonEmptyStringValueParser::new())]
        peer: String,
    },
}

/// A peer, and what its operator is told.
#[derive(Debug, clap::Args)]
pub(crate) struct PeerAndReason {
    /// The peer.
    #[arg(value_name = "NAME|ADDRESS", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) peer: String,
    /// What the neighbor's operator reads (RFC 9003), at most 255 octets.
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) reason: String,
}

/// How to take traffic away.
#[derive(Debug, clap::Args)]
pub(crate) struct Drain {
    #[command(flatten)]
    pub(crate) target: Target,
    /// How long to stay de-preferred before withdrawing, as 30s or 5m [default: the speaker's `[drain] wait`]
    #[arg(long, value_name = "TIME")]
    pub(crate) wait: Option<humantime::Duration>,
    /// Stop when the routes are de-preferred: withdraw nothing, end no session.
    #[arg(long)]
    pub(crate) depreference_only: bool,
    /// What the neighbors' operators read when the sessions end (RFC 9003), at most 255 octets.
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) reason: String,
}

/// What is drained. Neither: everything.
#[derive(Debug, clap::Args)]
pub(crate) struct Target {
    /// Only what this owner announces.
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) owner: Option<String>,
    /// Only what this peer is sent.
    #[arg(long, value_name = "NAME|ADDRESS", conflicts_with = "owner", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) peer: Option<String>,
}

/// What is done with the speaker's configuration file.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigAction {
    /// Check a configuration file, without a speaker that runs
    ///
    /// Runs `bellwether-speaker --config FILE --check`, with the bellwether-speaker that stands
    /// beside bellctl or else on PATH: prints the file with all defaults filled in, or what is
    /// wrong with it.
    #[command(after_long_help = help::CONFIG_CHECK)]
    Check {
        /// The file.
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Show what `config reload` would change
    #[command(after_long_help = help::CONFIG_DIFF)]
    Diff,
    /// Have the speaker read its configuration file again
    ///
    /// It is applied as a difference, or, if anything is wrong with it, not at all.
    #[command(after_long_help = help::CONFIG_RELOAD)]
    Reload,
}

/// What is done with the contexts file.
#[derive(Debug, Subcommand)]
pub(crate) enum ContextAction {
    /// List the speakers of the contexts file
    List,
    /// Make this speaker the one that bellctl talks to
    Use {
        /// As `context list` shows it.
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        name: String,
    },
}
