//! One node of a running lab: how it begins, is entered, and ends.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::thread;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, sethostname};
use rustix::process::PidfdFlags;
use serde::{Deserialize, Serialize};

use super::process::Process;
use super::{command, root};

/// The first process of a node: keeps the namespaces and reaps orphans, and never ends by itself.
///
/// It waits for a line before it stays. A runner that dies before it has written down the process'
/// number closes the pipe instead, and the process ends: there is no moment in which a killed
/// runner leaves something that nobody knows of.
const FIRST_PROCESS: &str = r"exec 2>&1
mount -t proc proc /proc || exit 1
echo ready
read -r line || exit 1
exec </dev/null >/dev/null 2>&1
while :; do sleep infinity & wait; done";

/// A node that exists, known by its first process. Kept in the lab's state file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Node {
    /// Number of the first process, as the host counts.
    pid: i32,
    /// When that process began, in clock ticks since boot: tells it from a later one with the same
    /// number.
    started: u64,
}

/// A node that ends by itself unless [`Newborn::stay`] is called.
pub(crate) struct Newborn {
    pub(crate) node: Node,
    stdin: ChildStdin,
}

impl Newborn {
    /// Lets the node stay until it is killed.
    pub(crate) fn stay(mut self) -> io::Result<()> {
        self.stdin.write_all(b"stay\n")
    }
}

impl Node {
    /// Makes namespaces and starts the first process in them. `scratch` is an empty folder.
    pub(crate) fn create(lab: &str, name: &str, scratch: &Path) -> io::Result<Newborn> {
        let mut child = on_own_thread(|| {
            unshare(
                CloneFlags::CLONE_NEWNET
                    | CloneFlags::CLONE_NEWNS
                    | CloneFlags::CLONE_NEWUTS
                    | CloneFlags::CLONE_NEWIPC
                    | CloneFlags::CLONE_NEWPID,
            )?;
            sethostname(name)?;
            root::enter(scratch)?;
            // A session of its own: the terminal's Ctrl-C is for the runner alone.
            Command::new("setsid")
                .args(["sh", "-c", FIRST_PROCESS, "bellwether-lab"])
                .arg(format!("{lab}/{name}"))
                .env_clear()
                .env("PATH", command::PATH)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
        })?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("the first process has no pipes"));
        };
        let process = Process::adopt(child)?;
        let mut said = String::new();
        BufReader::new(stdout).read_line(&mut said)?;
        if said != "ready\n" {
            return Err(io::Error::other(format!(
                "the first process said: {}",
                said.trim()
            )));
        }
        let pid = process.pid();
        let started =
            start_time(pid).ok_or_else(|| io::Error::other("the first process is gone"))?;
        Ok(Newborn {
            node: Self {
                pid: pid.as_raw(),
                started,
            },
            stdin,
        })
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(self.pid)
    }

    pub(crate) fn is_alive(&self) -> bool {
        start_time(self.pid()) == Some(self.started)
    }

    /// Runs `deed` on a thread that is inside of the node's namespaces; processes that it starts
    /// are, too.
    pub(crate) fn enter<T: Send>(
        &self,
        deed: impl FnOnce() -> io::Result<T> + Send,
    ) -> io::Result<T> {
        let pidfd = self.pidfd()?;
        on_own_thread(move || {
            // A thread that shares its working directory with others cannot change its mount
            // namespace.
            unshare(CloneFlags::CLONE_FS)?;
            setns(
                &pidfd,
                CloneFlags::CLONE_NEWNET
                    | CloneFlags::CLONE_NEWNS
                    | CloneFlags::CLONE_NEWUTS
                    | CloneFlags::CLONE_NEWIPC
                    | CloneFlags::CLONE_NEWPID,
            )?;
            deed()
        })
    }

    /// Kills the first process, and with it everything in the node; returns when all of it has
    /// ended. A node that is gone already is no error.
    pub(crate) fn kill(&self, limit: Duration) -> io::Result<()> {
        let Ok(pidfd) = self.pidfd() else {
            return Ok(());
        };
        kill(self.pid(), Signal::SIGKILL)?;
        let limit = PollTimeout::try_from(limit).unwrap_or(PollTimeout::MAX);
        // Readable when the process has ended, and it ends only after all others of its PID
        // namespace.
        match poll(&mut [PollFd::new(pidfd.as_fd(), PollFlags::POLLIN)], limit)? {
            0 => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "processes of the node do not end",
            )),
            _ => Ok(()),
        }
    }

    /// Processes of the node but the first one, as the host counts them.
    pub(crate) fn processes(&self) -> Vec<Pid> {
        let Ok(own) = fs::read_link(namespace(self.pid())) else {
            return Vec::new();
        };
        let Ok(all) = fs::read_dir("/proc") else {
            return Vec::new();
        };
        all.flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .map(Pid::from_raw)
            .filter(|&pid| pid != self.pid())
            .filter(|&pid| fs::read_link(namespace(pid)).is_ok_and(|other| other == own))
            .collect()
    }

    fn pidfd(&self) -> io::Result<OwnedFd> {
        let pid = rustix::process::Pid::from_raw(self.pid);
        let pid = pid.ok_or_else(|| io::Error::other("0 is no process"))?;
        let pidfd = rustix::process::pidfd_open(pid, PidfdFlags::empty())?;
        // Looked at after the number has become a handle, so that it cannot change hands in
        // between.
        if self.is_alive() {
            Ok(pidfd)
        } else {
            Err(io::Error::other("the node is gone"))
        }
    }
}

fn namespace(pid: Pid) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/ns/pid"))
}

/// When a process began, in clock ticks since boot; none when there is no such process or it is a
/// zombie. Field 22 of proc_pid_stat(5).
pub(crate) fn start_time(pid: Pid) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field, the program's name in parentheses, may hold spaces and parentheses itself.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

/// Namespaces belong to a thread. One that has changed them is not used for anything else.
fn on_own_thread<T: Send>(deed: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
    let done = thread::scope(|scope| scope.spawn(deed).join());
    done.unwrap_or_else(|_| Err(io::Error::other("the thread in the node panicked")))
}
