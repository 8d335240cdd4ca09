//! Network namespaces without names: they end with the process, whatever happens to it.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::process::{Command, Stdio};
use std::thread;

use nix::sched::{CloneFlags, setns, unshare};

/// A network namespace of its own, with its loopback up.
pub(crate) struct Namespace(File);

impl Namespace {
    pub(crate) fn new() -> Namespace {
        let create = || {
            unshare(CloneFlags::CLONE_NEWNET).expect("the tests need root");
            File::open("/proc/thread-self/ns/net").unwrap()
        };
        let namespace = Namespace(thread::spawn(create).join().unwrap());
        namespace.ip("link set lo up");
        namespace
    }

    /// Runs something inside. Its sockets and child processes stay inside, too.
    pub(crate) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        thread::scope(|scope| {
            let inside = scope.spawn(|| {
                setns(&self.0, CloneFlags::CLONE_NEWNET).unwrap();
                work()
            });
            inside
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Runs `ip` commands, one a line.
    pub(crate) fn ip(&self, commands: &str) {
        self.run(|| {
            let mut ip = Command::new("ip")
                .args(["-batch", "-"])
                .stdin(Stdio::piped())
                .spawn()
                .expect("the tests need iproute2");
            ip.stdin
                .take()
                .unwrap()
                .write_all(commands.as_bytes())
                .unwrap();
            assert!(ip.wait().unwrap().success(), "ip: {commands}");
        });
    }

    /// Sets a kernel parameter, as `net.ipv4.ip_forward`.
    pub(crate) fn sysctl(&self, name: &str, value: &str) {
        let path = format!("/proc/sys/{}", name.replace('.', "/"));
        self.run(|| std::fs::write(&path, value).unwrap_or_else(|error| panic!("{path}: {error}")));
    }

    /// Runs `nft`, and returns what it prints.
    pub(crate) fn nft(&self, arguments: &[&str]) -> String {
        let output = self.run(|| Command::new("nft").args(arguments).output().unwrap());
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "nft {arguments:?}: {} {told}",
            output.status
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Joins two namespaces by a cable.
    pub(crate) fn connect(&self, name: &str, peer: &Namespace, peer_name: &str) {
        let path = format!("/proc/{}/fd/{}", std::process::id(), peer.0.as_raw_fd());
        self.ip(&format!(
            "link add {name} type veth peer name {peer_name} netns {path}"
        ));
        self.ip(&format!("link set {name} up"));
        peer.ip(&format!("link set {peer_name} up"));
    }
}
