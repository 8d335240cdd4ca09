//! Which speaker, and how to reach it.

use std::path::PathBuf;

use clap::ValueHint;
use clap::builder::NonEmptyStringValueParser;

use crate::target::Address;

/// At most one of the first three is given; `target` says what counts where none is.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = super::GLOBAL_OPTIONS)]
pub(crate) struct Connection {
    /// The speaker: unix:PATH, or https://HOST:PORT with --ca, --cert and --key.
    #[arg(long, global = true, value_name = "ADDRESS", conflicts_with_all = ["socket", "context"])]
    pub(crate) address: Option<Address>,

    /// The speaker's Unix socket, as --address unix:PATH [default: /run/bellwether/speaker.sock]
    #[arg(
        long,
        global = true,
        value_name = "PATH",
        value_hint = ValueHint::FilePath,
        conflicts_with = "context"
    )]
    pub(crate) socket: Option<PathBuf>,

    /// The speaker that the contexts file has by this name.
    #[arg(long, global = true, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) context: Option<String>,

    /// The authority that signed the speaker's certificate (PEM).
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) ca: Option<PathBuf>,

    /// The certificate to show to the speaker (PEM).
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) cert: Option<PathBuf>,

    /// The private key of --cert (PEM).
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) key: Option<PathBuf>,
}
