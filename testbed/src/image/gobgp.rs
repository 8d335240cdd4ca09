//! A router that runs GoBGP; its routes stay in the daemon.

use super::{Program, Recipe};

pub(super) const RECIPE: Recipe = Recipe {
    image: "bellwether-lab/gobgp",
    command: &["gobgpd", "-f", "/etc/gobgp/gobgp.toml"],
    programs: &[
        Program {
            name: "gobgpd",
            package: "gobgpd",
        },
        Program {
            name: "gobgp",
            package: "gobgpd",
        },
    ],
    binaries: &[],
    scripts: &[],
    directories: &["/etc/gobgp"],
    questions: &[
        &["gobgp", "neighbor"],
        &["gobgp", "global", "rib", "-a", "ipv4"],
        &["gobgp", "global", "rib", "-a", "ipv6"],
    ],
};
