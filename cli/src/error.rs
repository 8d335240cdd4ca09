//! Everything that ends `bellctl` before it is done, and the exit code for it.

use std::error::Error as _;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use thiserror::Error;
use tonic::{Code, Status};

use crate::connect::innermost;
use crate::input::InputErrors;
use crate::model::Malformed;

/// Why a command did not do what it was asked.
#[derive(Debug, Error)]
pub(crate) enum Error {
    /// There is no connection to the speaker.
    #[error("cannot reach the speaker at {address}: {source}\n  {hint}")]
    Connect {
        address: String,
        source: io::Error,
        hint: &'static str,
    },
    /// It is there, and the two do not trust each other.
    #[error(
        "no TLS with the speaker at {address}: {why}\n  Is --ca the authority that signed the speaker's certificate, for this host, and --cert signed by one that the speaker trusts?"
    )]
    Handshake { address: String, why: String },
    /// There was a connection, and it broke, or what is at the other end does not speak gRPC.
    #[error(
        "the connection to the speaker failed: {0}\n  Did bellwether-speaker stop? Is it bellwether-speaker that listens there? By TLS: does it trust --cert?"
    )]
    Broken(String),
    /// It is there, and does not answer.
    #[error("the speaker does not answer within {} s", .0.as_secs())]
    NoAnswer(Duration),
    /// What was given does not make sense, before any speaker is asked.
    #[error("{0}")]
    Usage(String),
    /// A file that was named cannot be read or written.
    #[error("{}: {source}", .path.display())]
    File { path: PathBuf, source: io::Error },
    /// The routes of a file are not as they should be.
    #[error(transparent)]
    Input(#[from] InputErrors),
    /// The contexts file is not as it should be.
    #[error("{}: {why}", .path.display())]
    Contexts { path: PathBuf, why: String },
    /// A program that was to do the work cannot be started.
    #[error(
        "cannot run {program}: {source}\n  Is it installed? It is looked for beside bellctl and on PATH."
    )]
    Program { program: String, source: io::Error },
    /// What is wrong with it was said already, by the program that found it or line by line.
    #[error("{0}")]
    Problems(String),
    /// The speaker does not accept an argument.
    #[error("{0}")]
    InvalidArgument(String),
    /// The peer or route is not there.
    #[error("{0}")]
    NotFound(String),
    /// It is not the state that the caller counted on.
    #[error("{0}")]
    NotAsExpected(String),
    /// The speaker is older than this bellctl.
    #[error(
        "the speaker does not know this request: it is older than this bellctl ({version})\n  `bellctl status` shows its version.",
        version = env!("CARGO_PKG_VERSION")
    )]
    Unimplemented,
    /// The speaker understood, and does not do it.
    #[error("the speaker answered {code:?}: {message}")]
    Refused { code: Code, message: String },
    /// There is a speaker, and it takes no requests, as while it is stopping.
    #[error("{0}")]
    Unavailable(String),
    /// Nothing more is heard of what was to be watched until it is interrupted.
    #[error("the stream of {what} ended: {why}")]
    StreamEnded { what: &'static str, why: String },
    /// The speaker's answer is not what the contract says.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The answer cannot be written out.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    /// Whoever reads standard output has enough, as `head` does after its lines.
    #[error("standard output is closed")]
    ReaderGone,
}

impl Error {
    /// What a failed write to standard output means.
    pub(crate) fn of_output(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::ReaderGone,
            _ => Self::Output(error),
        }
    }

    /// The code that the process ends with; `bellctl --help` lists them.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::ReaderGone => 0,
            Self::Refused { .. }
            | Self::Unimplemented
            | Self::StreamEnded { .. }
            | Self::Malformed(_)
            | Self::File { .. }
            | Self::Program { .. }
            | Self::Problems(_)
            | Self::Output(_) => 1,
            Self::InvalidArgument(_) | Self::Usage(_) | Self::Input(_) | Self::Contexts { .. } => 2,
            Self::Connect { .. }
            | Self::Handshake { .. }
            | Self::Broken(_)
            | Self::NoAnswer(_)
            | Self::Unavailable(_) => 3,
            Self::NotFound(_) => 4,
            Self::NotAsExpected(_) => 5,
        })
    }

    /// Writes it to standard error, unless nobody did anything wrong.
    pub(crate) fn tell(&self) {
        if !matches!(self, Self::ReaderGone) {
            // Nothing is left to be done where not even this can be written.
            let _ = writeln!(io::stderr(), "error: {self}");
        }
    }
}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        // What the speaker itself sends has no source: one that has it was made on this side, of
        // what the transport met.
        if let Some(source) = status.source() {
            return Self::Broken(innermost(source).to_string());
        }
        let message = status.message().to_owned();
        match status.code() {
            Code::InvalidArgument | Code::OutOfRange => Self::InvalidArgument(message),
            Code::NotFound => Self::NotFound(message),
            Code::Unavailable => Self::Unavailable(message),
            Code::Unimplemented => Self::Unimplemented,
            code @ (Code::Ok
            | Code::Cancelled
            | Code::Unknown
            | Code::DeadlineExceeded
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::ResourceExhausted
            | Code::FailedPrecondition
            | Code::Aborted
            | Code::Internal
            | Code::DataLoss
            | Code::Unauthenticated) => Self::Refused { code, message },
        }
    }
}

impl From<tonic::transport::Error> for Error {
    fn from(error: tonic::transport::Error) -> Self {
        Self::Broken(innermost(&error).to_string())
    }
}
