//! The node role as it runs, between a real folder and a real stream: in which order the kernel and
//! the speaker are told. Both only write down what they are told here; the labs have real ones.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "what a test's helpers cannot do ends the test"
)]

mod journal;
mod speaker;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bellwether_controller::apply::kernel::Forwarder;
use bellwether_controller::forward::model::Desired;
use bellwether_controller::run;
use bellwether_controller::source::directory::Directory;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use journal::Journal;
use speaker::{FakeSpeaker, REFUSED};

const CONFIG: &str = "\
apiVersion: bellwether.dev/v1alpha1
kind: IPAddressPool
metadata: {name: public}
spec: {addresses: [192.0.2.0/24]}
---
apiVersion: bellwether.dev/v1alpha1
kind: BGPAdvertisement
metadata: {name: public}
---
apiVersion: bellwether.dev/v1alpha1
kind: BGPPeer
metadata: {name: tor}
spec: {myASN: 64512, peerASN: 64513, peerAddress: 10.0.0.254}
---
apiVersion: v1
kind: Node
metadata: {name: n1}
---
apiVersion: v1
kind: Service
metadata: {name: web, annotations: {bellwether.dev/loadBalancerIPs: 192.0.2.10}}
spec: {type: LoadBalancer, externalTrafficPolicy: Local, ports: [{port: 80}]}
";

fn slice(conditions: &str) -> String {
    format!(
        "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n\
         metadata: {{name: web-1, labels: {{kubernetes.io/service-name: web}}}}\n\
         addressType: IPv4\nports: [{{port: 8080}}]\nendpoints:\n\
         - {{addresses: [10.244.1.5], nodeName: n1, conditions: {{{conditions}}}}}\n"
    )
}

const TOR: &str = "speaker peer tor 10.0.0.254";
const READY: &str = "ready: true";
const TERMINATING: &str = "ready: false, serving: true, terminating: true";
const GONE: &str = "ready: false";

/// Writes down what it is to forward.
struct FakeKernel {
    journal: Journal,
    works: Arc<AtomicBool>,
}

impl Forwarder for FakeKernel {
    type Error = &'static str;

    fn apply(&mut self, desired: &Desired) -> Result<(), &'static str> {
        if !self.works.load(Ordering::SeqCst) {
            self.journal.note("kernel fails");
            return Err("no such module");
        }
        let endpoints = |frontend: &_| {
            desired
                .frontends
                .get(frontend)
                .into_iter()
                .flat_map(|it| &it.external)
                .count()
        };
        let shown = desired
            .frontends
            .keys()
            .map(|it| format!("{} {}", it.address, endpoints(it)));
        let shown = shown.collect::<Vec<_>>().join(", ");
        self.journal.note(format!("kernel [{shown}]"));
        Ok(())
    }
}

struct World {
    folder: TempDir,
    journal: Journal,
    kernel_works: Arc<AtomicBool>,
    role: Option<JoinHandle<anyhow::Result<()>>>,
}

impl World {
    fn new() -> World {
        let world = World {
            folder: tempfile::tempdir().unwrap(),
            journal: Journal::new(),
            kernel_works: Arc::new(AtomicBool::new(true)),
            role: None,
        };
        world.write("config.yaml", CONFIG);
        world
    }

    fn start(&mut self) {
        let folder = self.folder.path().to_owned();
        let kernel = FakeKernel {
            journal: self.journal.clone(),
            works: Arc::clone(&self.kernel_works),
        };
        self.role = Some(tokio::spawn(run::node(run::Node {
            name: "n1".to_owned(),
            source: |events| Directory::new(folder, events).run(),
            kernel,
            speaker: self.socket(),
        })));
    }

    async fn stop(&mut self) {
        let role = self.role.take().unwrap();
        role.abort();
        assert!(role.await.unwrap_err().is_cancelled());
    }

    fn speaker(&self) -> FakeSpeaker {
        FakeSpeaker::start(&self.socket(), self.journal.clone())
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("speaker.sock")
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.folder.path().join(file), text).unwrap();
    }
}

#[tokio::test]
async fn forwarding_comes_first_and_announcing_second() {
    let mut world = World::new();
    world.write("slice.yaml", &slice(READY));
    let _speaker = world.speaker();
    world.start();
    assert_eq!(
        world.journal.until(TOR).await,
        [
            "kernel [192.0.2.10 1]",
            "speaker + 192.0.2.10/32",
            "speaker snapshot",
            "speaker peer tor 10.0.0.254"
        ]
    );
}

#[tokio::test]
async fn withdrawing_comes_first_and_removing_second() {
    let mut world = World::new();
    world.write("slice.yaml", &slice(READY));
    let speaker = world.speaker();
    world.start();
    world.journal.until(TOR).await;
    speaker.peers_read.send_replace(false);
    world.write("slice.yaml", &slice(GONE));
    world.journal.until("speaker - 192.0.2.10/32").await;
    assert_eq!(
        world.journal.lines(),
        ["kernel [192.0.2.10 1]"; 0],
        "a peer has not read it yet"
    );
    speaker.peers_read.send_replace(true);
    assert_eq!(
        world.journal.until("kernel [192.0.2.10 0]").await,
        ["kernel [192.0.2.10 0]"]
    );
}

#[tokio::test]
async fn a_route_is_withdrawn_when_the_last_local_endpoint_terminates_and_forwarded_until_it_is_gone()
 {
    let mut world = World::new();
    world.write("slice.yaml", &slice(READY));
    let _speaker = world.speaker();
    world.start();
    world.journal.until(TOR).await;
    world.write("slice.yaml", &slice(TERMINATING));
    assert_eq!(
        world.journal.until("speaker - 192.0.2.10/32").await,
        ["speaker - 192.0.2.10/32"]
    );
    world.write("slice.yaml", &slice(GONE));
    assert_eq!(
        world.journal.until("kernel [192.0.2.10 0]").await,
        ["kernel [192.0.2.10 0]"]
    );
}

#[tokio::test]
async fn a_speaker_that_comes_back_is_told_all_again() {
    let mut world = World::new();
    world.write("slice.yaml", &slice(READY));
    let speaker = world.speaker();
    world.start();
    world.journal.until(TOR).await;
    drop(speaker);
    let _speaker = world.speaker();
    assert_eq!(
        world.journal.until(TOR).await,
        [
            "speaker + 192.0.2.10/32",
            "speaker snapshot",
            "speaker peer tor 10.0.0.254"
        ]
    );
}

#[tokio::test]
async fn a_start_withdraws_what_is_no_longer_wanted_before_it_touches_the_kernel() {
    let mut world = World::new();
    world.write("slice.yaml", &slice(READY));
    let _speaker = world.speaker();
    world.start();
    world.journal.until(TOR).await;
    world.stop().await;
    world.write("slice.yaml", &slice(GONE));
    world.start();
    assert_eq!(
        world.journal.until("kernel [192.0.2.10 0]").await,
        [
            "speaker snapshot",
            "speaker peer tor 10.0.0.254",
            "kernel [192.0.2.10 0]"
        ]
    );
}

#[tokio::test]
async fn a_peer_that_the_speaker_refuses_keeps_no_withdrawal_from_it() {
    let mut world = World::new();
    world.write("slice.yaml", &slice(READY));
    let peer = "apiVersion: bellwether.dev/v1alpha1\nkind: BGPPeer\nmetadata: {name: bad}\n\
                spec: {myASN: 64512, peerASN: 64513, peerAddress: ";
    world.write("bad.yaml", &format!("{peer}{REFUSED}}}\n"));
    let _speaker = world.speaker();
    world.start();
    let told = world.journal.until(TOR).await;
    assert!(told.contains(&"speaker refuses bad".to_owned()), "{told:?}");
    assert!(
        told.contains(&"speaker + 192.0.2.10/32".to_owned()),
        "{told:?}"
    );
    world.write("slice.yaml", &slice(GONE));
    world.journal.until("kernel [192.0.2.10 0]").await;
}

#[tokio::test]
async fn while_the_kernel_fails_nothing_is_announced() {
    let mut world = World::new();
    world.write("slice.yaml", &slice(READY));
    world.kernel_works.store(false, Ordering::SeqCst);
    let _speaker = world.speaker();
    world.start();
    let told = world.journal.until(TOR).await;
    assert!(
        !told.iter().any(|line| line.starts_with("speaker +")),
        "{told:?}"
    );
    world.kernel_works.store(true, Ordering::SeqCst);
    let told = world.journal.until("speaker + 192.0.2.10/32").await;
    assert!(
        told.contains(&"kernel [192.0.2.10 1]".to_owned()),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_folder_that_is_gone_ends_the_role_with_its_error() {
    let mut world = World::new();
    world.start();
    world.journal.until("kernel [192.0.2.10 0]").await;
    std::fs::remove_dir_all(world.folder.path()).unwrap();
    let error = world.role.take().unwrap().await.unwrap().unwrap_err();
    assert!(error.to_string().contains("is gone"), "{error}");
}
