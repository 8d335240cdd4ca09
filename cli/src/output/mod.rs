//! How answers are shown, and the way out to standard output.

mod age;
mod json;
mod table;

pub(crate) use age::{age, ago, lasting, optional_age, optional_time};
pub(crate) use json::{document, line};
pub(crate) use table::{Table, printable};

use std::io::{self, Write};

use clap::ValueEnum;

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

/// Says `text` to the person, beside the answer: on standard error.
pub(crate) fn note(text: &str) {
    // An aside that cannot be written is no reason not to go on.
    let _ = writeln!(io::stderr(), "{text}");
}
