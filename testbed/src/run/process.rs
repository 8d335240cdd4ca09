//! A process that the runner started, which is waited for from the first moment: a zombie would
//! hold up the end of its node.

use std::fs;
use std::io;
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;

/// A process in a node. Dropping this leaves the process alone.
#[derive(Debug, Clone)]
pub struct Process {
    pid: Pid,
    ending: Arc<Ending>,
}

#[derive(Debug, Default)]
struct Ending {
    status: Mutex<Option<ExitStatus>>,
    ended: Condvar,
}

impl Process {
    pub(crate) fn adopt(mut child: Child) -> io::Result<Self> {
        let pid = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
        let process = Self {
            pid,
            ending: Arc::default(),
        };
        let ending = Arc::clone(&process.ending);
        thread::Builder::new()
            .name(format!("reap {pid}"))
            .spawn(move || {
                // The number stays this process' until it is reaped, which happens under the lock
                // that `signal` takes.
                let ended = waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT);
                let mut status = ending.lock();
                if ended.is_ok() {
                    *status = child.wait().ok();
                }
                ending.ended.notify_all();
            })?;
        Ok(process)
    }

    /// The process' number as the host counts.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// How it ended; none while it runs.
    #[must_use]
    pub fn status(&self) -> Option<ExitStatus> {
        *self.ending.lock()
    }

    /// Waits for its end; none when it runs on after `limit`.
    #[must_use]
    pub fn wait(&self, limit: Duration) -> Option<ExitStatus> {
        let guard = self.ending.lock();
        let waited = self
            .ending
            .ended
            .wait_timeout_while(guard, limit, |status| status.is_none());
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Sends a signal; one that has ended already is no error.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        let status = self.ending.lock();
        if status.is_none() {
            kill(self.pid, signal)?;
        }
        Ok(())
    }
}

impl Ending {
    fn lock(&self) -> MutexGuard<'_, Option<ExitStatus>> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a process runs `program`, by the file name of what was started: a script's process is
/// called by the script's name, and its first argument is the shell.
pub(crate) fn runs(pid: Pid, program: &str) -> bool {
    /// The kernel keeps this many bytes of a process' name.
    const KEPT: usize = 15;
    let command_line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let first = command_line
        .split(|&byte| byte == 0)
        .next()
        .unwrap_or_default();
    let called = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    file_name(&String::from_utf8_lossy(first)) == program
        || called.trim_end() == program.get(..KEPT).unwrap_or(program)
}

/// The last part of a path.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
