use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The key of TCP MD5 signatures (RFC 2385), and the file that it was read from. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Md5 {
    file: PathBuf,
    key: Vec<u8>,
}

/// Why there is no [`Md5`]. Says nothing of what is in the file.
#[derive(Debug, Error)]
pub(crate) enum Md5Error {
    #[error("{} cannot be read: {error}", .file.display())]
    Read { file: PathBuf, error: io::Error },
    #[error("{} is not a file", .0.display())]
    NoFile(PathBuf),
    #[error("{} is empty", .0.display())]
    Empty(PathBuf),
    #[error("{} has a key of more than {max} octets", .0.display(), max = Md5::MAX_OCTETS)]
    Long(PathBuf),
}

impl Md5 {
    /// What Linux takes (`TCP_MD5SIG_MAXKEYLEN`).
    pub(crate) const MAX_OCTETS: usize = 80;

    /// The key in a file: its octets, without the newline that editors put at the end.
    ///
    /// # Errors
    /// There is no such file, or no key of 1 to 80 octets in it.
    pub(crate) fn read(file: &Path) -> Result<Self, Md5Error> {
        let failed = |error| Md5Error::Read {
            file: file.to_owned(),
            error,
        };
        // A pipe might never end.
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(Md5Error::NoFile(file.to_owned()));
        }
        let mut key = Vec::new();
        let limit = Self::MAX_OCTETS as u64 + 3;
        let mut opened = File::open(file).map_err(failed)?.take(limit);
        opened.read_to_end(&mut key).map_err(failed)?;
        if key.ends_with(b"\n") {
            key.pop();
            if key.ends_with(b"\r") {
                key.pop();
            }
        }
        match key.len() {
            0 => Err(Md5Error::Empty(file.to_owned())),
            1..=Self::MAX_OCTETS => Ok(Self {
                file: file.to_owned(),
                key,
            }),
            _ => Err(Md5Error::Long(file.to_owned())),
        }
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// For the kernel alone.
    pub(crate) fn key(&self) -> &[u8] {
        &self.key
    }
}

impl fmt::Debug for Md5 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Md5(key of {})", self.file.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &[u8]) -> Result<Vec<u8>, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, content).unwrap();
        let failed = |error: Md5Error| error.to_string().replace(file.to_str().unwrap(), "FILE");
        Md5::read(&file).map(|md5| md5.key).map_err(failed)
    }

    #[test]
    fn one_newline_at_the_end_is_not_of_the_key() {
        for content in ["secret", "secret\n", "secret\r\n"] {
            assert_eq!(read(content.as_bytes()).unwrap(), b"secret");
        }
        assert_eq!(read(b" a b \n\n").unwrap(), b" a b \n");
    }

    #[test]
    fn a_key_has_1_to_80_octets() {
        assert_eq!(read(b"\n").unwrap_err(), "FILE is empty");
        assert_eq!(read(&[b'x'; 80]).unwrap().len(), 80);
        assert_eq!(
            read(&[&[b'x'; 80][..], b"\r\n"].concat()).unwrap().len(),
            80
        );
        for length in [81, 82, 83, 84, 4096] {
            let error = read(&vec![b'x'; length]).unwrap_err();
            assert_eq!(error, "FILE has a key of more than 80 octets");
        }
    }

    #[test]
    fn a_file_that_is_not_there_and_a_folder_are_refused() {
        let error = Md5::read(Path::new("/no/such/key"))
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("/no/such/key cannot be read: No such file"));
        let error = Md5::read(Path::new("/")).unwrap_err().to_string();
        assert_eq!(error, "/ is not a file");
    }

    #[test]
    fn the_key_is_not_printed() {
        let md5 = Md5 {
            file: "/etc/key".into(),
            key: b"secret".to_vec(),
        };
        assert_eq!(format!("{md5:?}"), "Md5(key of /etc/key)");
    }
}
