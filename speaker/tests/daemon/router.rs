//! A router: a session of `bellwether-bgp` on TCP, driven by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bellwether_bgp::ingest::Intake;
use bellwether_bgp::net::{Asn, Family, FamilySet, HoldTime, Prefix, RouterId};
use bellwether_bgp::session::{ConnId, Event, Input, Output, PeerConfig, Session, State};
use bellwether_bgp::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::within;

/// What a router has seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) established: bool,
    /// The routes it holds, and how often each was announced to it.
    pub(crate) routes: BTreeMap<Prefix, u32>,
    pub(crate) withdrawn: u32,
    pub(crate) end_of_rib: BTreeSet<String>,
    /// Why sessions ended.
    pub(crate) down: Vec<String>,
}

/// A router of AS 64513 with router ID 127.0.0.2, which lives until it is dropped.
pub(crate) struct Router {
    pub(crate) address: SocketAddr,
    seen: watch::Receiver<Seen>,
    reading: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Router {
    /// Waits for the speaker on this address.
    pub(crate) fn listen(address: &str) -> Self {
        let address: IpAddr = address.parse().unwrap();
        let socket = match address {
            IpAddr::V4(_) => TcpSocket::new_v4().unwrap(),
            IpAddr::V6(_) => TcpSocket::new_v6().unwrap(),
        };
        socket.set_reuseaddr(true).unwrap();
        // Small, so that a router that does not read is noticed.
        socket.set_recv_buffer_size(4096).unwrap();
        socket.bind(SocketAddr::new(address, 0)).unwrap();
        let listener = socket.listen(16).unwrap();
        let address = listener.local_addr().unwrap();
        Self::start(address, true, |events| accept(listener, events))
    }

    /// Connects to the speaker from this address.
    pub(crate) async fn dial(address: &str, speaker: SocketAddr) -> Self {
        let stream = connect_from(address, speaker).await;
        let address = stream.local_addr().unwrap();
        Self::start(address, false, |events| async move {
            // The driver is gone at the end of a test.
            let _ = events.send(Heard::Connected(stream)).await;
        })
    }

    fn start<F: Future<Output = ()> + Send + 'static>(
        address: SocketAddr,
        listens: bool,
        connections: impl FnOnce(mpsc::Sender<Heard>) -> F,
    ) -> Self {
        let (seen, saw) = watch::channel(Seen::default());
        let (reading, reads) = watch::channel(true);
        let (events, heard) = mpsc::channel(64);
        let connections = connections(events.clone());
        let driver = Driver {
            session: Session::new(session_config(), 7),
            listens,
            seen,
            events,
            writers: BTreeMap::new(),
            reads,
            origin: tokio::time::Instant::now(),
        };
        let task = tokio::spawn(async move {
            tokio::join!(connections, driver.run(heard));
        });
        Self {
            address,
            seen: saw,
            reading,
            task,
        }
    }

    /// Stops reading, or goes on.
    pub(crate) fn read(&self, reading: bool) {
        self.reading.send_replace(reading);
    }

    /// What it has seen now.
    pub(crate) fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    /// What it has seen as soon as that is as wanted.
    pub(crate) async fn when(&self, what: &str, wanted: impl Fn(&Seen) -> bool) -> Seen {
        let mut seen = self.seen.clone();
        let waiting = async { seen.wait_for(wanted).await.map(|seen| seen.clone()) };
        match tokio::time::timeout(crate::DEADLINE, waiting).await {
            Ok(Ok(seen)) => seen,
            _ => panic!(
                "the router did not see in time: {what}; it saw {:?}",
                self.seen()
            ),
        }
    }

    pub(crate) async fn established(&self) -> Seen {
        self.when("Established", |seen| seen.established).await
    }

    /// As soon as it holds exactly these routes.
    pub(crate) async fn holds(&self, prefixes: &[&str]) -> Seen {
        let wanted: Vec<Prefix> = prefixes
            .iter()
            .map(|prefix| prefix.parse().unwrap())
            .collect();
        let what = format!("the routes {prefixes:?}");
        self.when(&what, |seen| seen.routes.keys().eq(&wanted))
            .await
    }
}

impl Drop for Router {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A connection to the speaker from this address.
pub(crate) async fn connect_from(address: &str, speaker: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket
        .bind(format!("{address}:0").parse().unwrap())
        .unwrap();
    within("connected", socket.connect(speaker)).await.unwrap()
}

fn session_config() -> PeerConfig {
    PeerConfig {
        local_asn: Asn::new(64513).unwrap(),
        peer_asn: Asn::new(64512).unwrap(),
        router_id: "127.0.0.2".parse::<RouterId>().unwrap(),
        passive: true,
        hold_time: HoldTime::DEFAULT,
        connect_retry_time: Duration::from_secs(1),
        families: FamilySet::ALL,
        intake: Intake::default(),
    }
}

enum Heard {
    Connected(TcpStream),
    Octets(ConnId, Vec<u8>),
    Closed(ConnId),
}

async fn accept(listener: TcpListener, events: mpsc::Sender<Heard>) {
    while let Ok((stream, _)) = listener.accept().await {
        if events.send(Heard::Connected(stream)).await.is_err() {
            return;
        }
    }
}

struct Driver {
    session: Session,
    listens: bool,
    seen: watch::Sender<Seen>,
    events: mpsc::Sender<Heard>,
    writers: BTreeMap<ConnId, OwnedWriteHalf>,
    reads: watch::Receiver<bool>,
    origin: tokio::time::Instant,
}

impl Driver {
    async fn run(mut self, mut heard: mpsc::Receiver<Heard>) {
        self.input(Input::Start).await;
        loop {
            let deadline = self.session.deadline().unwrap_or_default();
            let at = self.origin + deadline.since_origin();
            tokio::select! {
                Some(event) = heard.recv() => self.hear(event).await,
                () = tokio::time::sleep_until(at), if self.session.deadline().is_some() => {
                    self.input(Input::Timeout).await;
                }
            }
        }
    }

    async fn hear(&mut self, event: Heard) {
        match event {
            Heard::Connected(stream) => self.connected(stream).await,
            Heard::Octets(id, octets) => self.input(Input::Received(id, &octets)).await,
            Heard::Closed(id) => self.input(Input::Closed(id, "closed".to_owned())).await,
        }
    }

    async fn connected(&mut self, stream: TcpStream) {
        let Some(id) = self.session.accept(self.now()) else {
            return;
        };
        let (mut reader, writer) = stream.into_split();
        self.writers.insert(id, writer);
        let (events, mut reads) = (self.events.clone(), self.reads.clone());
        tokio::spawn(async move {
            let mut buffer = vec![0; 4096];
            while reads.wait_for(|reads| *reads).await.is_ok() {
                let event = match reader.read(&mut buffer).await {
                    Ok(0) | Err(_) => Heard::Closed(id),
                    Ok(octets) => Heard::Octets(id, buffer[..octets].to_vec()),
                };
                let closed = matches!(event, Heard::Closed(_));
                if events.send(event).await.is_err() || closed {
                    return;
                }
            }
        });
        self.carry_out().await;
    }

    fn now(&self) -> Instant {
        Instant::from_origin(self.origin.elapsed())
    }

    async fn input(&mut self, input: Input<'_>) {
        self.session.handle(self.now(), input);
        self.carry_out().await;
    }

    async fn carry_out(&mut self) {
        while let Some(output) = self.session.poll() {
            match output {
                Output::Connect(_) => panic!("a passive session connects"),
                Output::Send(id, octets) => {
                    if let Some(writer) = self.writers.get_mut(&id) {
                        // The reader notices if the connection is gone.
                        let _ = writer.write_all(&octets).await;
                    }
                }
                Output::Close(id) => {
                    self.writers.remove(&id);
                }
                Output::Event(event) => self.see(event),
            }
        }
        if !self.listens && self.session.state() == State::Idle {
            self.writers.clear();
        }
    }

    fn see(&self, event: Event) {
        self.seen.send_modify(|seen| match event {
            Event::Established(..) => seen.established = true,
            Event::Down(reason) => {
                seen.established = false;
                seen.routes.clear();
                seen.down.push(reason.to_string());
            }
            Event::Update(update) => {
                for prefix in update.withdrawn.iter() {
                    seen.routes.remove(&prefix);
                    seen.withdrawn += 1;
                }
                for prefix in update.announced.iter() {
                    *seen.routes.entry(prefix).or_default() += 1;
                }
                seen.end_of_rib
                    .extend(update.end_of_rib.map(|family: Family| family.to_string()));
            }
            Event::StateChanged { .. } | Event::RefreshRequested(_) => {}
        });
    }
}
