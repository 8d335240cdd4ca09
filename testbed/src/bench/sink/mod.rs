//! The other end of every session: BGP peers that count what they are sent, all on one thread, and
//! do nothing else with it.
//!
//! The sink stamps each event on its own thread, when it has read it. Whoever waits gets the moment
//! of the event and not that of his waking up.

mod peer;
mod tally;
mod wire;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, TcpStream};
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};

use peer::Peer;
pub(crate) use tally::{Goal, Probe, Tally};

/// The thread that reads, and the way to it.
#[derive(Debug)]
pub(crate) struct Sink {
    commands: Sender<Command>,
    wake: Arc<EventFd>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Command {
    Add(Vec<TcpStream>),
    Open(Range<usize>, Sender<Instant>),
    Wait(Wait),
    Tallies(Range<usize>, Sender<Vec<Tally>>),
    Stop,
}

#[derive(Debug)]
struct Wait {
    peers: Range<usize>,
    goal: Goal,
    /// The moment when the last of the peers reached the goal, or why one never will.
    reply: Sender<Result<Instant, String>>,
}

impl Sink {
    /// A sink without peers. `asn` is what it says it is; `probe` is the /32 whose changes it
    /// stamps.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn start(asn: u16, probe: Ipv4Addr) -> Result<Self> {
        let (sender, commands) = mpsc::channel();
        let wake = Arc::new(EventFd::from_flags(
            EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC,
        )?);
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        epoll.add(&wake, EpollEvent::new(EpollFlags::EPOLLIN, WAKE))?;
        let mut reader = Reader {
            asn,
            probe,
            commands,
            wake: Arc::clone(&wake),
            epoll,
            peers: Vec::new(),
            waits: Vec::new(),
        };
        let thread = thread::Builder::new()
            .name("sink".to_owned())
            .spawn(move || reader.run())?;
        Ok(Self {
            commands: sender,
            wake,
            thread: Some(thread),
        })
    }

    /// Takes connections as the next peers: the first one ever is peer 0.
    pub(crate) fn add(&self, connections: Vec<TcpStream>) -> Result<()> {
        self.send(Command::Add(connections))
    }

    /// Sends the OPEN of these peers. Returns the moment before the first one.
    pub(crate) fn open(&self, peers: Range<usize>) -> Result<Instant> {
        let (reply, answer) = mpsc::channel();
        self.send(Command::Open(peers, reply))?;
        answer.recv().context("the sink has ended")
    }

    /// Waits until each of the peers has reached the goal. Returns the moment when the last one did.
    ///
    /// # Errors
    /// One of them lost its connection, or `limit` is over: with how far they came.
    pub(crate) fn wait(&self, peers: Range<usize>, goal: Goal, limit: Duration) -> Result<Instant> {
        let (reply, answer) = mpsc::channel();
        self.send(Command::Wait(Wait {
            peers: peers.clone(),
            goal,
            reply,
        }))?;
        match answer.recv_timeout(limit) {
            Ok(reached) => reached.map_err(|why| anyhow!(why)),
            Err(RecvTimeoutError::Disconnected) => bail!("the sink has ended"),
            Err(RecvTimeoutError::Timeout) => {
                let tallies = self.tallies(peers)?;
                let there = tallies.iter().filter(|tally| tally.reached(goal).is_some());
                bail!(
                    "not within {limit:?}: {goal} at {} of {} peers",
                    there.count(),
                    tallies.len()
                )
            }
        }
    }

    /// What these peers have received until now.
    pub(crate) fn tallies(&self, peers: Range<usize>) -> Result<Vec<Tally>> {
        let (reply, answer) = mpsc::channel();
        self.send(Command::Tallies(peers, reply))?;
        answer.recv().context("the sink has ended")
    }

    fn send(&self, command: Command) -> Result<()> {
        self.commands
            .send(command)
            .map_err(|_| anyhow!("the sink has ended"))?;
        self.wake.write(1)?;
        Ok(())
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.send(Command::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Established => f.write_str("an established session"),
            Self::Routes(count) => write!(f, "{count} routes"),
            Self::Probe(Probe::Announced) => f.write_str("the probe announced"),
            Self::Probe(_) => f.write_str("the probe withdrawn"),
        }
    }
}

/// The token of the eventfd; peers have theirs by number.
const WAKE: u64 = u64::MAX;

/// The sink's thread.
struct Reader {
    asn: u16,
    probe: Ipv4Addr,
    commands: Receiver<Command>,
    wake: Arc<EventFd>,
    epoll: Epoll,
    peers: Vec<Peer>,
    waits: Vec<Wait>,
}

impl Reader {
    fn run(&mut self) {
        let mut events = [EpollEvent::empty(); 64];
        loop {
            let ready = match self.epoll.wait(&mut events, EpollTimeout::NONE) {
                Ok(ready) => ready,
                Err(Errno::EINTR) => continue,
                Err(_) => return,
            };
            for event in events.iter().take(ready) {
                match usize::try_from(event.data()) {
                    Ok(_) if event.data() == WAKE => {
                        if !self.obey() {
                            return;
                        }
                    }
                    Ok(number) => self.read(number),
                    Err(_) => {}
                }
            }
            self.answer();
        }
    }

    /// Does what was asked for; false when that is to stop.
    fn obey(&mut self) -> bool {
        let _ = self.wake.read();
        while let Ok(command) = self.commands.try_recv() {
            match command {
                Command::Add(connections) => connections.into_iter().for_each(|c| self.add(c)),
                Command::Open(peers, reply) => {
                    let _ = reply.send(Instant::now());
                    for peer in self.peers.get_mut(peers).unwrap_or_default() {
                        peer.open(self.asn);
                    }
                }
                Command::Wait(wait) => self.waits.push(wait),
                Command::Tallies(peers, reply) => {
                    let peers = self.peers.get(peers).unwrap_or_default();
                    let _ = reply.send(peers.iter().map(|peer| peer.tally.clone()).collect());
                }
                Command::Stop => return false,
            }
        }
        true
    }

    fn add(&mut self, connection: TcpStream) {
        let token = self.peers.len() as u64;
        let mut peer = Peer::new(connection);
        let added = self
            .epoll
            .add(&peer.stream, EpollEvent::new(EpollFlags::EPOLLIN, token));
        if let Err(error) = added {
            peer.ended = Some(io::Error::from(error).to_string());
        }
        self.peers.push(peer);
    }

    fn read(&mut self, number: usize) {
        let Some(peer) = self.peers.get_mut(number) else {
            return;
        };
        if !peer.read(self.probe) {
            let _ = self.epoll.delete(&peer.stream);
        }
    }

    /// Answers those waits that are over.
    fn answer(&mut self) {
        let peers = &self.peers;
        self.waits.retain(|wait| match outcome(peers, wait) {
            Some(outcome) => {
                let _ = wait.reply.send(outcome);
                false
            }
            None => true,
        });
    }
}

fn outcome(peers: &[Peer], wait: &Wait) -> Option<Result<Instant, String>> {
    let Some(peers) = peers.get(wait.peers.clone()) else {
        return Some(Err(format!("the sink has {} peers", peers.len())));
    };
    let mut last = None;
    let mut all = true;
    for (peer, number) in peers.iter().zip(wait.peers.clone()) {
        match (peer.tally.reached(wait.goal), &peer.ended) {
            (Some(at), _) => last = last.max(Some(at)),
            (None, Some(why)) => return Some(Err(format!("peer {number}: {why}"))),
            (None, None) => all = false,
        }
    }
    last.filter(|_| all).map(Ok)
}
