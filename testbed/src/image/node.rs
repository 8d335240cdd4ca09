//! A host of the cluster: Bellwether's speaker and controller, started and stopped together.

use super::{Program, Recipe};

pub(super) const RECIPE: Recipe = Recipe {
    image: "bellwether-lab/node",
    command: &["bellwether-node"],
    programs: &[
        Program {
            name: "nft",
            package: "nftables",
        },
        Program {
            name: "conntrack",
            package: "conntrack",
        },
        Program {
            name: "curl",
            package: "curl",
        },
    ],
    binaries: &["bellwether-speaker", "bellwether-controller", "bellctl"],
    scripts: &["bellwether-node"],
    directories: &["/run/bellwether", "/etc/bellwether/manifests"],
    questions: &[
        &["bellctl", "status"],
        &["bellctl", "peers"],
        &["bellctl", "routes"],
        &["nft", "list", "ruleset"],
        &["conntrack", "-C"],
    ],
};
