//! What can go wrong between the plan and the kernel.

use std::fmt;
use std::io;

use nix::errno::Errno;

use super::contents::{Family, SetName};

/// Why the kernel does not hold what is wanted.
#[derive(Debug, thiserror::Error)]
pub enum KernelError {
    /// The netlink socket failed, or the kernel refused a question.
    #[error("cannot {deed}")]
    Netlink {
        /// What was tried.
        deed: &'static str,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// The kernel lacks what forwarding needs.
    #[error("the kernel lacks {}", list(.0))]
    Lacks(Vec<Lack>),
    /// Another process that runs owns a table of our name.
    #[error("table {family} bellwether belongs to another process (netlink port {port})")]
    Owned {
        /// The table's family.
        family: Family,
        /// The netlink port of its owner.
        port: u32,
    },
    /// The kernel refused a transaction; nothing of it is in force.
    #[error(transparent)]
    Refused(Refused),
    /// The rule set was changed by others again and again while it was read.
    #[error("others change the rule set faster than it can be read")]
    Unsettled,
    /// The kernel's answer to a question was not understood.
    #[error("the kernel's answer to {question} is not understood")]
    Answer {
        /// What was asked.
        question: &'static str,
    },
}

/// Something that the kernel lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// What it is for.
    pub feature: &'static str,
    /// The kernel's module.
    pub module: &'static str,
    /// How the kernel refused it.
    pub errno: Errno,
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} (module {}: {})",
            self.feature,
            self.module,
            self.errno.desc()
        )
    }
}

fn list(lacks: &[Lack]) -> String {
    lacks
        .iter()
        .map(Lack::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// The first refusal of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What was refused.
    pub step: Step,
    /// The element, in the words of `nft`, if one was at fault.
    pub element: Option<String>,
    /// How it was refused.
    pub errno: Errno,
    /// The kernel's own words, if it had any.
    pub text: Option<String>,
    /// How many further refusals the same transaction met.
    pub others: usize,
}

impl std::error::Error for Refused {}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the kernel refuses to {}", self.step)?;
        if let Some(element) = &self.element {
            write!(f, " ({element})")?;
        }
        write!(f, ": {}", self.errno.desc())?;
        if let Some(text) = &self.text {
            write!(f, " ({text})")?;
        }
        match self.others {
            0 => Ok(()),
            others => write!(f, ", and {others} more"),
        }
    }
}

/// One message of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub deed: Deed,
    /// To what.
    pub object: Object,
    /// In which family.
    pub family: Family,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Step {
            deed,
            object,
            family,
        } = self;
        match object {
            Object::Transaction => write!(f, "{deed} the transaction"),
            Object::Table => write!(f, "{deed} table {family} bellwether"),
            Object::Chain(chain) => write!(f, "{deed} chain {chain} of {family} bellwether"),
            Object::Rule(chain) => {
                write!(f, "{deed} a rule of chain {chain} of {family} bellwether")
            }
            Object::Set(set) => write!(f, "{deed} {set} of {family} bellwether"),
            Object::Elements(set) => write!(f, "{deed} elements of {set} of {family} bellwether"),
        }
    }
}

/// What a message does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Adds, or adopts.
    Add,
    /// Deletes.
    Delete,
    /// Puts a transaction in force.
    Commit,
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Deed::Add => "add",
            Deed::Delete => "delete",
            Deed::Commit => "commit",
        })
    }
}

/// What a message is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// The transaction as a whole.
    Transaction,
    /// The table.
    Table,
    /// A chain, by name.
    Chain(String),
    /// A rule, by the name of its chain.
    Rule(String),
    /// A set or map.
    Set(SetName),
    /// Elements of a set or map.
    Elements(SetName),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_element_and_the_reason() {
        let refused = Refused {
            step: Step {
                deed: Deed::Delete,
                object: Object::Elements(SetName::Endpoints),
                family: Family::V4,
            },
            element: Some("203.0.113.80 . tcp . 80 . 0".to_owned()),
            errno: Errno::ENOENT,
            text: None,
            others: 2,
        };
        assert_eq!(
            refused.to_string(),
            "the kernel refuses to delete elements of map endpoints of ip bellwether \
             (203.0.113.80 . tcp . 80 . 0): No such file or directory, and 2 more"
        );
    }
}
