//! Commands in a node: with which environment, which capabilities, and where their output goes.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::signal::Signal;

use super::node::Node;
use super::process::Process;
use crate::topology;

/// As in a container of Debian.
pub(crate) const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What Docker leaves a container that is not privileged
/// (<https://docs.docker.com/engine/containers/run/#runtime-privilege-and-linux-capabilities>).
const DEFAULT_CAPABILITIES: &[&str] = &[
    "audit_write",
    "chown",
    "dac_override",
    "fowner",
    "fsetid",
    "kill",
    "mknod",
    "net_bind_service",
    "net_raw",
    "setfcap",
    "setgid",
    "setpcap",
    "setuid",
    "sys_chroot",
];

/// Starts a program as the child of its node's first process, and writes how it ended into the log
/// behind its own output.
const DETACHED: &str = r#""$@"; printf '[%s ended with status %s]\n' "$0" "$?""#;

/// How a command in a node ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecOutput {
    /// Exit code or signal.
    pub status: ExitStatus,
    /// What it printed, with invalid UTF-8 replaced.
    pub stdout: String,
    /// What it complained.
    pub stderr: String,
}

/// A command with the node's environment, to be started inside of [`Node::enter`].
fn command(node: &topology::Node, words: &[String]) -> Command {
    let mut words = words.iter();
    let mut command = Command::new(words.next().map_or("true", String::as_str));
    command
        .args(words)
        .env_clear()
        .env("PATH", PATH)
        .env("HOME", "/root")
        .env("HOSTNAME", &node.name)
        .envs(&node.env);
    command
}

/// The command line that runs `argv` with no more than the node's capabilities.
fn restricted(node: &topology::Node, argv: &[String]) -> Vec<String> {
    [capabilities(node).as_slice(), argv].concat()
}

/// The words before a command that take capabilities away; none for a privileged node.
fn capabilities(node: &topology::Node) -> Vec<String> {
    if node.privileged || node.cap_add.contains("all") {
        return Vec::new();
    }
    let kept = DEFAULT_CAPABILITIES
        .iter()
        .copied()
        .chain(node.cap_add.iter().map(String::as_str));
    let kept: Vec<_> = kept.map(|name| format!("+{name}")).collect();
    let bounding = format!("--bounding-set=-all,{}", kept.join(","));
    [
        "setpriv".to_owned(),
        "--inh-caps=-all".to_owned(),
        bounding,
        "--".to_owned(),
    ]
    .into()
}

/// Runs a command to its end, with no input.
///
/// Output goes into memory files: it cannot block, and a daemon that the command leaves behind does
/// not hold it up.
///
/// Returns none when the command ran on after `limit` and was killed.
pub(crate) fn exec(
    running: &Node,
    node: &topology::Node,
    argv: &[String],
    limit: Duration,
) -> io::Result<Option<ExecOutput>> {
    let (mut stdout, mut stderr) = (memory_file()?, memory_file()?);
    let mut command = command(node, &restricted(node, argv));
    command
        .stdin(Stdio::null())
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?);
    let process = Process::adopt(running.enter(move || command.spawn())?)?;
    let Some(status) = process.wait(limit) else {
        process.signal(Signal::SIGKILL)?;
        return Ok(None);
    };
    Ok(Some(ExecOutput {
        status,
        stdout: read_back(&mut stdout)?,
        stderr: read_back(&mut stderr)?,
    }))
}

/// Runs a command to its end with the runner's own terminal.
pub(crate) fn exec_here(
    running: &Node,
    node: &topology::Node,
    argv: &[String],
) -> io::Result<ExitStatus> {
    let mut command = command(node, &restricted(node, argv));
    if let Ok(terminal) = std::env::var("TERM") {
        command.env("TERM", terminal);
    }
    running.enter(move || command.spawn())?.wait()
}

/// Starts a command that is the runner's child, with its output in `log`.
pub(crate) fn spawn(
    running: &Node,
    node: &topology::Node,
    argv: &[String],
    log: &File,
) -> io::Result<Process> {
    use std::os::unix::process::CommandExt;
    let mut command = command(node, &restricted(node, argv));
    // A group of its own: the terminal's Ctrl-C is for the runner alone.
    command
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log.try_clone()?);
    Process::adopt(running.enter(move || command.spawn())?)
}

/// Starts a command that outlives the runner.
pub(crate) fn spawn_detached(
    running: &Node,
    node: &topology::Node,
    argv: &[String],
    log: &File,
) -> io::Result<()> {
    let name = argv.first().map_or("", String::as_str);
    let words = ["setsid", "--fork", "sh", "-c", DETACHED, name].map(str::to_owned);
    let mut command = command(node, &[words.as_slice(), &restricted(node, argv)].concat());
    command
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log.try_clone()?);
    running.enter(move || command.status()).map(drop)
}

fn memory_file() -> io::Result<File> {
    Ok(File::from(memfd_create(c"output", MFdFlags::MFD_CLOEXEC)?))
}

fn read_back(file: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use crate::topology::Topology;

    fn node(fields: &str) -> crate::topology::Node {
        let text = format!(
            "name: l
topology:
  nodes:
    a: {{kind: linux, network-mode: none, image: bellwether-lab/client{fields}}}
"
        );
        let topology = Topology::from_text("/l.clab.yml".as_ref(), &text, |_| None).unwrap();
        topology.nodes[0].clone()
    }

    #[test]
    fn a_privileged_node_keeps_every_capability() {
        assert!(super::capabilities(&node("")).is_empty());
    }

    #[test]
    fn a_restricted_node_gets_dockers_set_and_what_is_added() {
        let words = super::capabilities(&node(", privileged: false, cap-add: [CAP_NET_ADMIN]"));
        assert_eq!(words[0], "setpriv");
        assert!(words[2].starts_with("--bounding-set=-all,+audit_write"));
        assert!(words[2].ends_with(",+net_admin"));
        assert!(!words[2].contains("sys_admin"));
    }
}
