//! How the tests went.

use std::time::Duration;

/// Counts of tests, and the names of those that failed or were skipped.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
    /// Which failed.
    pub(super) failures: Vec<String>,
    /// Which were skipped, and why.
    pub(super) skips: Vec<String>,
}

impl Tally {
    /// Prints what failed and what was skipped, and the counts in a line of their own.
    pub(super) fn report(&self, took: Duration) {
        say!("");
        for failure in &self.failures {
            say!("FAILED: {failure}");
        }
        for skip in &self.skips {
            say!("skipped: {skip}");
        }
        say!("all of it took {:.0?}", took);
        say!("{}", self.line());
    }

    fn line(&self) -> String {
        let Self {
            passed,
            failed,
            skipped,
            ..
        } = self;
        format!("{passed} passed, {failed} failed, {skipped} skipped")
    }
}
