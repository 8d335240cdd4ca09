//! Where a subject runs: namespaces of its own, with nothing but a loopback interface.

use std::cell::OnceCell;
use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use nix::unistd::Pid;
use socket2::{Domain, Socket, Type};
use tempfile::TempDir;

use super::work::Work;
use crate::error::{self, Doing};
use crate::run::claim::END_OF_NODE;
use crate::run::command::PATH;
use crate::run::guard::{self, Undo};
use crate::run::node::{Newborn, Node};
use crate::run::process::Process;
use crate::run::steps;
use crate::topology::Bind;
use crate::wait::wait_until;

/// BGP's port, on the daemon's side of every session.
const BGP: u16 = 179;

/// What a daemon has to come up and be reached.
const LIMIT: Duration = Duration::from_secs(120);

/// A node without a topology. All that runs in it ends with this value, on Ctrl-C, and when this
/// process ends for any other reason.
pub(crate) struct Namespace {
    inside: Arc<Inside>,
    /// What the daemon prints.
    log: File,
    daemon: OnceCell<Process>,
}

struct Inside {
    /// It waits for a line that never comes: its first process ends when this end of its pipe does.
    newborn: Newborn,
    scratch: TempDir,
}

impl Namespace {
    /// Makes it, with the daemon's address and those of all peers on its loopback interface.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn create() -> Result<Self> {
        let scratch = tempfile::tempdir()?;
        let newborn = Node::create("bench", "announce", scratch.path())
            .context("cannot make a network namespace")?;
        let inside = Arc::new(Inside { newborn, scratch });
        guard::watch(inside.clone())?;
        let namespace = Self {
            inside,
            log: tempfile::tempfile()?,
            daemon: OnceCell::new(),
        };
        namespace
            .enter(|| {
                steps::ip(&format!(
                    "link set dev lo up\naddress add {} dev lo\n",
                    Work::NETWORK
                ))
            })
            .context("cannot set up the loopback interface")?;
        Ok(namespace)
    }

    fn node(&self) -> &Node {
        &self.inside.newborn.node
    }

    /// Runs `deed` on a thread in the namespace. Sockets that it makes stay there.
    pub(crate) fn enter<T: Send>(
        &self,
        deed: impl FnOnce() -> io::Result<T> + Send,
    ) -> io::Result<T> {
        self.node().enter(deed)
    }

    /// Shows a file or folder of the host to the daemon.
    pub(crate) fn show(&self, source: &Path, target: &str) -> Result<()> {
        let bind = Bind {
            source: source.to_owned(),
            target: target.into(),
            read_only: true,
        };
        steps::bind(self.node(), &bind)
            .with_context(|| format!("cannot show {} to the daemon", source.display()))
    }

    /// Writes a file that only the daemon sees.
    pub(crate) fn write(&self, path: &str, content: &str) -> Result<()> {
        let written = self.enter(|| {
            if let Some(folder) = Path::new(path).parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, content)
        });
        written.with_context(|| format!("cannot write {path} for the daemon"))
    }

    /// Starts the daemon. Only the namespace ends it.
    pub(crate) fn spawn(&self, argv: &[&str]) -> Result<()> {
        use std::os::unix::process::CommandExt;
        let (program, arguments) = argv.split_first().context("no program")?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", PATH)
            .env("HOME", "/root")
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(self.log.try_clone()?)
            .stderr(self.log.try_clone()?);
        let child = self.enter(move || command.spawn());
        let child = child.with_context(|| format!("cannot start {program}"))?;
        let started = self.daemon.set(Process::adopt(child)?);
        started.map_err(|_| anyhow!("a namespace is for one daemon"))
    }

    /// What `dial` gives in the namespace: tried again while it fails, until [`LIMIT`] or until the
    /// daemon has ended.
    pub(crate) fn reach<T: Send>(
        &self,
        what: &str,
        dial: impl Fn() -> io::Result<T> + Send + Sync,
    ) -> Result<T> {
        let ended = || self.daemon.get().and_then(Process::status);
        let reached = wait_until(LIMIT, what, || match (self.enter(&dial), ended()) {
            (Ok(reached), _) => Ok(Ok(reached)),
            (Err(_), Some(status)) => Ok(Err(status)),
            (Err(error), None) => Err(error),
        })?;
        reached.map_err(|status| anyhow!("the daemon ended with {status}"))
    }

    /// The last lines that the daemon printed.
    pub(crate) fn last_words(&self) -> String {
        const LINES: usize = 10;
        let mut text = Vec::new();
        let read = (&self.log)
            .rewind()
            .and_then(|()| (&self.log).read_to_end(&mut text));
        if read.is_err() {
            return String::new();
        }
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().collect();
        let last = lines.get(lines.len().saturating_sub(LINES)..);
        last.unwrap_or_default().join("\n")
    }

    /// The daemon's processes.
    pub(crate) fn processes(&self) -> Vec<Pid> {
        self.node().processes()
    }

    /// Connections to the daemon's BGP port, one from each of these addresses.
    pub(crate) fn connect(&self, from: &[Ipv4Addr]) -> Result<Vec<TcpStream>> {
        let connect = |own: &Ipv4Addr| {
            let what = format!("a connection from {own} to the daemon's BGP port");
            let connection = self.reach(&what, || dial(*own))?;
            connection.set_nonblocking(true)?;
            connection.set_nodelay(true)?;
            anyhow::Ok(connection)
        };
        from.iter().map(connect).collect()
    }
}

fn dial(own: Ipv4Addr) -> io::Result<TcpStream> {
    const PATIENCE: Duration = Duration::from_secs(1);
    let socket = Socket::new(Domain::IPV4, Type::STREAM.cloexec(), None)?;
    socket.bind(&SocketAddr::new(IpAddr::V4(own), 0).into())?;
    let daemon = SocketAddr::new(IpAddr::V4(Work::ADDRESS), BGP);
    socket.connect_timeout(&daemon.into(), PATIENCE)?;
    Ok(socket.into())
}

impl Undo for Inside {
    fn undo(&self) -> error::Result<()> {
        self.newborn
            .node
            .kill(END_OF_NODE)
            .doing(|| "end the benchmark's namespace".to_owned())?;
        let folder = self.scratch.path();
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).doing(|| format!("remove {}", folder.display()))
            }
            _ => Ok(()),
        }
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        if let Err(error) = self.inside.undo() {
            let _ = writeln!(io::stderr(), "{error}");
        }
        guard::forget(&self.inside);
    }
}
