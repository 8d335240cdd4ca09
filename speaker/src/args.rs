use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Announces routes to BGP routers, as its owners want them.
///
/// The configuration file says who this speaker is and which neighbors it has. Which routes it announces is said there, or over its
/// API, a Unix socket: by `bellctl`, by the Bellwether controller, or by any program that speaks gRPC bellwether.v1.
#[derive(Debug, Parser)]
#[command(version, after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The configuration file, in TOML.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "/etc/bellwether/speaker.toml"
    )]
    pub(crate) config: PathBuf,

    /// Check the configuration and exit: prints what would be in force and exits 0, or lists all problems and exits 1.
    #[arg(long)]
    pub(crate) check: bool,

    /// How long the speaker takes to end when it is told to by a signal: the routes are de-preferred for that long before
    /// they are withdrawn. Default: `grace-period` of `[drain]` in the file, 0s if it is not there.
    #[arg(long, value_name = "TIME")]
    pub(crate) grace_period: Option<humantime::Duration>,

    /// How log lines look; they go to standard error. Goes before the configuration's `[logging] format`.
    #[arg(long, value_enum)]
    pub(crate) log_format: Option<LogFormat>,

    /// What is logged: a level (error, warn, info, debug, trace), or a filter as `info,bellwether_speaker=debug`. Goes
    /// before the configuration's `[logging] level`.
    #[arg(long, value_name = "FILTER", env = "RUST_LOG")]
    pub(crate) log_level: Option<String>,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// One line a message, for people.
    Human,
    /// One JSON object a line, for programs.
    Json,
}

impl LogFormat {
    /// As it is written.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
        }
    }
}

const AFTER_HELP: &str = r#"The smallest configuration:

    asn = 64512
    router-id = "10.0.0.1"

    [[peers]]
    name = "tor1"
    address = "10.0.0.254"
    asn = 64513

`bellwether-speaker --config FILE --check` prints it with all defaults filled in; docs/speaker.sample.toml has every key.
Routes may stand in it, too, and health checks that decide whether they are announced.

Then, with the speaker running:

    bellctl peers                          is the session Established?
    bellctl announce 192.0.2.10/32         announce an address
    bellctl routes                         who wants it, and how many peers have it

Signals: on SIGHUP the configuration file is read again: what differs is applied, or, if anything is wrong with it, all
problems are logged and nothing changes. On SIGTERM or SIGINT all routes are withdrawn, each peer is told why
(Cease/Administrative Shutdown), and the process exits 0 within 5 seconds. With a grace period of more than that, the routes
are de-preferred first, so that traffic moves away before they are withdrawn. A second signal ends it at once with exit code 1.

Exit codes: 0 ended as told, 1 a problem (of the configuration, or one that ended the daemon), 2 wrong use of the
command line.
"#;

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }
}
