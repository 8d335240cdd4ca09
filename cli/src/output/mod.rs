//! How answers are shown, and the way out to standard output.

mod age;
mod document;
mod progress;
mod screen;
mod table;

pub(crate) use age::{age, ago, lasting, left, optional_age, optional_time};
pub(crate) use document::{document, one_of_many};
pub(crate) use progress::Progress;
pub(crate) use screen::Screen;
pub(crate) use table::{Cell, Table, Tone, printable};

use std::future;
use std::io::{self, Write};

use clap::ValueEnum;
use serde::Serialize;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::error::Error;

/// The value of `--output`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns, for people
    #[default]
    Table,
    /// As table, with more columns
    Wide,
    /// JSON, for programs
    Json,
    /// YAML, with the same fields as JSON
    Yaml,
}

impl Format {
    /// Whether people read it.
    pub(crate) fn is_text(self) -> bool {
        match self {
            Self::Table | Self::Wide => true,
            Self::Json | Self::Yaml => false,
        }
    }
}

/// Writes the answer: `value` for programs, `text` for people.
///
/// # Errors
/// As [`write()`].
pub(crate) fn show(
    format: Format,
    value: &impl Serialize,
    text: impl FnOnce(Screen) -> String,
) -> Result<(), Error> {
    match document(format, value)? {
        Some(document) => write(&document),
        None => write(&text(Screen::of_stdout())),
    }
}

/// Writes one answer of many: `value` for programs, `text` for people.
///
/// # Errors
/// As [`write()`].
pub(crate) fn show_next(
    format: Format,
    value: &impl Serialize,
    text: impl FnOnce() -> String,
) -> Result<(), Error> {
    match one_of_many(format, value)? {
        Some(document) => write(&document),
        None => write(&text()),
    }
}

/// Writes `text` to standard output, at once.
///
/// # Errors
/// [`Error::ReaderGone`] if nobody reads any more, [`Error::Output`] for anything else.
pub(crate) fn write(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(Error::of_output)
}

/// Waits until nobody reads standard output any more, which a write would tell only when there is something
/// to write: `bellctl monitor | head -1` is to end with `head`. For ever where it is neither pipe nor socket.
#[expect(
    deprecated,
    reason = "what took its place is unsafe: it is to be told that the file stays open, as standard output does"
)]
pub(crate) async fn reader_gone() -> Error {
    // A file cannot be waited for (EPERM), and its readers never go.
    let Ok(stdout) = AsyncFd::with_interest(io::stdout(), Interest::ERROR) else {
        return future::pending().await;
    };
    match stdout.ready(Interest::ERROR).await {
        Ok(_) => Error::ReaderGone,
        Err(error) => Error::of_output(error),
    }
}

/// Says `text` to the person, beside the answer: on standard error.
pub(crate) fn note(text: &str) {
    // An aside that cannot be written is no reason not to go on.
    let _ = writeln!(io::stderr(), "{text}");
}
