//! Everything that ends `bellctl` before it is done, and the exit code for it.

use std::error::Error as _;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use thiserror::Error;
use tonic::{Code, Status};

use crate::model::Malformed;

/// Why a command did not do what it was asked.
#[derive(Debug, Error)]
pub(crate) enum Error {
    /// There is no connection to the speaker.
    #[error("cannot reach the speaker at {}: {source}\n  {}", .socket.display(), hint(.source))]
    Connect { socket: PathBuf, source: io::Error },
    /// There was a connection, and it broke, or what is at the other end does not speak gRPC.
    #[error(
        "the connection to the speaker failed: {0}\n  Did bellwether-speaker stop? Is it bellwether-speaker that listens there?"
    )]
    Broken(String),
    /// It is there, and does not answer.
    #[error("the speaker does not answer within {} s", .0.as_secs())]
    NoAnswer(Duration),
    /// The speaker does not accept an argument.
    #[error("{0}")]
    InvalidArgument(String),
    /// The peer or route is not there.
    #[error("{0}")]
    NotFound(String),
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
            | Self::StreamEnded { .. }
            | Self::Malformed(_)
            | Self::Output(_) => 1,
            Self::InvalidArgument(_) => 2,
            Self::Connect { .. } | Self::Broken(_) | Self::NoAnswer(_) | Self::Unavailable(_) => 3,
            Self::NotFound(_) => 4,
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
            code @ (Code::Ok
            | Code::Cancelled
            | Code::Unknown
            | Code::DeadlineExceeded
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::ResourceExhausted
            | Code::FailedPrecondition
            | Code::Aborted
            | Code::Unimplemented
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

/// The first cause; those around it only say "transport error".
fn innermost<'a>(mut error: &'a (dyn std::error::Error + 'static)) -> &'a dyn std::error::Error {
    while let Some(source) = error.source() {
        error = source;
    }
    error
}

/// What a person can do about a socket that cannot be connected to.
fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::NotFound => {
            "Is bellwether-speaker running? Name another socket with --socket or BELLWETHER_SOCKET."
        }
        ErrorKind::ConnectionRefused => {
            "The socket is there, but nobody listens on it: is bellwether-speaker running?"
        }
        ErrorKind::PermissionDenied => {
            "The socket is open to its owner and group only: use sudo, or join the group of the socket."
        }
        _ => "Name the speaker's socket with --socket or BELLWETHER_SOCKET.",
    }
}
