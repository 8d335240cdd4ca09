//! A watched folder of manifests: `*.yaml`, `*.yml` and `*.json`, not hidden, not in folders below.
//!
//! The folder is watched by inotify, never polled. A file is read when a writer has closed it, when it
//! has been renamed into place, or when a symbolic link is made; so a file that is being written is
//! not read half-way. A change of a hidden name (`..data` of a mounted ConfigMap) makes every file be
//! read again. Links are followed, but a link's target is not watched. Only regular files of at most
//! 16 MiB are read.

mod locate;
pub mod manifest;
mod read;
pub mod shelf;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind, RenameMode};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use self::manifest::Found;
use self::read::ReadError;
use self::shelf::{Outcome, Shelf};
use crate::source::Event;

/// How long a file may be away before its objects are deleted. Some editors save by renaming the old
/// file away and writing a new one.
const VANISH_GRACE: Duration = Duration::from_millis(100);

/// Events of the kernel that may wait to be looked at. When full, the watching thread waits; the
/// kernel's own queue then overflows, which makes every file be read again.
const WATCH_QUEUE: usize = 1024;

/// Why the folder can no longer be followed.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// inotify does not work.
    #[error("cannot watch the manifest folder {path}: {reason}")]
    Watch {
        /// The folder.
        path: PathBuf,
        /// What the system said. Not a source: the message has all of it.
        reason: notify::Error,
    },
    /// The folder cannot be read.
    #[error("cannot list the manifest folder {path}: {reason}")]
    List {
        /// The folder.
        path: PathBuf,
        /// What the system said. Not a source: the message has all of it.
        reason: io::Error,
    },
    /// The folder was deleted or renamed. That is not taken as an order to withdraw everything.
    #[error("the manifest folder {path} is gone; everything stays as it is")]
    Gone {
        /// The folder.
        path: PathBuf,
    },
}

/// The task that follows a folder. It owns the files' state; the kernel's events and the grace of
/// vanished files wake it; cancelling it loses nothing but the next change.
pub struct Directory {
    path: PathBuf,
    events: mpsc::Sender<Event>,
    shelf: Shelf,
    /// Vanished files, and when they count as deleted.
    vanished: BTreeMap<String, Instant>,
    /// While the first scan lasts: when it began.
    first_scan: Option<Timestamp>,
}

type Changes = mpsc::Receiver<notify::Result<notify::Event>>;

/// What the kernel's events ask for.
#[derive(Debug, Default, PartialEq)]
struct Wanted {
    read: BTreeSet<String>,
    vanished: BTreeSet<String>,
    everything: bool,
    gone: bool,
}

impl Directory {
    /// Follows `path`, and tells `events`.
    pub fn new(path: PathBuf, events: mpsc::Sender<Event>) -> Directory {
        Directory {
            path,
            events,
            shelf: Shelf::default(),
            vanished: BTreeMap::new(),
            first_scan: Some(Timestamp::now()),
        }
    }

    /// Runs until the listener goes away.
    ///
    /// # Errors
    ///
    /// When the folder cannot be listed or watched, or is gone.
    pub async fn run(mut self) -> Result<(), DirectoryError> {
        let (_watcher, mut changes) = self.watch()?;
        if !self.read_all().await? || self.events.send(Event::Synced).await.is_err() {
            return Ok(());
        }
        self.first_scan = None;
        let mut batch = Vec::new();
        loop {
            let grace = self.vanished.values().min().copied();
            let heard = tokio::select! {
                count = changes.recv_many(&mut batch, WATCH_QUEUE) => {
                    if count == 0 {
                        return Ok(());
                    }
                    self.react(Wanted::from_batch(&self.path, batch.drain(..))).await?
                }
                () = tokio::time::sleep_until(grace.unwrap_or_else(Instant::now)), if grace.is_some() => {
                    self.bury(Instant::now()).await
                }
            };
            if !heard {
                return Ok(());
            }
        }
    }

    /// The watch begins before the first listing, so that no change falls between the two.
    fn watch(&self) -> Result<(RecommendedWatcher, Changes), DirectoryError> {
        let (sender, receiver) = mpsc::channel(WATCH_QUEUE);
        let failed = |mut reason: notify::Error| {
            // It would be said twice.
            reason.paths.clear();
            DirectoryError::Watch {
                path: self.path.clone(),
                reason,
            }
        };
        let mut watcher = notify::recommended_watcher(move |event| {
            // The receiver is dropped only when the task ends.
            let _ = sender.blocking_send(event);
        })
        .map_err(failed)?;
        watcher
            .watch(&self.path, RecursiveMode::NonRecursive)
            .map_err(failed)?;
        Ok((watcher, receiver))
    }

    async fn react(&mut self, wanted: Wanted) -> Result<bool, DirectoryError> {
        if wanted.gone {
            return Err(DirectoryError::Gone {
                path: self.path.clone(),
            });
        }
        if wanted.everything && !self.read_all().await? {
            return Ok(false);
        }
        // First: what is renamed is away when it is found under its new name.
        for name in &wanted.vanished {
            self.vanish(name);
        }
        for name in &wanted.read {
            if !self.read(name).await {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn read_all(&mut self) -> Result<bool, DirectoryError> {
        let names = list(&self.path).map_err(|reason| DirectoryError::List {
            path: self.path.clone(),
            reason,
        })?;
        let gone = self.shelf.names().filter(|name| !names.contains(*name));
        for name in gone.cloned().collect::<Vec<_>>() {
            self.vanish(&name);
        }
        for name in names {
            if !self.read(&name).await {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Says whether there is still a listener, as all that tell events do.
    async fn read(&mut self, name: &str) -> bool {
        let outcome = match read::text(&self.path.join(name)) {
            Ok(text) => {
                self.vanished.remove(name);
                self.shelf.put(self.now(), name, found(name, &text))
            }
            Err(ReadError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                self.vanish(name);
                return true;
            }
            Err(error) => {
                self.vanished.remove(name);
                self.shelf.unreadable(name, error.to_string())
            }
        };
        self.tell(outcome).await
    }

    fn vanish(&mut self, name: &str) {
        let deadline = Instant::now() + VANISH_GRACE;
        self.vanished.entry(name.to_owned()).or_insert(deadline);
        self.shelf.away(name);
    }

    /// When what is read now counts as made: for all that is there at the start, the same.
    fn now(&self) -> Timestamp {
        self.first_scan.unwrap_or_else(Timestamp::now)
    }

    /// Deletes the objects of files that stayed away.
    async fn bury(&mut self, now: Instant) -> bool {
        let due = self.vanished.extract_if(.., |_, deadline| *deadline <= now);
        for (name, _) in due.collect::<Vec<_>>() {
            // A file that is back, but not read yet, is being written: its closing will be told.
            if self.path.join(&name).exists() {
                continue;
            }
            let outcome = self.shelf.remove(&name);
            if !self.tell(outcome).await {
                return false;
            }
        }
        true
    }

    async fn tell(&self, outcome: Outcome) -> bool {
        for report in outcome.reports {
            match report.is_fault() {
                true => warn!(folder = %self.path.display(), "{report}"),
                false => info!(folder = %self.path.display(), "{report}"),
            }
        }
        for event in outcome.events {
            if self.events.send(event).await.is_err() {
                return false;
            }
        }
        true
    }
}

fn found(file: &str, text: &str) -> Vec<Found> {
    let found = manifest::read(text);
    for item in &found {
        if let Found::Foreign { api_version, kind } = item {
            debug!(file, api_version, kind, "skipped a kind that is not read");
        }
    }
    found
}

fn list(path: &Path) -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let name = entry
            .file_name()
            .to_str()
            .filter(|name| is_manifest(name))
            .map(str::to_owned);
        // Through links: a mounted ConfigMap is all links. What is no file at all is told when it is read.
        if !entry.path().is_dir() {
            names.extend(name);
        }
    }
    Ok(names)
}

fn is_manifest(name: &str) -> bool {
    let extension = Path::new(name)
        .extension()
        .and_then(|extension| extension.to_str());
    !name.starts_with('.') && matches!(extension, Some("yaml" | "yml" | "json"))
}

/// A regular file that was made will be closed by its writer; a link will not.
fn is_link(path: &Path) -> bool {
    path.symlink_metadata()
        .is_ok_and(|metadata| metadata.is_symlink() || metadata.nlink() > 1)
}

impl Wanted {
    fn from_batch(
        root: &Path,
        batch: impl Iterator<Item = notify::Result<notify::Event>>,
    ) -> Wanted {
        let mut wanted = Wanted::default();
        for event in batch {
            match event {
                Ok(event) if event.need_rescan() => wanted.everything = true,
                Ok(event) => wanted.add(root, &event),
                Err(error) => {
                    warn!(
                        "watching {}: {error}; reading every file again",
                        root.display()
                    );
                    wanted.everything = true;
                }
            }
        }
        wanted
    }

    fn add(&mut self, root: &Path, event: &notify::Event) {
        use {EventKind as E, ModifyKind as M};
        for path in &event.paths {
            let (written, left) = match event.kind {
                E::Access(AccessKind::Close(AccessMode::Write)) => (true, false),
                E::Modify(M::Name(RenameMode::To)) => (true, false),
                E::Create(_) => (is_link(path), false),
                E::Modify(M::Name(RenameMode::From)) | E::Remove(_) => (false, true),
                _ => continue,
            };
            if path == root {
                self.gone |= left;
                continue;
            }
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            if name.starts_with("..") {
                self.everything |= written || left;
            } else if is_manifest(name) && written {
                self.vanished.remove(name);
                self.read.insert(name.to_owned());
            } else if is_manifest(name) && left {
                self.read.remove(name);
                self.vanished.insert(name.to_owned());
            }
        }
    }
}
