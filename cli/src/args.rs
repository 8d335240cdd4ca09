//! The command line.

mod change;
mod connection;
mod help;
mod operate;

pub(crate) use change::{Announce, Attributes, Change, File, OnExpiry, Replace, Withdraw};
pub(crate) use connection::Connection;
pub(crate) use operate::{ConfigAction, ContextAction, Drain, PeerAction, PeerAndReason, Target};

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{ColorChoice, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use crate::output::Format;
use crate::prefix::Prefix;

/// The admin CLI of Bellwether.
///
/// Shows what a speaker announces, to whom and why, announces or withdraws routes by hand, and takes
/// traffic away from a speaker. It talks to the speaker's Unix socket, or to a host by mutual TLS.
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
    #[command(flatten)]
    pub(crate) connection: Connection,

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
    /// Show what needs attention, who the speaker is, and a summary of what it holds
    ///
    /// First what is not as it should be: peers without a session, families that are not advertised,
    /// leases that ran out, drains. Then the speaker's version, AS and router ID, how many sessions
    /// are established, how many routes it announces, and which owners want them.
    #[command(after_long_help = help::STATUS)]
    Status,

    /// Show the peers and the state of their sessions
    ///
    /// Without PEER: one line for each peer, ordered by name. With PEER: everything about that one.
    #[command(after_long_help = help::PEERS, alias = "neighbors")]
    Peers {
        /// Only this peer, in detail.
        #[arg(value_name = "NAME|ADDRESS", value_parser = NonEmptyStringValueParser::new())]
        peer: Option<String>,
        /// Show them again whenever something changes, until it is interrupted.
        #[arg(short, long)]
        watch: bool,
    },

    /// Reset a session, shut it down, or enable it again
    Peer {
        #[command(subcommand)]
        action: PeerAction,
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
        /// Only routes that this peer has now, with the attributes that it was sent.
        #[arg(long, value_name = "PEER", value_parser = NonEmptyStringValueParser::new())]
        advertised_to: Option<String>,
        /// How many routes this peer has announced to us; the speaker keeps none of them.
        #[arg(
            long,
            value_name = "PEER",
            conflicts_with_all = ["prefix", "owner", "advertised_to"],
            value_parser = NonEmptyStringValueParser::new()
        )]
        received_from: Option<String>,
    },

    /// Tell why a route is advertised to each peer, or why it is not, and how
    ///
    /// Also for a prefix that nobody wants.
    #[command(after_long_help = help::EXPLAIN)]
    Explain {
        /// The route, in CIDR notation.
        prefix: Prefix,
        /// Only for this peer.
        #[arg(long, value_name = "NAME|ADDRESS", value_parser = NonEmptyStringValueParser::new())]
        peer: Option<String>,
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
    Withdraw(Withdraw),

    /// Make these routes all that an owner announces
    ///
    /// What the owner has and is not among them is withdrawn, what does not change causes no UPDATE,
    /// and all of it happens in one step.
    #[command(after_long_help = help::REPLACE)]
    Replace(Replace),

    /// Show who wants routes and peers, and whether they are alive
    #[command(after_long_help = help::OWNERS)]
    Owners {
        /// Only this one.
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        owner: Option<String>,
    },

    /// Take traffic away without losing any, and tell how it goes
    ///
    /// De-prefers the routes, waits until routers have moved their traffic, withdraws the routes, and
    /// ends the sessions. The speaker does it: to interrupt bellctl changes nothing, and the same
    /// command follows the drain that is under way. `undrain` takes it back, at any time.
    #[command(after_long_help = help::DRAIN)]
    Drain(Drain),

    /// Take a drain back, however far it came
    ///
    /// Routes are announced as their owners want them, and sessions begin anew.
    #[command(after_long_help = help::UNDRAIN)]
    Undrain(Target),

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
        /// Go on after the event that had this `resume_token`, instead of beginning with everything.
        #[arg(long, value_name = "TOKEN", requires = "what")]
        resume: Option<String>,
    },

    /// Check a configuration file, or have the speaker read its own again
    Config {
        #[command(subcommand)]
        action: ConfigAction,
    },

    /// Choose among several speakers
    #[command(after_long_help = help::CONTEXT)]
    Context {
        #[command(subcommand)]
        action: ContextAction,
    },

    /// Print a script that completes bellctl's commands in a shell
    #[command(after_long_help = help::COMPLETION)]
    Completion {
        /// The shell.
        #[arg(value_enum)]
        shell: CompletionShell,
    },

    /// Write bellctl's manual pages
    #[command(after_long_help = help::MAN)]
    Man {
        /// Where to write one page a command. Without it, that of bellctl itself is printed.
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        folder: Option<PathBuf>,
    },

    /// Print the version of bellctl; `status` shows the speaker's
    Version,
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

    /// What `bellctl COMMAND --help` prints on a terminal of 100 columns; of each word of `path` in turn.
    fn help(path: &[&str]) -> String {
        let mut bellctl = Args::command().term_width(100);
        bellctl.build();
        let mut command = &mut bellctl;
        for name in path {
            command = command.find_subcommand_mut(name).unwrap();
        }
        command.render_long_help().to_string()
    }

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_help_lists_commands_json_conventions_and_exit_codes() {
        assert_snapshot!(help(&[]));
    }

    /// The paths of all commands, with those that only group others.
    fn commands() -> Vec<Vec<String>> {
        let mut paths = vec![];
        for command in Args::command().get_subcommands() {
            let name = command.get_name().to_owned();
            for inner in command.get_subcommands() {
                paths.push(vec![name.clone(), inner.get_name().to_owned()]);
            }
            paths.push(vec![name]);
        }
        paths
    }

    #[test]
    fn every_command_explains_itself_with_examples() {
        for path in commands() {
            let words: Vec<_> = path.iter().map(String::as_str).collect();
            assert_snapshot!(format!("help_of_{}", words.join("_")), help(&words));
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
