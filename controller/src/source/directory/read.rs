//! Reading a file that anybody may have put there.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::fcntl::OFlag;

/// Octets of a file at most; a folder of ten thousand Services is a few MiB.
pub(super) const MAX_OCTETS: u64 = 16 << 20;

/// Why there is no text.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("not a regular file")]
    NotRegular,
    #[error("more than {MAX_OCTETS} octets")]
    TooLarge,
    #[error("{0}")]
    NotText(#[from] std::string::FromUtf8Error),
}

/// The text of a regular file. A pipe is opened without waiting for its writer, and nothing without an
/// end is read, so that no file can hold up the task.
pub(super) fn text(path: &Path) -> Result<String, ReadError> {
    let file = open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(ReadError::NotRegular);
    }
    if metadata.len() > MAX_OCTETS {
        return Err(ReadError::TooLarge);
    }
    let mut octets = Vec::new();
    // It may grow while it is read.
    file.take(MAX_OCTETS + 1).read_to_end(&mut octets)?;
    if octets.len() as u64 > MAX_OCTETS {
        return Err(ReadError::TooLarge);
    }
    Ok(String::from_utf8(octets)?)
}

fn open(path: &Path) -> io::Result<File> {
    // A terminal must not become this process's.
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits())
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(prepare: impl FnOnce(&Path)) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        prepare(&path);
        text(&path).unwrap_err().to_string()
    }

    #[test]
    fn a_pipe_without_a_writer_is_refused_and_not_waited_for() {
        let make = |path: &Path| nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert_eq!(refused(make), "not a regular file");
    }

    #[test]
    fn a_file_without_an_end_is_refused() {
        let link = |path: &Path| std::os::unix::fs::symlink("/dev/zero", path).unwrap();
        assert_eq!(refused(link), "not a regular file");
    }

    #[test]
    fn a_file_that_is_too_large_is_refused() {
        let grow = |path: &Path| File::create(path).unwrap().set_len(MAX_OCTETS + 1).unwrap();
        assert_eq!(refused(grow), "more than 16777216 octets");
    }

    #[test]
    fn what_is_not_text_is_refused() {
        let write = |path: &Path| std::fs::write(path, [0xff]).unwrap();
        assert!(refused(write).contains("invalid utf-8"));
    }
}
