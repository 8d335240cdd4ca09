//! The right to make or remove a lab: one process at a time, and a dead one holds nothing.

use std::fs::{self, File, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use super::state::{self, State};
use crate::error::{Doing, Error, Result};

/// A killed node ends in milliseconds; this is for a machine that is busy with everything else.
pub(crate) const END_OF_NODE: Duration = Duration::from_secs(10);

/// Holds the lab's lock until it is dropped or its process dies.
#[derive(Debug)]
pub(crate) struct Claim {
    lab: String,
    _lock: File,
}

impl Claim {
    /// Takes the lock of `lab`, whatever state the lab is in.
    ///
    /// # Errors
    /// [`Error::Running`] when another process holds it.
    pub(crate) fn take(lab: &str) -> Result<Self> {
        let path = state::lock_file(lab);
        let deed = || format!("lock {}", path.display());
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).doing(deed)?;
        }
        loop {
            let options = File::options()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .clone();
            let mut lock = options.open(&path).doing(deed)?;
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let mut holder = String::new();
                    lock.read_to_string(&mut holder).doing(deed)?;
                    let by = format!(" in process {}", holder.trim());
                    return Err(Error::Running {
                        lab: lab.to_owned(),
                        by,
                    });
                }
                Err(TryLockError::Error(error)) => return Err(error).doing(deed),
            }
            // Whoever held it before may have removed the file while this process was opening it.
            if !is_same(&path, &lock) {
                continue;
            }
            lock.set_len(0).and_then(|()| lock.rewind()).doing(deed)?;
            writeln!(lock, "{}", std::process::id()).doing(deed)?;
            return Ok(Self {
                lab: lab.to_owned(),
                _lock: lock,
            });
        }
    }

    /// Whether a living process holds the lock of `lab`.
    pub(crate) fn is_held(lab: &str) -> bool {
        let lock = File::open(state::lock_file(lab));
        lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// Takes the lock for a lab that is to be made, and removes what an earlier crash left of it.
    /// Says whether there was anything.
    ///
    /// # Errors
    /// [`Error::Running`] when the lab was left running on purpose, and does.
    pub(crate) fn take_for_new(lab: &str) -> Result<(Self, bool)> {
        let claim = Self::take(lab)?;
        if State::read(lab).is_some_and(|state| state.kept && state.is_alive()) {
            return Err(Error::Running {
                lab: lab.to_owned(),
                by: String::new(),
            });
        }
        let left_over = claim.remove()?;
        Ok((claim, left_over))
    }

    /// Ends everything that the state file knows of, and removes the lab's folder. Says whether
    /// there was anything.
    pub(crate) fn remove(&self) -> Result<bool> {
        for (name, node) in State::read(&self.lab)
            .into_iter()
            .flat_map(|state| state.nodes)
        {
            node.kill(END_OF_NODE)
                .doing(|| format!("end the node `{name}`"))?;
        }
        let folder = state::folder(&self.lab);
        if !folder.exists() {
            return Ok(false);
        }
        fs::remove_dir_all(&folder).doing(|| format!("remove {}", folder.display()))?;
        Ok(true)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // A lab that stays is locked again by whoever wants to remove it; the file is made anew
        // then.
        let _ = fs::remove_file(state::lock_file(&self.lab));
    }
}

fn is_same(path: &Path, file: &File) -> bool {
    match (fs::metadata(path), file.metadata()) {
        (Ok(named), Ok(opened)) => named.ino() == opened.ino() && named.dev() == opened.dev(),
        _ => false,
    }
}
