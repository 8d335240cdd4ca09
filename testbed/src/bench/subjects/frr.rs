//! FRR's bgpd, alone: routes are `network` statements with a route-map for their attributes, given
//! over the socket that vtysh uses.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;

use super::control::FrrControl;
use super::{Churn, Daemon};
use crate::bench::namespace::Namespace;
use crate::bench::work::{Community, Entry, Work};
use crate::image::Program;
use crate::tools;

const PROGRAM: &str = "/usr/lib/frr/bgpd";
const CONFIG: &str = "/etc/frr/bgpd.conf";
const SOCKETS: &str = "/run/frr";
const SOCKET: &str = "/run/frr/bgpd.vty";

/// To where `network` statements are given.
const ENTER: &[&str] = &[
    "enable",
    "configure terminal",
    "router bgp 65000",
    "address-family ipv4 unicast",
];

pub(super) fn version() -> Result<String> {
    // bgpd lies outside of any PATH; vtysh comes with it.
    tools::ensure_programs(&[Program {
        name: "vtysh",
        package: "frr",
    }])?;
    super::version_line(Path::new(PROGRAM), "--version")
}

pub(super) fn start(namespace: &Namespace, work: &Work) -> Result<Frr> {
    namespace.write(CONFIG, &config(work))?;
    namespace.write(&format!("{SOCKETS}/empty"), "")?;
    let own = Work::ADDRESS.to_string();
    let asn_of_config = ["-f", CONFIG, "-i", "/run/frr/bgpd.pid"];
    // -Z: without zebra. -P 0: no telnet.
    let alone = ["-Z", "-l", &own, "-P", "0", "--vty_socket", SOCKETS];
    let user = ["-u", "root", "-g", "root", "--skip_runas"];
    let argv = [&[PROGRAM][..], &asn_of_config, &alone, &user].concat();
    namespace.spawn(&argv)?;
    Ok(Frr {
        control: FrrControl::connect(namespace, SOCKET, ENTER)?,
        commands: work.entries().map(network).collect(),
        work: *work,
    })
}

fn config(work: &Work) -> String {
    let (asn, peer_asn, own) = (Work::ASN, Work::PEER_ASN, Work::ADDRESS);
    let mut text = format!(
        "router bgp {asn}
 bgp router-id {own}
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor sinks peer-group
 neighbor sinks remote-as {peer_asn}
 neighbor sinks passive
 neighbor sinks disable-connected-check
"
    );
    for address in work.peer_addresses() {
        let _ = writeln!(text, " neighbor {address} peer-group sinks");
    }
    text.push_str("exit\n");
    let extra = [Work::PROBE_ENTRY.community, Work::CHURN_COMMUNITY];
    for community in work.communities().chain(extra) {
        let _ = writeln!(
            text,
            "route-map {} permit 10\n set community {community}\nexit",
            route_map(community)
        );
    }
    text
}

fn route_map(community: Community) -> String {
    format!("set-{}-{}", community.0, community.1)
}

fn network(entry: Entry) -> String {
    let Entry { address, community } = entry;
    format!("network {address}/32 route-map {}", route_map(community))
}

pub(super) struct Frr {
    control: FrrControl,
    /// Made before the clock runs.
    commands: Vec<String>,
    work: Work,
}

impl Daemon for Frr {
    fn load(&mut self) -> Result<()> {
        self.control
            .ask(std::mem::take(&mut self.commands).into_iter())
    }

    fn probe(&mut self, announced: bool) -> Result<()> {
        let command = if announced {
            network(Work::PROBE_ENTRY)
        } else {
            format!("no network {}/32", Work::PROBE)
        };
        self.control.ask([command].into_iter())
    }

    fn churn(&mut self, namespace: &Namespace) -> Result<Box<dyn Churn>> {
        Ok(Box::new(FrrChurn {
            control: FrrControl::connect(namespace, SOCKET, ENTER)?,
            work: self.work,
        }))
    }
}

struct FrrChurn {
    control: FrrControl,
    work: Work,
}

impl Churn for FrrChurn {
    fn change(&mut self, changed: bool) -> Result<()> {
        self.control.ask(self.work.churned(changed).map(network))
    }
}
