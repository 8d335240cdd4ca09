use std::io::{self, IsTerminal};

use anstream::{AutoStream, ColorChoice};

/// What standard output can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Screen {
    /// Columns of the terminal; `None` where it is none, and lines are as long as they need to be.
    pub(crate) width: Option<u16>,
    /// Whether colours are welcome: on a terminal that knows them, unless NO_COLOR is set.
    pub(crate) colour: bool,
}

impl Screen {
    /// The standard output of this process.
    pub(crate) fn of_stdout() -> Self {
        let stdout = io::stdout();
        let width = stdout
            .is_terminal()
            .then(|| terminal_size::terminal_size_of(&stdout))
            .flatten();
        Self {
            width: width.map(|(terminal_size::Width(columns), _)| columns),
            colour: AutoStream::choice(&stdout) != ColorChoice::Never,
        }
    }

    /// A file or a pipe.
    #[cfg(test)]
    pub(crate) const PLAIN: Self = Self {
        width: None,
        colour: false,
    };
}
