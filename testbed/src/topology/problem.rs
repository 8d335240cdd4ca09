//! What is wrong with a topology file, and where.

use std::fmt;
use std::path::{Path, PathBuf};

/// One thing to correct.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Line in the file, from 1; 0 when it is about the file as a whole.
    pub line: usize,
    /// Path of the key, such as `topology.nodes.n1.image`; empty for the document itself.
    pub key: String,
    /// What is wrong, with the offending value.
    pub message: String,
}

/// Everything that is wrong with one file, in the file's order; printed one `FILE:LINE: KEY:
/// MESSAGE` a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    file: PathBuf,
    list: Vec<Problem>,
}

impl Problems {
    pub(super) fn new(file: &Path, mut list: Vec<Problem>) -> Self {
        list.sort();
        list.dedup();
        Self {
            file: file.to_owned(),
            list,
        }
    }

    pub(super) fn of_file(file: &Path, message: &str) -> Self {
        let problem = Problem {
            line: 0,
            key: String::new(),
            message: message.to_owned(),
        };
        Self::new(file, vec![problem])
    }

    /// The problems, never none.
    #[must_use]
    pub fn list(&self) -> &[Problem] {
        &self.list
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.list.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{}:", self.file.display())?;
            if problem.line > 0 {
                write!(f, "{}:", problem.line)?;
            }
            if !problem.key.is_empty() {
                write!(f, " {}:", problem.key)?;
            }
            write!(f, " {}", problem.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
