//! What changes an owner's routes.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{ValueEnum, ValueHint};

use super::DEFAULT_OWNER;
use crate::prefix::Prefix;

/// The routes to announce, and their attributes.
#[derive(Debug, clap::Args)]
pub(crate) struct Announce {
    /// What to announce, in CIDR notation.
    #[arg(required_unless_present = "file", value_name = "PREFIX")]
    pub(crate) prefixes: Vec<Prefix>,
    #[command(flatten)]
    pub(crate) file: File,
    #[command(flatten)]
    pub(crate) attributes: Attributes,
    #[command(flatten)]
    pub(crate) change: Change,
}

/// The routes that are to be all that the owner wants.
#[derive(Debug, clap::Args)]
pub(crate) struct Replace {
    /// What to announce, in CIDR notation.
    #[arg(required_unless_present_any = ["file", "none"], value_name = "PREFIX")]
    pub(crate) prefixes: Vec<Prefix>,
    #[command(flatten)]
    pub(crate) file: File,
    /// Withdraw all that the owner has.
    #[arg(long, conflicts_with_all = ["prefixes", "file"])]
    pub(crate) none: bool,
    #[command(flatten)]
    pub(crate) attributes: Attributes,
    #[command(flatten)]
    pub(crate) change: Change,
}

/// The routes to withdraw.
#[derive(Debug, clap::Args)]
pub(crate) struct Withdraw {
    /// What to withdraw, in CIDR notation.
    #[arg(required_unless_present = "file", value_name = "PREFIX")]
    pub(crate) prefixes: Vec<Prefix>,
    #[command(flatten)]
    pub(crate) file: File,
    #[command(flatten)]
    pub(crate) change: Change,
}

/// Where many routes are read from.
#[derive(Debug, clap::Args)]
pub(crate) struct File {
    /// Also the routes of this file; - is standard input.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,
}

/// The attributes of each route; those that a file says of its own routes come first.
#[derive(Debug, clap::Args)]
pub(crate) struct Attributes {
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
}

/// In whose name, and under which conditions.
#[derive(Debug, clap::Args)]
pub(crate) struct Change {
    /// Whose routes they are. A route is announced while at least one owner wants it.
    #[arg(long, default_value = DEFAULT_OWNER, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) owner: String,

    /// Change nothing, and show what would change.
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Only if this is the owner's generation, as `owners` shows it; 0: the owner is new.
    #[arg(long, value_name = "GENERATION")]
    pub(crate) expect_generation: Option<u64>,

    /// How long the owner may be silent from now on, as 30s or 1h; 0s: for ever.
    ///
    /// Each command under the owner's name begins this time again. Without it, the owner keeps the
    /// lease that it has.
    #[arg(long, value_name = "TIME")]
    pub(crate) lease: Option<humantime::Duration>,

    /// What to do with the owner's routes when the lease runs out.
    #[arg(long, value_enum, value_name = "ACTION", requires = "lease")]
    pub(crate) on_expiry: Option<OnExpiry>,
}

/// What happens when a lease runs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnExpiry {
    /// Announce them as the last resort (the default)
    Deprefer,
    /// Withdraw them
    Withdraw,
    /// Go on as before
    Keep,
}
