//! What runs inside a lab's nodes: the HTTP server of a pod, and the client that asks it.
//!
//! The server says who it is and whom it sees, so that one request proves which pod answered and which
//! client address reached it. Each request of the client is a connection of its own: routers and nodes
//! choose a path for each anew.

mod fetch;
mod serve;

use std::net::SocketAddr;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "lab-agent",
    version,
    about = "The HTTP server and client of Bellwether's labs"
)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer each request with a line of JSON: this server's name and the client's address
    Serve {
        /// Where to listen
        #[arg(long, default_value = "[::]:8080")]
        listen: SocketAddr,
        /// The name to answer with [default: the host name]
        #[arg(long)]
        name: Option<String>,
    },
    /// Send requests, each on a new connection, and print a summary as JSON
    Fetch(fetch::Args),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    match Args::parse().command {
        Command::Serve { listen, name } => serve::run(listen, name).await,
        Command::Fetch(args) => fetch::run(args).await,
    }
}
