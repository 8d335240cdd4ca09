//! Topologies in temporary folders, and what there is to see of a lab from the host.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use testbed::{Lab, Options};

/// Whether a test that needs root may go on; says so if not.
pub(crate) fn is_root(test: &str) -> bool {
    let root = nix::unistd::geteuid().is_root();
    if !root {
        eprintln!("skipped: {test} needs root");
    }
    root
}

/// Leaves the test with a word when it is not run by root.
macro_rules! needs_root {
    () => {
        if !$crate::support::is_root(module_path!()) {
            return;
        }
    };
}

/// Two clients with one link between them; `first` are more fields of node `a`.
pub(crate) fn pair(name: &str, first: &str) -> TempDir {
    let text = format!(
        "name: {name}
topology:
  defaults:
    kind: linux
    network-mode: none
    privileged: false
    cap-add: [NET_ADMIN, NET_RAW]
    image: bellwether-lab/client
  nodes:
    a: {{{first}}}
    b: {{exec: [ip address add 10.1.0.2/24 dev eth1]}}
  links:
    - endpoints: [a:eth1, b:eth1]
"
    );
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("pair.clab.yml"), text).unwrap();
    folder
}

pub(crate) fn deploy(folder: &TempDir) -> Lab {
    Lab::deploy(folder.path(), &Options::default()).unwrap()
}

/// The command line program, as a user starts it.
pub(crate) fn cargo_lab() -> Command {
    Command::new(env!("CARGO_BIN_EXE_testbed"))
}

/// What the host has of a lab: processes, mounts, files. Empty when there is nothing.
pub(crate) fn traces(lab: &str) -> Vec<String> {
    let mut traces = first_processes(lab);
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let folder = format!("/run/bellwether-lab/{lab}");
    traces.extend(
        mounts
            .lines()
            .filter(|line| line.contains(&folder))
            .map(str::to_owned),
    );
    for file in [folder.clone(), format!("{folder}.lock")] {
        traces.extend(Path::new(&file).exists().then_some(file));
    }
    traces
}

/// The first processes of a lab's nodes, by their command lines.
pub(crate) fn first_processes(lab: &str) -> Vec<String> {
    let mark = format!("bellwether-lab {lab}/");
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let command_line = |process: fs::DirEntry| {
        let bytes = fs::read(process.path().join("cmdline")).ok()?;
        Some(String::from_utf8_lossy(&bytes).replace('\0', " "))
    };
    processes
        .filter_map(command_line)
        .filter(|line| line.contains(&mark))
        .collect()
}

/// Interfaces of the host.
pub(crate) fn interfaces() -> Vec<String> {
    let entries = fs::read_dir("/sys/class/net").unwrap().flatten();
    let mut names: Vec<_> = entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
