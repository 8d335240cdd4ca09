//! The command line.

mod help;

use std::net::IpAddr;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{ColorChoice, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use crate::output::Format;
use crate::prefix::Prefix;

/// The admin CLI of Bellwether.
///
/// Shows what a speaker announces and to whom, and announces or withdraws routes by hand.
/// It talks to the speaker's Unix socket, so it runs on the speaker's host.
#[derive(Debug, Parser)]
#[command(
    name = "bellctl",
    version,
    color = ColorChoice::Never,
    max_term_width = 100,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "`bellctl COMMAND --help` explains a command, with examples.",
    after_long_help = help::GENERAL
)]
pub(crate) struct Args {
    /// The speaker's Unix socket.
    #[arg(
        long,
        global = true,
        env = "BELLWETHER_SOCKET",
        hide_env_values = true,
        help_heading = GLOBAL_OPTIONS,
        default_value = "/run/bellwether/speaker.sock",
        value_name = "PATH",
        value_hint = ValueHint::FilePath
    )]
    pub(crate) socket: PathBuf,

    /// How to show the answer.
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        help_heading = GLOBAL_OPTIONS
    )]
    pub(crate) output: Format,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show who the speaker is, and a summary of what it holds
    ///
    /// Shows the speaker's version, AS and router ID, how many sessions are established, how many
    /// routes it announces, and which owners want them.
    #[command(after_long_help = help::STATUS)]
    Status,

    /// Show the peers and the state of their sessions
    ///
    /// Without PEER: one line for each peer, ordered by name. With PEER: everything about that one.
    #[command(after_long_help = help::PEERS)]
    Peers {
        /// Only this peer, in detail.
        #[arg(value_name = "NAME|ADDRESS", value_parser = NonEmptyStringValueParser::new())]
        peer: Option<String>,
    },

    /// Show the routes that the speaker announces
    ///
    /// Without PREFIX: one line for each route, ordered by family, address and length. With
    /// PREFIX: everything about that one.
    #[command(after_long_help = help::ROUTES)]
    Routes {
        /// Only this route, in detail.
        prefix: Option<Prefix>,
        /// Only routes that this owner wants.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        owner: Option<String>,
    },

    /// Announce routes, or change the attributes of announced ones
    ///
    /// Every PREFIX gets the same attributes; those of an announced route are replaced. Either all
    /// of the routes are accepted, or none. They stay until they are withdrawn by the same owner,
    /// or the speaker ends. Next hop, AS path and origin are the speaker's business.
    #[command(after_long_help = help::ANNOUNCE)]
    Announce(Announce),

    /// Withdraw routes that were announced by the same owner
    ///
    /// A route that another owner wants, too, stays announced. If the owner has not announced one
    /// of them, nothing is withdrawn, and the exit code is 4.
    #[command(after_long_help = help::WITHDRAW)]
    Withdraw {
        /// What to withdraw, in CIDR notation.
        #[arg(required = true, value_name = "PREFIX")]
        prefixes: Vec<Prefix>,
        /// Whose routes they are.
        #[arg(long, default_value = DEFAULT_OWNER, value_parser = NonEmptyStringValueParser::new())]
        owner: String,
    },

    /// Show what is there, then each change as it happens
    ///
    /// Prints one line for each peer and route that is there, a line that says so, and from then on
    /// one line for each change, until it is interrupted or the speaker ends the stream. The latter
    /// is an error: exit code 1.
    #[command(after_long_help = help::MONITOR)]
    Monitor {
        /// Only these. Without it: both.
        #[arg(value_enum)]
        what: Option<Watched>,
    },

    /// Print a script that completes bellctl's commands in a shell
    #[command(after_long_help = help::COMPLETION)]
    Completion {
        /// The shell.
        #[arg(value_enum)]
        shell: CompletionShell,
    },

    /// Print the version of bellctl; `status` shows the speaker's
    Version,
}

/// The routes to announce, and their attributes.
#[derive(Debug, clap::Args)]
pub(crate) struct Announce {
    /// What to announce, in CIDR notation.
    #[arg(required = true, value_name = "PREFIX")]
    pub(crate) prefixes: Vec<Prefix>,

    /// A community (RFC 1997), as 64512:100 or no-export; repeat it, or separate them by commas.
    ///
    /// The names are no-export, no-advertise, no-export-subconfed, no-peer, blackhole,
    /// graceful-shutdown, accept-own, llgr-stale and no-llgr.
    #[arg(long = "community", value_delimiter = ',', value_name = "COMMUNITY")]
    pub(crate) communities: Vec<String>,

    /// A large community (RFC 8092), as 64512:1:2; repeat it, or separate them by commas.
    #[arg(long = "large-community", value_delimiter = ',', value_name = "LARGE")]
    pub(crate) large_communities: Vec<String>,

    /// LOCAL_PREF, which only iBGP peers are sent [default: 100]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) local_pref: Option<u32>,

    /// MULTI_EXIT_DISC [default: not sent]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) med: Option<u32>,

    /// How often to put our AS before the usual one in AS_PATH on eBGP, 0 to 16
    #[arg(long, value_name = "TIMES", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=16))]
    pub(crate) prepend: u32,

    /// The next hop to send [default: the speaker's own, per peer and family]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) next_hop: Option<IpAddr>,

    /// In whose name. A route is announced while at least one owner wants it.
    #[arg(long, default_value = DEFAULT_OWNER, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) owner: String,
}

/// What `monitor` can be narrowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Watched {
    /// Peers and the states of their sessions
    Peers,
    /// Routes, and how many peers have them
    Routes,
}

/// The shells that completions are tried with.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum CompletionShell {
    Bash,
    Zsh,
    Fish,
}

impl From<CompletionShell> for Shell {
    fn from(shell: CompletionShell) -> Self {
        match shell {
            CompletionShell::Bash => Self::Bash,
            CompletionShell::Zsh => Self::Zsh,
            CompletionShell::Fish => Self::Fish,
        }
    }
}

/// Options that every command has.
const GLOBAL_OPTIONS: &str = "Global options";

/// The owner of what people and scripts announce by hand.
const DEFAULT_OWNER: &str = "cli";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use insta::assert_snapshot;

    use super::*;

    /// What `bellctl COMMAND --help` prints on a terminal of 100 columns; "" for `bellctl --help`.
    fn help(command: &str) -> String {
        let mut bellctl = Args::command().term_width(100);
        bellctl.build();
        let command = match command {
            "" => &mut bellctl,
            name => bellctl.find_subcommand_mut(name).unwrap(),
        };
        command.render_long_help().to_string()
    }

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_help_lists_commands_json_conventions_and_exit_codes() {
        assert_snapshot!(help(""));
    }

    #[test]
    fn every_command_explains_itself_with_examples() {
        for name in [
            "status",
            "peers",
            "routes",
            "announce",
            "withdraw",
            "monitor",
            "completion",
            "version",
        ] {
            assert_snapshot!(format!("help_of_{name}"), help(name));
        }
    }

    #[test]
    fn an_invalid_prefix_is_named_with_what_may_have_been_meant() {
        let line = ["bellctl", "announce", "192.0.2.10/32", "10.0.0.1/24"];
        assert_snapshot!(Args::try_parse_from(line).unwrap_err());
    }

    #[test]
    fn more_prepending_than_the_contract_allows_is_refused() {
        let line = ["bellctl", "announce", "192.0.2.10/32", "--prepend=17"];
        assert_snapshot!(Args::try_parse_from(line).unwrap_err());
    }
}
