//! Does the steps of a plan, and undoes them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::mount::{MsFlags, mount};
use rustix::fs::CWD;
use rustix::mount::{MoveMountFlags, OpenTreeFlags, move_mount, open_tree};

use super::claim::{Claim, END_OF_NODE};
use super::command::{self, ExecOutput};
use super::guard::Undo;
use super::node::Node;
use super::state::{self, State};
use crate::error::{Doing, Error, Result};
use crate::plan::Step;
use crate::topology::{Bind, Topology};

/// What a command of a topology or a test is given before it is killed.
pub(crate) const EXEC_LIMIT: Duration = Duration::from_secs(60);

/// A lab that runs, or is being made or removed.
#[derive(Debug)]
pub(crate) struct Running {
    topology: Topology,
    live: Mutex<Live>,
}

/// What exists of the lab. Whoever makes something holds the lock until it is written down.
#[derive(Debug)]
struct Live {
    state: State,
    /// None when the lab belongs to nobody: it stays.
    claim: Option<Claim>,
    down: bool,
}

impl Running {
    /// A lab of which nothing exists but its folder.
    pub(crate) fn new(topology: Topology, claim: Claim) -> Result<Self> {
        let folder = state::folder(&topology.name);
        let nodes = BTreeMap::new();
        let file = topology.file.clone();
        let state = State {
            topology: file,
            kept: false,
            nodes,
        };
        fs::create_dir_all(&folder)
            .and_then(|()| state.write(&topology.name))
            .doing(|| format!("write into {}", folder.display()))?;
        Ok(Self {
            topology,
            live: Mutex::new(Live {
                state,
                claim: Some(claim),
                down: false,
            }),
        })
    }

    /// A lab that another process made and left.
    pub(crate) fn attach(topology: Topology, state: State) -> Self {
        Self {
            topology,
            live: Mutex::new(Live {
                state,
                claim: None,
                down: false,
            }),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.topology.name
    }

    pub(crate) fn topology(&self) -> &Topology {
        &self.topology
    }

    pub(crate) fn folder(&self) -> PathBuf {
        state::folder(self.name())
    }

    pub(crate) fn log_file(&self, node: &str) -> PathBuf {
        self.folder().join("logs").join(format!("{node}.log"))
    }

    /// Does the steps in order. Neighbouring links are made by one call of `ip`.
    pub(crate) fn carry_out(&self, steps: &[Step]) -> Result<()> {
        let both_links =
            |a: &Step, b: &Step| matches!((a, b), (Step::Link { .. }, Step::Link { .. }));
        steps
            .chunk_by(both_links)
            .try_for_each(|steps| match steps {
                [Step::Link { .. }, ..] => self.links(steps),
                steps => steps.iter().try_for_each(|step| self.step(step)),
            })
    }

    fn step(&self, step: &Step) -> Result<()> {
        let done = match step {
            Step::Namespace { node } => return self.create(node).doing(|| step.to_string()),
            Step::Spawn { node, argv } => return self.spawn_detached(node, argv),
            Step::Exec { node, argv } => {
                return self
                    .exec(node, argv, EXEC_LIMIT)?
                    .checked(node, argv)
                    .map(drop);
            }
            Step::Link { .. } => return self.links(std::slice::from_ref(step)),
            Step::Directory { node, path } => self.node(node)?.enter(|| fs::create_dir_all(path)),
            Step::File {
                node,
                path,
                content,
            } => self.node(node)?.enter(|| replace(path, content)),
            Step::Bind { node, bind } => self::bind(&self.node(node)?, bind),
            Step::Sysctl { node, key, value } => {
                let file = format!("/proc/sys/{}", key.replace('.', "/"));
                self.node(node)?.enter(|| fs::write(file, value))
            }
            Step::Up { node, interfaces } => {
                let all = std::iter::once("lo").chain(interfaces.iter().map(String::as_str));
                let batch: String = all
                    .map(|name| format!("link set dev {name} up\n"))
                    .collect();
                self.node(node)?.enter(|| ip(&batch))
            }
        };
        done.doing(|| step.to_string())
    }

    fn create(&self, name: &str) -> io::Result<()> {
        let mut live = self.live();
        if live.down {
            return Err(io::Error::other("the lab is being removed"));
        }
        let scratch = self.folder().join("scratch");
        fs::create_dir_all(&scratch)?;
        let newborn = Node::create(self.name(), name, &scratch)?;
        live.state
            .nodes
            .insert(name.to_owned(), newborn.node.clone());
        live.state.write(self.name())?;
        newborn.stay()
    }

    /// Interfaces come into being inside of their nodes: the host never has them.
    fn links(&self, steps: &[Step]) -> Result<()> {
        let mut batch = String::new();
        for step in steps {
            let Step::Link { ends: [a, b], mtu } = step else {
                continue;
            };
            let (at, bt) = (self.node(&a.node)?.pid(), self.node(&b.node)?.pid());
            batch.push_str(&format!(
                "link add name {} mtu {mtu} netns {at} type veth \
                 peer name {} mtu {mtu} netns {bt}\n",
                a.interface, b.interface
            ));
        }
        ip(&batch).doing(|| {
            steps
                .iter()
                .map(Step::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        })
    }

    pub(crate) fn spawn_detached(&self, node: &str, argv: &[String]) -> Result<()> {
        let log = self.open_log(&self.log_file(node))?;
        command::spawn_detached(&self.node(node)?, self.described(node)?, argv, &log)
            .doing(|| format!("start `{}` in node `{node}`", argv.join(" ")))
    }

    pub(crate) fn exec(&self, node: &str, argv: &[String], limit: Duration) -> Result<ExecOutput> {
        let output = command::exec(&self.node(node)?, self.described(node)?, argv, limit)
            .doing(|| format!("run `{}` in node `{node}`", argv.join(" ")))?;
        output.ok_or_else(|| Error::ExecTimeout {
            node: node.to_owned(),
            command: argv.join(" "),
            limit,
        })
    }

    pub(crate) fn open_log(&self, file: &Path) -> Result<File> {
        let deed = || format!("open {}", file.display());
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).doing(deed)?;
        }
        File::options()
            .create(true)
            .append(true)
            .open(file)
            .doing(deed)
    }

    /// A node that exists.
    pub(crate) fn node(&self, name: &str) -> Result<Node> {
        let node = self.live().state.nodes.get(name).cloned();
        node.ok_or_else(|| Error::NoNode {
            lab: self.name().to_owned(),
            node: name.to_owned(),
        })
    }

    /// A node's place in the topology.
    pub(crate) fn described(&self, name: &str) -> Result<&crate::topology::Node> {
        let node = self.topology.node(name);
        node.ok_or_else(|| Error::NoNode {
            lab: self.name().to_owned(),
            node: name.to_owned(),
        })
    }

    /// Ends one node and everything in it.
    pub(crate) fn kill(&self, name: &str) -> Result<()> {
        let node = self.node(name)?;
        node.kill(END_OF_NODE)
            .doing(|| format!("end the node `{name}`"))?;
        let mut live = self.live();
        live.state.nodes.remove(name);
        live.state
            .write(self.name())
            .doing(|| format!("write the state of `{}`", self.name()))
    }

    /// From now on the lab stays when this process ends.
    pub(crate) fn keep(&self) -> Result<()> {
        let mut live = self.live();
        live.state.kept = true;
        live.state
            .write(self.name())
            .doing(|| format!("write the state of `{}`", self.name()))?;
        live.claim = None;
        Ok(())
    }

    /// Removes the lab unless it is removed or kept already. Nothing can be made in it afterwards.
    pub(crate) fn down(&self) -> Result<()> {
        let mut live = self.live();
        live.down = true;
        live.claim
            .take()
            .map_or(Ok(()), |claim| claim.remove().map(drop))
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Undo for Running {
    fn undo(&self) -> Result<()> {
        self.down()
    }
}

impl ExecOutput {
    /// The output of a command that has to succeed.
    pub(crate) fn checked(self, node: &str, argv: &[String]) -> Result<Self> {
        if self.status.success() {
            return Ok(self);
        }
        let said = if self.stderr.trim().is_empty() {
            self.stdout
        } else {
            self.stderr
        };
        Err(Error::Exec {
            node: node.to_owned(),
            command: argv.join(" "),
            status: self.status.to_string(),
            stderr: said.trim().to_owned(),
        })
    }
}

/// The mount is taken here, where the source is seen, and put down there, where the target is.
pub(crate) fn bind(node: &Node, bind: &Bind) -> io::Result<()> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_RECURSIVE;
    let tree = open_tree(CWD, &bind.source, flags)?;
    let is_folder = bind.source.is_dir();
    node.enter(|| {
        make_target(&bind.target, is_folder)?;
        move_mount(
            &tree,
            "",
            CWD,
            &bind.target,
            MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH,
        )?;
        if bind.read_only {
            let none: Option<&str> = None;
            let flags = MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY;
            mount(none, &bind.target, none, flags, none)?;
        }
        Ok(())
    })
}

/// Runs `ip` on a batch of commands in the calling thread's network namespace.
pub(crate) fn ip(batch: &str) -> io::Result<()> {
    let mut child = Command::new("ip")
        .args(["-batch", "-"])
        .env("PATH", command::PATH)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take();
    let written = stdin
        .as_mut()
        .map_or(Ok(()), |stdin| stdin.write_all(batch.as_bytes()));
    drop(stdin);
    let output = child.wait_with_output()?;
    if output.status.success() {
        return written;
    }
    Err(io::Error::other(
        String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    ))
}

/// Writes a file anew: what is there may be a link to elsewhere.
fn replace(path: &Path, content: &str) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::write(path, content)
}

/// Something to mount on: a folder on a folder, a file on a file.
fn make_target(target: &Path, is_folder: bool) -> io::Result<()> {
    if is_folder {
        return fs::create_dir_all(target);
    }
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    File::options()
        .create(true)
        .append(true)
        .open(target)
        .map(drop)
}
