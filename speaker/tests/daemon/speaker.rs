//! A speaker: the program, its configuration, and a client of its API.

use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use bellwether_proto::v1;
use bellwether_proto::v1::speaker_client::SpeakerClient;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;
use tonic::transport::{Channel, Endpoint};

use crate::within;

/// The speaker of AS 64512 with router ID 10.0.0.1, killed at the end of the test.
pub(crate) struct Speaker {
    child: Child,
    folder: TempDir,
    /// Where it listens for BGP.
    pub(crate) listen: SocketAddr,
    pub(crate) api: SpeakerClient<Channel>,
}

/// The program with this configuration file.
pub(crate) fn program(config: &str, folder: &TempDir) -> Command {
    let path = folder.path().join("speaker.toml");
    std::fs::write(&path, config).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bellwether-speaker"));
    command.arg("--config").arg(path).env_remove("RUST_LOG");
    command
}

/// A configuration that listens on a port of the system's choice, with these peers.
pub(crate) fn config(folder: &TempDir, peers: &str) -> String {
    format!(
        "asn = 64512\nrouter-id = \"10.0.0.1\"\nlisten = [\"127.0.0.1:0\"]\n\
         [api]\nsocket = {:?}\n{peers}",
        socket(folder)
    )
}

pub(crate) fn socket(folder: &TempDir) -> PathBuf {
    folder.path().join("run/speaker.sock")
}

/// A peer that the speaker connects to.
pub(crate) fn active(name: &str, router: SocketAddr) -> String {
    format!(
        "[[peers]]\nname = {name:?}\naddress = \"{}\"\nport = {}\nasn = 64513\n\
         local-address = \"127.0.0.1\"\nconnect-retry-time = \"1s\"\n\
         next-hop-ipv4 = \"192.0.2.254\"\nnext-hop-ipv6 = \"2001:db8::1\"\n",
        router.ip(),
        router.port()
    )
}

/// A peer that connects to the speaker.
pub(crate) fn passive(name: &str, address: &str) -> String {
    format!(
        "[[peers]]\nname = {name:?}\naddress = {address:?}\nasn = 64513\npassive = true\n\
         next-hop-ipv4 = \"192.0.2.254\"\nnext-hop-ipv6 = \"2001:db8::1\"\n"
    )
}

pub(crate) fn route(prefix: &str) -> v1::Route {
    v1::Route {
        prefix: prefix.to_owned(),
        attributes: None,
    }
}

impl Speaker {
    /// Starts it with these peers, and waits until it answers.
    pub(crate) async fn start(peers: &str) -> Self {
        Self::start_with(peers, |command| {
            command.args(["--log-level", "debug,h2=info"]);
        })
        .await
    }

    /// As `start`, with the command line and the environment as `set_up` makes them.
    pub(crate) async fn start_with(peers: &str, set_up: impl FnOnce(&mut Command)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = config(&folder, peers);
        let log = File::create(folder.path().join("log")).unwrap();
        let mut command = program(&text, &folder);
        set_up(&mut command);
        let child = command.stderr(Stdio::from(log)).spawn().unwrap();
        let mut api = SpeakerClient::new(channel(&folder).await);
        let status = api.get_status(v1::GetStatusRequest {}).await.unwrap();
        let listen = status.into_inner().listen[0].parse().unwrap();
        Self {
            child,
            folder,
            listen,
            api,
        }
    }

    pub(crate) async fn announce(&mut self, prefixes: &[&str]) -> v1::ApplyResponse {
        let request = v1::AnnounceRequest {
            owner: String::new(),
            routes: prefixes.iter().map(|prefix| route(prefix)).collect(),
            ..v1::AnnounceRequest::default()
        };
        self.api.announce(request).await.unwrap().into_inner()
    }

    pub(crate) async fn withdraw(
        &mut self,
        prefixes: &[&str],
    ) -> Result<v1::ApplyResponse, tonic::Status> {
        let request = v1::WithdrawRequest {
            owner: String::new(),
            prefixes: prefixes.iter().map(|prefix| (*prefix).to_owned()).collect(),
            ..v1::WithdrawRequest::default()
        };
        let applied = self.api.withdraw(request).await;
        applied.map(tonic::Response::into_inner)
    }

    /// The peer of this name, now.
    pub(crate) async fn peer(&mut self, name: &str) -> v1::PeerState {
        let request = v1::ListPeersRequest {
            peer: name.to_owned(),
        };
        let answer = self.api.list_peers(request).await.unwrap().into_inner();
        answer.peers.into_iter().next().unwrap()
    }

    /// The peer of this name, as soon as it is as wanted after some transition.
    pub(crate) async fn peer_when(
        &mut self,
        name: &str,
        wanted: impl Fn(&v1::PeerState) -> bool,
    ) -> v1::PeerState {
        let watch = self.api.watch_peers(v1::WatchPeersRequest::default()).await;
        let mut events = watch.unwrap().into_inner();
        within(&format!("peer {name} as wanted"), async {
            loop {
                let event = events.message().await.unwrap().unwrap();
                if let Some(state) = event.peer
                    && state.peer.as_ref().is_some_and(|peer| peer.name == name)
                    && wanted(&state)
                {
                    return state;
                }
            }
        })
        .await
    }

    pub(crate) async fn established(&mut self, name: &str) -> v1::PeerState {
        let state = v1::SessionState::Established;
        self.peer_when(name, |peer| peer.state() == state).await
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap());
        kill(pid, signal).unwrap();
    }

    /// How it ended, and after how long.
    pub(crate) async fn ended(&mut self) -> (ExitStatus, Duration) {
        let begin = Instant::now();
        let status = within("the speaker ends", async {
            loop {
                if let Some(status) = self.child.try_wait().unwrap() {
                    return status;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        (status.await, begin.elapsed())
    }

    /// Makes the configuration file say this from now on, besides what it always says.
    pub(crate) fn rewrite(&self, peers: &str) {
        let text = config(&self.folder, peers);
        std::fs::write(self.folder.path().join("speaker.toml"), text).unwrap();
    }

    /// The log, as soon as it has this in it.
    pub(crate) async fn logged(&self, what: &str) -> String {
        within(&format!("logged: {what}"), async {
            loop {
                let log = self.log();
                if log.contains(what) {
                    return log;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
    }

    pub(crate) fn socket(&self) -> PathBuf {
        socket(&self.folder)
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

/// A connection to the API, as soon as there is one to be had.
async fn channel(folder: &TempDir) -> Channel {
    let endpoint = format!("unix://{}", socket(folder).display());
    let endpoint = Endpoint::from_shared(endpoint).unwrap();
    within("the speaker answers", async {
        loop {
            if let Ok(channel) = endpoint.connect().await {
                return channel;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
}

impl Drop for Speaker {
    fn drop(&mut self) {
        // It may have ended already, as the test wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("the speaker's log:\n{}", self.log());
        }
    }
}
