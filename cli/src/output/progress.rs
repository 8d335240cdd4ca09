use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A line on standard error that tells how far a long piece of work has come; nothing where that is no
/// terminal. It is wiped away when this is dropped.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Of `total` pieces that are `doing`, as "routes announced".
    pub(crate) fn of(total: usize, doing: &'static str) -> Self {
        let bar = match io::stderr().is_terminal() {
            true => ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr()),
            false => ProgressBar::hidden(),
        };
        // A template that is not valid would be this program's own mistake: without it, the line is plainer.
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} {msg}")
        {
            bar.set_style(style);
        }
        bar.set_message(doing);
        Self(bar)
    }

    /// So many more are done.
    pub(crate) fn advance(&self, pieces: usize) {
        self.0.inc(pieces as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
