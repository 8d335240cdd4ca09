//! BIRD: routes are static ones of its configuration. It has no API: routes come by reconfiguring,
//! the probe and churn by enabling and disabling protocols that hold them.
//!
//! With nothing else to wake it up, BIRD 2.0.12 can fall asleep for its 3 s of poll(2) with the last
//! UPDATEs of a dump unsent (strace shows it). That is what a peer of an idle BIRD sees, so it is
//! measured and not worked around; the CPU time beside it tells the work from the wait.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;

use super::control::BirdControl;
use super::{Churn, Daemon};
use crate::bench::namespace::Namespace;
use crate::bench::work::{Entry, Work};
use crate::image::Program;
use crate::tools;

const PROGRAM: &str = "/usr/sbin/bird";
const WITHOUT_ROUTES: &str = "/etc/bird/without.conf";
const WITH_ROUTES: &str = "/etc/bird/with.conf";
const SOCKET: &str = "/run/bird.ctl";

pub(super) fn version() -> Result<String> {
    tools::ensure_programs(&[Program {
        name: "bird",
        package: "bird2",
    }])?;
    super::version_line(Path::new(PROGRAM), "--version")
}

pub(super) fn start(namespace: &Namespace, work: &Work) -> Result<Bird> {
    let (without, routes) = (config(work), protocol("work", "ipv4;", work.entries()));
    namespace.write(WITHOUT_ROUTES, &without)?;
    namespace.write(WITH_ROUTES, &(without + &routes))?;
    namespace.spawn(&[PROGRAM, "-f", "-c", WITHOUT_ROUTES, "-s", SOCKET])?;
    Ok(Bird {
        control: BirdControl::connect(namespace, SOCKET)?,
    })
}

fn config(work: &Work) -> String {
    let (asn, peer_asn, own) = (Work::ASN, Work::PEER_ASN, Work::ADDRESS);
    let mut text = format!(
        "log stderr {{ warning, error, fatal }};
router id {own};
protocol device {{ }}
template bgp sink {{
  local {own} as {asn};
  multihop;
  passive yes;
  ipv4 {{ import none; export all; }};
}}
"
    );
    for (number, address) in work.peer_addresses().enumerate() {
        let _ = writeln!(
            text,
            "protocol bgp sink{number} from sink {{ neighbor {address} as {peer_asn}; }}"
        );
    }
    let probe = [Work::PROBE_ENTRY].into_iter();
    text.push_str(&protocol("probe", "disabled; ipv4;", probe));
    // Preferred to the usual routes: when it is enabled, these change their attributes.
    let options = "disabled; ipv4 { preference 250; };";
    text.push_str(&protocol("churn", options, work.churned(true)));
    text
}

fn protocol(name: &str, options: &str, entries: impl Iterator<Item = Entry>) -> String {
    let mut text = format!("protocol static {name} {{\n  {options}\n");
    for Entry { address, community } in entries {
        let _ = writeln!(
            text,
            "  route {address}/32 blackhole {{ bgp_community.add(({},{})); }};",
            community.0, community.1
        );
    }
    text.push_str("}\n");
    text
}

pub(super) struct Bird {
    control: BirdControl,
}

impl Daemon for Bird {
    fn load(&mut self) -> Result<()> {
        self.control.ask(&format!("configure \"{WITH_ROUTES}\""))
    }

    fn probe(&mut self, announced: bool) -> Result<()> {
        self.control.ask(&format!("{} probe", verb(announced)))
    }

    fn churn(&mut self, namespace: &Namespace) -> Result<Box<dyn Churn>> {
        Ok(Box::new(BirdChurn {
            control: BirdControl::connect(namespace, SOCKET)?,
        }))
    }
}

struct BirdChurn {
    control: BirdControl,
}

impl Churn for BirdChurn {
    fn change(&mut self, changed: bool) -> Result<()> {
        self.control.ask(&format!("{} churn", verb(changed)))
    }
}

fn verb(on: bool) -> &'static str {
    if on { "enable" } else { "disable" }
}
