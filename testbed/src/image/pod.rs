//! A pod: an HTTP server that says its name and whom it sees.

use super::Recipe;

pub(super) const RECIPE: Recipe = Recipe {
    image: "bellwether-lab/pod",
    command: &["lab-agent", "serve"],
    programs: &[],
    binaries: &["lab-agent"],
    scripts: &[],
    directories: &[],
    questions: &[],
};
