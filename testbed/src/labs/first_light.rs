//! The first-light lab with its Service, as tests and the demo use it.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::router;
use super::web::{PORT, Web, vips};
use crate::agent::Summary;
use crate::{Lab, Options, Process};

/// Sessions come up, routes travel and kernels follow well within this; tests measure nothing by it.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// The nodes of the cluster.
pub(crate) const NODES: [&str; 3] = ["n1", "n2", "n3"];

/// A peer, of what `bellctl -o json peers` prints.
#[derive(Debug, Deserialize)]
pub(crate) struct PeerState {
    pub(crate) peer: Peer,
    pub(crate) state: String,
    pub(crate) local_endpoint: Option<SocketAddr>,
    pub(crate) remote_endpoint: Option<SocketAddr>,
    pub(crate) established_count: u64,
}

/// See [`PeerState`].
#[derive(Debug, Deserialize)]
pub(crate) struct Peer {
    pub(crate) name: String,
}

/// A route, of what `bellctl -o json routes` prints.
#[derive(Debug, Deserialize)]
pub(crate) struct RouteState {
    pub(crate) route: Route,
    pub(crate) advertised_peers: u32,
    pub(crate) eligible_peers: u32,
}

/// See [`RouteState`].
#[derive(Debug, Deserialize)]
pub(crate) struct Route {
    pub(crate) prefix: String,
}

/// A running first-light lab, from a copy of its files.
#[derive(Debug)]
pub(crate) struct FirstLight {
    lab: Lab,
}

impl FirstLight {
    /// Deploys it under this name.
    pub(crate) fn deploy(name: &str) -> Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("labs/first-light");
        let options = Options {
            name: Some(name.to_owned()),
            private_copy: true,
            ..Options::default()
        };
        Ok(Self {
            lab: Lab::deploy(&folder, &options)?,
        })
    }

    /// As [`FirstLight::deploy`], and waits until every node announces the Service to both routers.
    pub(crate) fn announced(name: &str) -> Result<Self> {
        let lab = Self::deploy(name)?;
        lab.wait_announced_by(&NODES)?;
        Ok(lab)
    }

    /// The lab itself.
    pub(crate) fn lab(&self) -> &Lab {
        &self.lab
    }

    /// Gives up the Service for the lab.
    pub(crate) fn into_lab(self) -> Lab {
        self.lab
    }

    /// Changes the Service on all nodes at once, by the manifest that they watch.
    pub(crate) fn apply(&self, web: &Web) -> Result<()> {
        self.write_manifest("web.yaml", &web.manifest())
    }

    /// Writes a manifest as careful programs do: a reader sees the old one or the new one.
    pub(crate) fn write_manifest(&self, name: &str, text: &str) -> Result<()> {
        let folder = self.lab.folder().join("manifests");
        let draft = folder.join(format!(".{name}.new"));
        fs::write(&draft, text)
            .and_then(|()| fs::rename(&draft, folder.join(name)))
            .with_context(|| format!("cannot write {name} in {}", folder.display()))
    }

    /// Waits until both routers have the Service's addresses from exactly these nodes, and BIRD's kernel forwards to them.
    pub(crate) fn wait_announced_by(&self, nodes: &[&str]) -> Result<()> {
        let wanted: BTreeSet<String> = nodes.iter().map(|&node| node.to_owned()).collect();
        for vip in vips() {
            let what = format!("{vip} is announced by exactly {}", list(&wanted));
            self.lab
                .wait_until(SOON, &what, || self.check_announced_by(vip, &wanted))?;
        }
        Ok(())
    }

    fn check_announced_by(&self, vip: IpAddr, wanted: &BTreeSet<String>) -> Result<()> {
        for (view, seen) in [
            ("BIRD's kernel", router::kernel_next_hops(&self.lab, vip)?),
            ("BIRD", router::bird_paths(&self.lab, vip)?),
            ("GoBGP", router::gobgp_paths(&self.lab, vip)?),
        ] {
            ensure!(seen == *wanted, "{view} has it from {}", list(&seen));
        }
        Ok(())
    }

    /// Whether BIRD has an address of `node` with the community GRACEFUL_SHUTDOWN (RFC 8326), and its kernel forwards to the
    /// `others` alone.
    pub(crate) fn check_last_resort(&self, vip: IpAddr, node: &str, others: &[&str]) -> Result<()> {
        let paths = router::bird_paths(&self.lab, vip)?;
        ensure!(paths.contains(node), "BIRD has it from {}", list(&paths));
        let hops = router::kernel_next_hops(&self.lab, vip)?;
        let wanted = others.iter().map(|&other| other.to_owned()).collect();
        ensure!(hops == wanted, "the kernel forwards to {}", list(&hops));
        let argv = ["birdc", "show", "route", &router::host_prefix(vip), "all"];
        let said = self.lab.output("bird", &argv)?;
        ensure!(said.contains("(65535,0)"), "BIRD said {said}");
        Ok(())
    }

    /// The peers of a node's speaker.
    pub(crate) fn peers(&self, node: &str) -> Result<Vec<PeerState>> {
        let output = self.lab.output(node, &["bellctl", "-o", "json", "peers"])?;
        serde_json::from_str(&output).with_context(|| format!("bellctl said {output}"))
    }

    /// The routes of a node's speaker.
    pub(crate) fn routes(&self, node: &str) -> Result<Vec<RouteState>> {
        let output = self
            .lab
            .output(node, &["bellctl", "-o", "json", "routes"])?;
        serde_json::from_str(&output).with_context(|| format!("bellctl said {output}"))
    }

    /// Sends requests to the Service from the client, each on a connection of its own. Unanswered ones are in the summary.
    pub(crate) fn fetch(&self, vip: IpAddr, count: u32) -> Result<Summary> {
        let target = SocketAddr::new(vip, PORT).to_string();
        let count = count.to_string();
        let argv = [
            "lab-agent",
            "fetch",
            &target,
            "--count",
            &count,
            "--timeout-ms",
            "3000",
        ];
        summary(&self.lab.exec("client", &argv)?.stdout)
    }

    /// Starts a steady load on the Service: `count` requests, one each `every_ms` milliseconds.
    pub(crate) fn load(&self, vip: IpAddr, count: u32, every_ms: u32) -> Result<Load<'_>> {
        let target = SocketAddr::new(vip, PORT).to_string();
        let (count, every_ms) = (count.to_string(), every_ms.to_string());
        let argv = [
            "lab-agent",
            "fetch",
            &target,
            "--count",
            &count,
            "--every-ms",
            &every_ms,
            "--each",
            "--concurrency",
            "1000",
            "--timeout-ms",
            "3000",
        ];
        let process = self.lab.spawn("client", &argv)?;
        let load = Load {
            lab: &self.lab,
            process,
        };
        self.lab.wait_until(SOON, "the load has begun", || {
            ensure!(load.output()?.lines().count() > 20, "not yet");
            Ok(())
        })?;
        Ok(load)
    }
}

/// Requests that go on while something else happens.
#[derive(Debug)]
pub(crate) struct Load<'a> {
    lab: &'a Lab,
    process: Process,
}

impl Load<'_> {
    /// Waits for the last request, and says how all of them fared.
    pub(crate) fn finish(self) -> Result<Summary> {
        self.process
            .wait(Duration::from_secs(60))
            .context("the load does not end")?;
        summary(&self.output()?)
    }

    fn output(&self) -> Result<String> {
        let mut logs = self.lab.logs();
        let last = logs
            .keys()
            .rfind(|name| name.starts_with("client.lab-agent."))
            .cloned();
        last.and_then(|name| logs.remove(&name))
            .context("the load has no log")
    }
}

fn summary(output: &str) -> Result<Summary> {
    let line = output.lines().last().unwrap_or_default();
    serde_json::from_str(line).with_context(|| format!("lab-agent said {output}"))
}

/// Names as a person lists them.
pub(crate) fn list(names: &BTreeSet<String>) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}
