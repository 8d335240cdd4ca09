//! A router that runs FRR's bgpd alone; its routes stay in the daemon.

use super::{Program, Recipe};

pub(super) const RECIPE: Recipe = Recipe {
    image: "bellwether-lab/frr",
    // Without zebra (-Z), without another user (-S), and reached by its socket alone (-P 0).
    command: &[
        "/usr/lib/frr/bgpd",
        "-f",
        "/etc/frr/bgpd.conf",
        "-Z",
        "-S",
        "-u",
        "root",
        "-g",
        "root",
        "-P",
        "0",
        "-i",
        "/run/frr/bgpd.pid",
        "--vty_socket",
        "/run/frr",
        "--log",
        "stdout",
    ],
    programs: &[Program {
        name: "vtysh",
        package: "frr",
    }],
    binaries: &[],
    scripts: &[],
    directories: &["/etc/frr", "/run/frr"],
    questions: &[
        &[
            "vtysh",
            "--vty_socket",
            "/run/frr",
            "-c",
            "show bgp summary",
        ],
        &[
            "vtysh",
            "--vty_socket",
            "/run/frr",
            "-c",
            "show bgp neighbors",
        ],
    ],
};
