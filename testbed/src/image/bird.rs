//! A router that runs BIRD, with its routes in the kernel.

use super::{Program, Recipe};

pub(super) const RECIPE: Recipe = Recipe {
    image: "bellwether-lab/bird",
    command: &["bird", "-f", "-c", "/etc/bird/bird.conf"],
    programs: &[
        Program {
            name: "bird",
            package: "bird2",
        },
        Program {
            name: "birdc",
            package: "bird2",
        },
    ],
    binaries: &[],
    scripts: &[],
    directories: &["/run/bird"],
    questions: &[
        &["birdc", "show", "protocols", "all"],
        &["birdc", "show", "route", "all"],
    ],
};
