//! A lab as tests and the demo use it.
//!
//! ```no_run
//! use std::{path::Path, time::Duration};
//! use testbed::{Lab, Options};
//!
//! let lab = Lab::deploy(Path::new("testbed/labs/first-light"), &Options::default())?;
//! lab.wait_until(Duration::from_secs(10), "n1's session with BIRD", || {
//!     let out = lab.output("bird", &["birdc", "show", "protocols", "n1_ipv4"])?;
//!     if out.contains("Established") { Ok(()) } else { Err(anyhow::anyhow!("{out}")) }
//! })?;
//! lab.kill_node("n1")?;
//! lab.down()?;
//! # Ok::<(), testbed::Error>(())
//! ```

mod files;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;

pub use self::files::topology_file;
pub use crate::run::command::ExecOutput;
pub use crate::run::process::Process;

use self::files::{copy_folder, move_to};
use crate::binaries;
use crate::error::{Doing, Error, Result};
use crate::plan::{self, Sources};
use crate::run::claim::Claim;
use crate::run::command;
use crate::run::guard;
use crate::run::process;
use crate::run::state::{self, State};
use crate::run::steps::{EXEC_LIMIT, Running};
use crate::tools;
use crate::topology::{Endpoint, Topology};
use crate::wait;

/// Interfaces of a killed node leave their peers' nodes when the kernel tidies up, a moment after
/// the processes ended.
const END_OF_LINKS: Duration = Duration::from_secs(10);

/// How a lab is deployed.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Another name than the topology's, so that one topology can be there several times.
    pub name: Option<String>,
    /// Run from a copy of the topology's folder, [`Lab::folder`], whose files may be changed.
    pub private_copy: bool,
    /// Folder of the workspace's built binaries [default: where this program was built to].
    pub binaries: Option<PathBuf>,
}

/// A running lab. Dropping it removes it, unless it is [kept](Lab::keep) or was
/// [attached](Lab::attach) to.
#[derive(Debug)]
pub struct Lab {
    running: Arc<Running>,
    folder: PathBuf,
    spawned: AtomicU32,
}

impl Lab {
    /// Makes the lab of a topology file, or of a folder that holds one, and returns when every
    /// node's command was started and every `exec` line has succeeded. What fails is removed.
    ///
    /// Builds nothing (see [`binaries::build`]); installs missing programs where it may (see
    /// [`tools`]). Replaces what a crash left of a lab of this name.
    ///
    /// # Errors
    /// Problems of the topology, missing rights or programs, a lab of the same name that runs, a
    /// failing `exec` line.
    pub fn deploy(path: &Path, options: &Options) -> Result<Self> {
        let file = topology_file(path)?;
        let file = file
            .canonicalize()
            .doing(|| format!("find {}", file.display()))?;
        let mut topology = Topology::read(&file)?;
        if let Some(name) = &options.name {
            topology.name.clone_from(name);
        }
        if !nix::unistd::geteuid().is_root() {
            return Err(Error::NotRoot);
        }
        tools::ensure(&topology)?;
        let sources = Sources {
            binaries: options
                .binaries
                .clone()
                .map_or_else(binaries::beside_this_program, Ok)?,
            images: PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("images"),
        };
        binaries::check(&topology, &sources)?;

        let name = topology.name.clone();
        let (claim, left_over) = Claim::take_for_new(&name)?;
        if left_over {
            eprintln!("removed what an earlier run left of the lab `{name}`");
        }
        let original = file.parent().map_or_else(PathBuf::new, Path::to_owned);
        if options.private_copy {
            move_to(&mut topology, &state::folder(&name).join("files"));
        }
        let steps = plan::plan(&topology, &sources);
        let lab = Self::of(Running::new(topology, claim)?);
        guard::watch(lab.running.clone())?;
        if options.private_copy {
            copy_folder(&original, lab.folder())
                .doing(|| format!("copy {}", original.display()))?;
        }
        lab.running.carry_out(&steps)?;
        Ok(lab)
    }

    /// The lab of this name that another process has left running. Dropping the result does nothing
    /// to it.
    ///
    /// # Errors
    /// [`Error::NotRunning`].
    pub fn attach(name: &str) -> Result<Self> {
        let running = State::read(name).filter(State::is_alive);
        let state = running.ok_or_else(|| Error::NotRunning {
            lab: name.to_owned(),
        })?;
        let mut topology = Topology::read(&state.topology)?;
        name.clone_into(&mut topology.name);
        Ok(Self::of(Running::attach(topology, state)))
    }

    /// Removes a lab that another process has left, running or broken.
    ///
    /// # Errors
    /// [`Error::NotRunning`] when there is none, [`Error::Running`] when its process is at work.
    pub fn remove(name: &str) -> Result<()> {
        if !state::folder(name).exists() {
            return Err(Error::NotRunning {
                lab: name.to_owned(),
            });
        }
        Claim::take(name)?.remove().map(drop)
    }

    fn of(running: Running) -> Self {
        let folder = running
            .topology()
            .file
            .parent()
            .map_or_else(PathBuf::new, Path::to_owned);
        Self {
            running: Arc::new(running),
            folder,
            spawned: AtomicU32::new(0),
        }
    }

    /// The lab's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.running.name()
    }

    /// What it was made from.
    #[must_use]
    pub fn topology(&self) -> &Topology {
        self.running.topology()
    }

    /// Folder with everything about the running lab; gone when the lab is.
    #[must_use]
    pub fn dir(&self) -> PathBuf {
        self.running.folder()
    }

    /// Folder of the topology file, to which binds are relative: the copy, if one was asked for.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs a command in a node to its end, whatever that is; at most for a minute.
    ///
    /// # Errors
    /// When it cannot be started or does not end.
    pub fn exec<S: AsRef<str>>(&self, node: &str, argv: &[S]) -> Result<ExecOutput> {
        self.running.exec(node, &owned(argv), EXEC_LIMIT)
    }

    /// Runs a command in a node, which has to succeed, and returns its standard output.
    ///
    /// # Errors
    /// As [`Lab::exec`], and when it ends with another status than 0.
    pub fn output<S: AsRef<str>>(&self, node: &str, argv: &[S]) -> Result<String> {
        let argv = owned(argv);
        let output = self.running.exec(node, &argv, EXEC_LIMIT)?;
        Ok(output.checked(node, &argv)?.stdout)
    }

    /// Runs a command in a node with this process' own input and output.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn exec_here<S: AsRef<str>>(&self, node: &str, argv: &[S]) -> Result<ExitStatus> {
        let argv = owned(argv);
        command::exec_here(
            &self.running.node(node)?,
            self.running.described(node)?,
            &argv,
        )
        .doing(|| format!("run `{}` in node `{node}`", argv.join(" ")))
    }

    /// Starts a command in a node and leaves it running. What it prints is in [`Lab::logs`], in a
    /// file of its own.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn spawn<S: AsRef<str>>(&self, node: &str, argv: &[S]) -> Result<Process> {
        let argv = owned(argv);
        let program = argv
            .first()
            .map_or("", |program| process::file_name(program));
        let number = self.spawned.fetch_add(1, Ordering::Relaxed);
        let log = self
            .running
            .log_file(&format!("{node}.{program}.{number:03}"));
        let log = self.running.open_log(&log)?;
        command::spawn(
            &self.running.node(node)?,
            self.running.described(node)?,
            &argv,
            &log,
        )
        .doing(|| format!("start `{}` in node `{node}`", argv.join(" ")))
    }

    /// Starts the node's own command again, after it has ended.
    ///
    /// # Errors
    /// When the node is gone.
    pub fn start(&self, node: &str) -> Result<()> {
        self.running
            .spawn_detached(node, &self.running.described(node)?.command)
    }

    /// Kills all processes of a node at once, as a power cut would, and returns when its links have
    /// left its neighbours.
    ///
    /// # Errors
    /// When there is no such node (any more), or its links stay.
    pub fn kill_node(&self, node: &str) -> Result<()> {
        self.running.kill(node)?;
        for end in self.far_ends(node) {
            let Ok(neighbour) = self.running.node(&end.node) else {
                continue;
            };
            let path = format!("/sys/class/net/{}", end.interface);
            self.wait_until(
                END_OF_LINKS,
                &format!("the link to `{node}` leaves {}", end.node),
                || {
                    let exists = neighbour.enter(|| Ok(Path::new(&path).exists()));
                    if exists? {
                        Err(io::Error::other("it is there"))
                    } else {
                        Ok(())
                    }
                },
            )?;
        }
        Ok(())
    }

    /// Sends a signal to every process of a node that runs `program`. Returns how many there were.
    ///
    /// # Errors
    /// [`Error::NoProcess`] when there is none.
    pub fn signal(&self, node: &str, program: &str, signal: Signal) -> Result<usize> {
        let found = self.processes(node, program)?;
        for pid in &found {
            signal::kill(*pid, signal)
                .doing(|| format!("send {signal} to {program} in `{node}`"))?;
        }
        if found.is_empty() {
            let (node, program) = (node.to_owned(), program.to_owned());
            return Err(Error::NoProcess { node, program });
        }
        Ok(found.len())
    }

    /// Processes of a node that run `program`, by the file name of what was started (also for
    /// scripts).
    ///
    /// # Errors
    /// When there is no such node.
    pub fn processes(&self, node: &str, program: &str) -> Result<Vec<Pid>> {
        let mut all = self.running.node(node)?.processes();
        all.retain(|&pid| process::runs(pid, program));
        Ok(all)
    }

    /// What the node's own command has printed so far, to stdout and stderr.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn log(&self, node: &str) -> Result<String> {
        let file = self.running.log_file(node);
        let bytes = fs::read(&file).doing(|| format!("read {}", file.display()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// What every command of the lab has printed so far, by the name of its log: `NODE` for the
    /// node's own, and `NODE.PROGRAM.N` for those that were [spawned](Lab::spawn).
    #[must_use]
    pub fn logs(&self) -> BTreeMap<String, String> {
        let entries = fs::read_dir(self.dir().join("logs"))
            .into_iter()
            .flatten()
            .flatten();
        let log = |entry: fs::DirEntry| {
            let bytes = fs::read(entry.path()).ok()?;
            let name = entry.path().file_stem()?.to_string_lossy().into_owned();
            Some((name, String::from_utf8_lossy(&bytes).into_owned()))
        };
        entries.filter_map(log).collect()
    }

    /// As [`wait::wait_until`]; the error holds the lab's state in the end: logs, interfaces,
    /// routes, and what each node's programs say.
    ///
    /// # Errors
    /// [`Error::Wait`].
    pub fn wait_until<T, E: fmt::Display>(
        &self,
        limit: Duration,
        what: &str,
        look: impl FnMut() -> std::result::Result<T, E>,
    ) -> Result<T> {
        wait::wait_until(limit, what, look).map_err(|error| {
            let dump = crate::dump::dump(self);
            Error::Wait(wait::TimedOut { dump, ..error })
        })
    }

    /// Leaves the lab running when this process ends; [`Lab::attach`] finds it, [`Lab::remove`]
    /// removes it.
    ///
    /// # Errors
    /// When that cannot be written down; the lab is removed then.
    pub fn keep(self) -> Result<()> {
        self.running.keep()
    }

    /// Removes the lab: processes, namespaces, mounts, links and files.
    ///
    /// # Errors
    /// When something does not go.
    pub fn down(self) -> Result<()> {
        self.running.down()
    }

    fn far_ends<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a Endpoint> {
        self.topology()
            .links
            .iter()
            .filter_map(move |link| match &link.ends {
                [a, b] if a.node == node => Some(b),
                [a, b] if b.node == node => Some(a),
                _ => None,
            })
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if let Err(error) = self.running.down() {
            eprintln!("{error}");
        }
        guard::forget(&self.running);
    }
}

fn owned<S: AsRef<str>>(argv: &[S]) -> Vec<String> {
    argv.iter().map(|word| word.as_ref().to_owned()).collect()
}
