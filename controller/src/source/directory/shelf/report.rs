//! What a person is told of the files.

use std::fmt;

use super::super::manifest::Fault;
use crate::object::ObjectRef;

/// What a person has to be told about a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// A document cannot be used.
    Broken {
        /// The file.
        file: String,
        /// What is wrong, and where.
        fault: Fault,
        /// Whether the object's last good version stays in force.
        kept: bool,
    },
    /// The file cannot be read; its objects stay in force.
    Unreadable {
        /// The file.
        file: String,
        /// What the system said.
        reason: String,
    },
    /// Nothing is broken about the file any more.
    Mended {
        /// The file.
        file: String,
    },
    /// The object is in force as another file, or an earlier document, has it.
    Duplicate {
        /// The object.
        object: ObjectRef,
        /// The file that is not heard.
        file: String,
        /// The file whose version is in force.
        in_force: String,
    },
}

impl Report {
    /// Whether there is something for a person to mend.
    pub fn is_fault(&self) -> bool {
        match self {
            Report::Broken { .. } | Report::Unreadable { .. } | Report::Duplicate { .. } => true,
            Report::Mended { .. } => false,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Report::Broken { file, fault, kept } => {
                let kept = if *kept {
                    " (its last good version stays in force)"
                } else {
                    ""
                };
                write!(f, "{file}: {fault}{kept}")
            }
            Report::Unreadable { file, reason } => {
                write!(
                    f,
                    "{file}: cannot be read: {reason} (its objects stay in force)"
                )
            }
            Report::Mended { file } => write!(f, "{file}: all of it is in force again"),
            Report::Duplicate {
                object,
                file,
                in_force,
            } if file == in_force => {
                write!(
                    f,
                    "{object} is twice in {file}: the first document is in force"
                )
            }
            Report::Duplicate {
                object,
                file,
                in_force,
            } => {
                write!(
                    f,
                    "{object} is in {in_force} and in {file}: {in_force} is in force"
                )
            }
        }
    }
}
