//! A host outside of the cluster that asks for things when told to.

use super::{Program, Recipe};

pub(super) const RECIPE: Recipe = Recipe {
    image: "bellwether-lab/client",
    command: &["sleep", "infinity"],
    programs: &[Program {
        name: "curl",
        package: "curl",
    }],
    binaries: &["lab-agent"],
    scripts: &[],
    directories: &[],
    questions: &[],
};
