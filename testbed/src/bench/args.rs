//! The command line of `cargo lab bench`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

pub use super::subjects::Rival;

/// What is measured.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// How fast routes are announced and withdrawn, and at which cost
    ///
    /// Each round starts every daemon afresh, alone in a network namespace with nothing but a
    /// loopback interface: one peer connects, all routes are applied, the other peers join at once,
    /// and one route is withdrawn again and again, first with nothing else going on, then while the
    /// attributes of others change (10,000 changes a second at most). The peers are a sink that
    /// counts what it is sent; it shares no code with the speaker.
    #[command(after_help = "The rivals:\n  \
        bird   no API: routes by `configure`, the rest by enabling and disabling protocols;\n         \
        when idle it may sleep 3 s before the last UPDATEs of a join\n  \
        frr    bgpd alone: `network` statements with route-maps, over vtysh's socket;\n         \
        it may need minutes to read thousands of route-maps, and then says that it cannot\n  \
        gobgp  AddPathStream and DeletePath; built once, with Go, into the user's cache\n\n\
        JSON: {\"bench\", \"rows\": [{\"case\", \"subject\", \"unit\", \"median\", \"min\", \"max\", \
        \"n\", \"ratio\"}]}, where\nratio is the subject's median by ours. What a subject cannot do \
        has null there, and a `note`.")]
    Announce(Announce),
}

/// The work, and with whom it is compared.
#[derive(Debug, Args)]
pub struct Announce {
    /// IPv4 routes, all /32
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub routes: u32,
    /// Peers that join at once
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub peers: u32,
    /// Different attribute sets, spread evenly over the routes; at most one a route
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub sets: u32,
    /// Compare with these, in the same run on the same work
    #[arg(long, value_enum, value_delimiter = ',', value_name = "RIVAL,...")]
    pub against: Vec<Rival>,
    /// Rounds that count; one more goes before them to warm up
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub repeat: u32,
    /// Withdrawals in each round, idle and under churn; fewer if they take longer than 4 s
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub withdrawals: u32,
    /// Print one JSON object instead of the table
    #[arg(long)]
    pub json: bool,
    /// Draw the result, too
    #[arg(long, value_name = "FILE.svg")]
    pub plot: Option<PathBuf>,
    /// Measure this speaker instead of the one that `cargo build --release` makes
    #[arg(long, value_name = "FILE")]
    pub speaker: Option<PathBuf>,
}
