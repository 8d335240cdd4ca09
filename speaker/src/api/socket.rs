use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use thiserror::Error;
use tokio::net::UnixListener;

use crate::transport::words;

/// Owner and group may talk to the speaker.
const MODE: u32 = 0o660;

/// The API's Unix socket, listening.
#[derive(Debug)]
pub(crate) struct Socket {
    listener: UnixListener,
    file: SocketFile,
}

/// The socket in the file system, removed when this is dropped.
#[derive(Debug)]
pub(super) struct SocketFile(PathBuf);

/// Why the API's socket cannot be had.
#[derive(Debug, Error)]
pub(crate) enum SocketError {
    #[error("another speaker answers on {}: only one can have this socket", .0.display())]
    Taken(PathBuf),
    #[error("{} is there and is not a socket: it is left alone", .0.display())]
    NotASocket(PathBuf),
    #[error("cannot have the API's socket at {}: {}", path.display(), words(error))]
    System { path: PathBuf, error: io::Error },
}

impl Socket {
    /// Listens at `path`, whose folder is made if need be. A socket that nobody answers on, which a speaker that was
    /// killed leaves behind, is replaced.
    ///
    /// # Errors
    /// Another speaker answers there, something else is there, or the system does not let us.
    pub(crate) fn claim(path: &Path) -> Result<Self, SocketError> {
        let system = |error| SocketError::System {
            path: path.to_owned(),
            error,
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(system)?;
        }
        match std::fs::symlink_metadata(path) {
            Ok(there) if !there.file_type().is_socket() => {
                return Err(SocketError::NotASocket(path.to_owned()));
            }
            Ok(_) => remove_stale(path)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(system(error)),
        }
        let listener = UnixListener::bind(path).map_err(system)?;
        let file = SocketFile(path.to_owned());
        std::fs::set_permissions(path, Permissions::from_mode(MODE)).map_err(system)?;
        Ok(Self { listener, file })
    }

    pub(super) fn into_parts(self) -> (UnixListener, SocketFile) {
        (self.listener, self.file)
    }
}

fn remove_stale(path: &Path) -> Result<(), SocketError> {
    match std::os::unix::net::UnixStream::connect(path) {
        Ok(_) => Err(SocketError::Taken(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path).map_err(|error| SocketError::System {
                path: path.to_owned(),
                error,
            })
        }
        // A full backlog (EAGAIN) or missing rights: somebody is there.
        Err(_) => Err(SocketError::Taken(path.to_owned())),
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // A file that is left over is replaced by the next speaker.
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_folder_is_made_and_the_file_has_mode_0660() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run/speaker.sock");
        let _socket = Socket::claim(&path).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o660);
    }

    #[tokio::test]
    async fn a_socket_that_somebody_answers_on_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("speaker.sock");
        let _first = Socket::claim(&path).unwrap();
        assert!(matches!(Socket::claim(&path), Err(SocketError::Taken(_))));
    }

    #[tokio::test]
    async fn a_socket_that_nobody_answers_on_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("speaker.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(Socket::claim(&path).is_ok());
    }

    #[tokio::test]
    async fn a_file_that_is_not_a_socket_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("speaker.sock");
        std::fs::write(&path, "precious").unwrap();
        assert!(matches!(
            Socket::claim(&path),
            Err(SocketError::NotASocket(_))
        ));
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    }

    #[tokio::test]
    async fn the_file_goes_with_the_socket() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("speaker.sock");
        drop(Socket::claim(&path).unwrap());
        assert!(!path.exists());
    }
}
