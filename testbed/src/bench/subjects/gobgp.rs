//! GoBGP, the release that `testbed/tools/go.mod` names: routes by its gRPC API.

use std::fmt::Write;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::gobgp_api::{self as api, AddPathStreamRequest};
use super::rpc::Rpc;
use super::{Churn, Daemon};
use crate::bench::namespace::Namespace;
use crate::bench::work::{Entry, Work};
use crate::run::process::Process;

/// The Go module that pins the version.
const TOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tools");
/// Downloading included.
const BUILD_LIMIT: Duration = Duration::from_secs(15 * 60);

const FOLDER: &str = "/opt/gobgp";
const PROGRAM: &str = "/opt/gobgp/gobgpd";
const CONFIG: &str = "/etc/gobgp/gobgp.toml";
const API: &str = "127.0.0.1:50051";

/// Routes in one message: some 200 KiB.
const CHUNK: usize = 4096;

/// Builds it unless that was done before for the same `go.sum`. Returns the folder of its programs.
pub(super) fn build() -> Result<PathBuf> {
    let sums = fs::read(Path::new(TOOLS).join("go.sum")).context("cannot read testbed/tools")?;
    let mut hasher = DefaultHasher::new();
    sums.hash(&mut hasher);
    let cache = cache()?;
    let folder = cache.join(format!("tools-{:016x}", hasher.finish()));
    if folder.join("gobgpd").exists() {
        return Ok(folder);
    }
    eprintln!(
        "building GoBGP from its Go module into {}",
        folder.display()
    );
    fs::create_dir_all(&cache).with_context(|| format!("cannot make {}", cache.display()))?;
    // It gets its name when it is whole.
    let unfinished = tempfile::tempdir_in(&cache)?;
    go_build(unfinished.path())?;
    match fs::rename(unfinished.path(), &folder) {
        Ok(()) => {
            let _ = unfinished.keep();
        }
        // Another run was faster.
        Err(_) if folder.join("gobgpd").exists() => {}
        Err(error) => {
            return Err(error).with_context(|| format!("cannot make {}", folder.display()));
        }
    }
    Ok(folder)
}

/// `bellwether-lab` in the user's cache.
fn cache() -> Result<PathBuf> {
    let named = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
    let cache = named.filter(|path| path.is_absolute()).or_else(home);
    let cache = cache.context("neither XDG_CACHE_HOME nor HOME says where to build GoBGP")?;
    Ok(cache.join("bellwether-lab"))
}

fn go_build(into: &Path) -> Result<()> {
    let started = Command::new("go")
        .args(["-C", TOOLS, "build", "-mod=readonly", "-o"])
        .arg(into)
        .arg("tool")
        .stdin(Stdio::null())
        .spawn();
    let child = match started {
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(
            "GoBGP is built from its Go module, and there is no `go` here: install Go 1.25 or \
             later (https://go.dev/dl/), or leave `gobgp` out of --against"
        ),
        started => started.context("cannot start go")?,
    };
    let process = Process::adopt(child)?;
    let Some(status) = process.wait(BUILD_LIMIT) else {
        process.signal(crate::Signal::SIGKILL)?;
        bail!("`go build` did not end within {BUILD_LIMIT:?}");
    };
    ensure!(status.success(), "`go build` ended with {status}");
    Ok(())
}

pub(super) fn version(folder: &Path) -> Result<String> {
    super::version_line(&folder.join("gobgpd"), "--version")
}

pub(super) fn start(namespace: &Namespace, work: &Work, folder: &Path) -> Result<Gobgp> {
    namespace.show(folder, FOLDER)?;
    namespace.write(CONFIG, &config(work))?;
    let quiet = ["--pprof-disable", "--log-level", "error"];
    let argv = [&[PROGRAM, "-f", CONFIG, "--api-hosts", API][..], &quiet].concat();
    namespace.spawn(&argv)?;
    Ok(Gobgp {
        rpc: Rpc::tcp(namespace, API)?,
        batches: batches(work.entries()),
        work: *work,
    })
}

fn config(work: &Work) -> String {
    let (asn, peer_asn, own) = (Work::ASN, Work::PEER_ASN, Work::ADDRESS);
    let mut text = format!(
        "[global.config]\nas = {asn}\nrouter-id = \"{own}\"\nport = 179\n\
         local-address-list = [\"{own}\"]\n"
    );
    for address in work.peer_addresses() {
        let _ = write!(
            text,
            "[[neighbors]]\n\
             [neighbors.config]\nneighbor-address = \"{address}\"\npeer-as = {peer_asn}\n\
             [neighbors.transport.config]\npassive-mode = true\n\
             [[neighbors.afi-safis]]\n\
             [neighbors.afi-safis.config]\nafi-safi-name = \"ipv4-unicast\"\n"
        );
    }
    text
}

fn batches(mut entries: impl Iterator<Item = Entry>) -> Vec<AddPathStreamRequest> {
    let next = || {
        let paths: Vec<_> = entries.by_ref().take(CHUNK).map(api::path).collect();
        (!paths.is_empty()).then(|| api::batch(paths))
    };
    std::iter::from_fn(next).collect()
}

pub(super) struct Gobgp {
    rpc: Rpc,
    /// Made before the clock runs.
    batches: Vec<AddPathStreamRequest>,
    work: Work,
}

impl Daemon for Gobgp {
    fn load(&mut self) -> Result<()> {
        let batches = std::mem::take(&mut self.batches);
        self.rpc.ask(|channel| api::add(channel, batches))
    }

    fn probe(&mut self, announced: bool) -> Result<()> {
        self.rpc.ask(|channel| {
            if announced {
                api::add(channel, batches([Work::PROBE_ENTRY].into_iter()))
            } else {
                api::delete(channel, api::path(Work::PROBE_ENTRY))
            }
        })
    }

    fn churn(&mut self, namespace: &Namespace) -> Result<Box<dyn Churn>> {
        Ok(Box::new(GobgpChurn {
            rpc: Rpc::tcp(namespace, API)?,
            work: self.work,
        }))
    }
}

struct GobgpChurn {
    rpc: Rpc,
    work: Work,
}

impl Churn for GobgpChurn {
    fn change(&mut self, changed: bool) -> Result<()> {
        let batches = batches(self.work.churned(changed));
        self.rpc.ask(|channel| api::add(channel, batches))
    }
}
