//! The command line.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Decides which node announces which Service address, and makes the node forward it.
///
/// The controller reads Services, EndpointSlices, Nodes, IPAddressPools, BGPPeers and BGPAdvertisements,
/// programs nf_tables, and tells the speaker of its node which routes to announce to which peers.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) role: Role,
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Role {
    Node(NodeArgs),
}

/// Announce and forward on one node. Runs beside the node's speaker.
///
/// Forwarding comes first, announcing second; withdrawing first, removing second. On SIGTERM the
/// kernel's rules and the speaker's routes are left as they are, so that a restart disturbs nobody; the
/// next start finds them, and changes only what differs.
///
/// Needs CAP_NET_ADMIN, and access to the speaker's socket.
#[derive(Debug, Args)]
#[command(after_long_help = NODE_EXAMPLE)]
pub(crate) struct NodeArgs {
    /// Where objects come from: `directory:PATH`, a folder of YAML or JSON manifests, which is watched.
    ///
    /// A file may have several documents, and `kind: List`. Kinds that are not read are skipped. What
    /// is broken is reported with file, document, line and field, and stays in force as it last was.
    #[arg(long, value_name = "SOURCE")]
    pub(crate) source: Source,

    /// The name of this node's Node object.
    #[arg(long, env = "NODE_NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) node: String,

    /// The speaker's Unix socket.
    #[arg(
        long,
        value_name = "PATH",
        default_value = "/run/bellwether/speaker.sock"
    )]
    pub(crate) speaker: PathBuf,
}

const NODE_EXAMPLE: &str = "\
Example, with the least that announces something:

  bellwether-controller node --source directory:/etc/bellwether/manifests --node n1

  # /etc/bellwether/manifests/web.yaml
  apiVersion: bellwether.dev/v1alpha1
  kind: IPAddressPool
  metadata: {name: public}
  spec: {addresses: [192.0.2.0/24]}
  ---
  apiVersion: bellwether.dev/v1alpha1
  kind: BGPAdvertisement
  metadata: {name: public}
  ---
  apiVersion: bellwether.dev/v1alpha1
  kind: BGPPeer
  metadata: {name: tor}
  spec: {myASN: 64512, peerASN: 64513, peerAddress: 10.0.0.254}
  ---
  apiVersion: v1
  kind: Service
  metadata: {name: web, annotations: {bellwether.dev/loadBalancerIPs: 192.0.2.10}}
  spec: {type: LoadBalancer, ports: [{port: 80}]}

and the Node n1 and the Service's EndpointSlices, as Kubernetes writes them.";

/// Where objects come from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A watched folder of manifests.
    Directory(PathBuf),
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Source, String> {
        match text.split_once(':') {
            Some(("directory", path)) if !path.is_empty() => Ok(Source::Directory(path.into())),
            _ => Err("expected directory:PATH".to_owned()),
        }
    }
}

/// How to log. Logs go to stderr.
#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// For people, or for programs.
    #[arg(long, global = true, value_name = "FORMAT", default_value = "human")]
    pub(crate) log_format: LogFormat,

    /// What to log: `error`, `warn`, `info`, `debug`, `trace`, or in tracing's filter syntax, as
    /// `info,bellwether_controller::apply=debug`.
    #[arg(
        long,
        global = true,
        value_name = "FILTER",
        env = "RUST_LOG",
        default_value = "info"
    )]
    pub(crate) log_level: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LogFormat {
    Human,
    Json,
}
