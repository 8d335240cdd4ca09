//! A plain host, without Kubernetes: the speaker beside a DNS server.

use super::{Program, Recipe};

pub(super) const RECIPE: Recipe = Recipe {
    image: "bellwether-lab/host",
    command: &["bellwether-host"],
    programs: &[
        Program {
            name: "dnsmasq",
            package: "dnsmasq-base",
        },
        Program {
            name: "dig",
            package: "bind9-dnsutils",
        },
        Program {
            name: "curl",
            package: "curl",
        },
    ],
    binaries: &["bellwether-speaker", "bellctl"],
    scripts: &["bellwether-host"],
    directories: &["/run/bellwether", "/etc/bellwether"],
    questions: &[
        &["bellctl", "status"],
        &["bellctl", "peers"],
        &["bellctl", "routes"],
        &["curl", "-sS", "http://127.0.0.1:9179/readyz"],
    ],
};
