//! The task of one peer: carries values between a [`Session`], its connections, the clock and the table.
//!
//! It asks the table for UPDATEs only when its connection has taken everything that was given to it before. So there is
//! no queue between the two: what a slow peer has not got yet is the table's to remember, once, as a place in a log.

mod link;
mod next_hop;
mod outgoing;
mod received;
mod status;

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use bellwether_bgp::egress::{Export, PeerKey, Pulled};
use bellwether_bgp::net::Family;
use bellwether_bgp::session::{
    ConnId, DownReason, Event, Input, Negotiated, Output, Session, State, StopReason,
};
use futures::FutureExt;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{Instrument, debug, info, info_span, warn};

pub(crate) use link::LINGER;
pub(crate) use status::PeerStatus;

use crate::clock::{Clock, Now};
use crate::model::{Name, Peer};
use crate::table::{Command, Gone, SessionCommand, TableHandle};
use crate::transport;
use link::{LinkEvent, Links};
use next_hop::NextHops;
use received::Received;

/// What is read at once.
const READ_OCTETS: usize = 32 * 1024;

/// The longest message of RFC 4271.
const MAX_MESSAGE_OCTETS: u16 = 4096;

/// What the task of a peer is made of. Ends when it is told to stop and its connections are closed, which takes
/// [`LINGER`] at most.
#[derive(Debug)]
pub(crate) struct PeerTask {
    pub(crate) peer: Arc<Peer>,
    /// Never used twice, so that the keys made of it are not.
    pub(crate) number: u32,
    pub(crate) clock: Clock,
    pub(crate) table: TableHandle,
    /// Connections that the neighbor made.
    pub(crate) incoming: mpsc::Receiver<TcpStream>,
    pub(crate) stop: oneshot::Receiver<StopReason>,
    pub(crate) status: watch::Sender<PeerStatus>,
}

impl PeerTask {
    /// Runs to the end, and tells whose it was.
    pub(crate) async fn run(self) -> Name {
        let name = self.peer.name.clone();
        let span = info_span!("session", peer = %name, address = %self.peer.address);
        // `Gone`: the table has ended, and with it the process.
        let _: Result<(), Gone> = Driver::new(self).run().instrument(span).await;
        name
    }
}

#[derive(Debug)]
struct Driver {
    peer: Arc<Peer>,
    clock: Clock,
    table: TableHandle,
    incoming: mpsc::Receiver<TcpStream>,
    /// `None`: it was told.
    stop: Option<oneshot::Receiver<StopReason>>,
    status: watch::Sender<PeerStatus>,
    session: Session,
    links: Links,
    flow: Option<Flow>,
    received: Received,
    next_key: u64,
    /// Watchers are to be told that the status changed.
    changed: bool,
}

/// The stream of UPDATEs of an Established session.
#[derive(Debug)]
struct Flow {
    id: ConnId,
    key: PeerKey,
    pull: Option<oneshot::Receiver<Pulled>>,
}

/// What woke the task.
enum Wake {
    Stop(StopReason),
    Incoming(TcpStream),
    Link(ConnId, LinkEvent),
    Pulled(Pulled),
    Timeout,
}

impl Driver {
    fn new(task: PeerTask) -> Self {
        let PeerTask {
            peer,
            number,
            clock,
            table,
            incoming,
            stop,
            status,
        } = task;
        let seed = RandomState::new().hash_one(&peer.name);
        Self {
            session: Session::new(peer.session_config(), seed),
            peer,
            clock,
            table,
            incoming,
            stop: Some(stop),
            status,
            links: Links::default(),
            flow: None,
            received: Received::default(),
            next_key: u64::from(number) << 32,
            changed: false,
        }
    }

    async fn run(mut self) -> Result<(), Gone> {
        let mut buffer = vec![0; READ_OCTETS].into_boxed_slice();
        let now = self.clock.read();
        self.input(Input::Start, now).await?;
        while self.stop.is_some() || !self.links.is_empty() {
            self.publish().await?;
            self.ask_for_updates().await?;
            let wake = self.wait(&mut buffer).await?;
            let now = self.clock.read();
            self.handle(wake, &mut buffer, now).await?;
            self.links.expire(now.instant);
        }
        self.publish().await
    }

    /// What happens next. Dropping any of these futures half way loses nothing.
    async fn wait(&mut self, buffer: &mut [u8]) -> Result<Wake, Gone> {
        let deadline = self
            .session
            .deadline()
            .into_iter()
            .chain(self.links.deadline())
            .min();
        let pull = self.flow.as_mut().and_then(|flow| flow.pull.as_mut());
        tokio::select! {
            reason = or_pending(self.stop.as_mut()) => {
                self.stop = None;
                reason.map(Wake::Stop).map_err(|_| Gone)
            }
            Some(stream) = self.incoming.recv() => Ok(Wake::Incoming(stream)),
            (id, event) = self.links.next(buffer) => Ok(Wake::Link(id, event)),
            pulled = or_pending(pull) => {
                if let Some(flow) = &mut self.flow {
                    flow.pull = None;
                }
                pulled.map(Wake::Pulled).map_err(|_| Gone)
            }
            () = self.clock.sleep_until(deadline) => Ok(Wake::Timeout),
        }
    }

    async fn handle(&mut self, wake: Wake, buffer: &mut [u8], now: Now) -> Result<(), Gone> {
        match wake {
            Wake::Stop(reason) => self.input(Input::Stop(reason), now).await,
            Wake::Incoming(stream) => self.accept(stream, now).await,
            Wake::Link(id, event) => self.on_link(id, event, buffer, now).await,
            Wake::Pulled(pulled) => {
                if let Some(flow) = &self.flow {
                    self.links
                        .send_updates(flow.id, pulled.chunks, pulled.updates);
                }
                Ok(())
            }
            Wake::Timeout => {
                // Octets that are there go first: they may be the sign of life that the deadline waits for. A link tells of
                // reading and of writing in turns.
                for _ in 0..2 {
                    if let Some((id, event)) = self.links.next(buffer).now_or_never() {
                        self.on_link(id, event, buffer, now).await?;
                    }
                }
                match self.session.deadline() {
                    Some(deadline) if deadline <= now.instant => {
                        self.input(Input::Timeout, now).await
                    }
                    _ => Ok(()),
                }
            }
        }
    }

    async fn accept(&mut self, stream: TcpStream, now: Now) -> Result<(), Gone> {
        if let Err(error) = transport::prepare(&stream) {
            debug!(
                "the connection ended before it began: {}",
                transport::words(&error)
            );
            return Ok(());
        }
        match self.session.accept(now.instant) {
            Some(id) => self.links.accept(id, stream),
            None => debug!("refused a connection, in state {}", self.session.state()),
        }
        self.carry_out(now).await
    }

    async fn on_link(
        &mut self,
        id: ConnId,
        event: LinkEvent,
        buffer: &[u8],
        now: Now,
    ) -> Result<(), Gone> {
        match event {
            LinkEvent::Connected => self.input(Input::Connected(id), now).await,
            LinkEvent::Received(octets) => {
                let octets = buffer.get(..octets).unwrap_or_default();
                self.input(Input::Received(id, octets), now).await
            }
            LinkEvent::Sent { updates } => {
                self.input(Input::Sent(id), now).await?;
                match updates {
                    0 => Ok(()),
                    updates => self.input(Input::UpdatesSent(id, updates), now).await,
                }
            }
            LinkEvent::Closed(why) => self.input(Input::Closed(id, why), now).await,
            LinkEvent::Lingered => Ok(()),
        }
    }

    /// One turn of the session.
    async fn input(&mut self, input: Input<'_>, now: Now) -> Result<(), Gone> {
        self.session.handle(now.instant, input);
        self.carry_out(now).await
    }

    async fn carry_out(&mut self, now: Now) -> Result<(), Gone> {
        while let Some(output) = self.session.poll() {
            match output {
                Output::Connect(id) => {
                    let dial = transport::connect(self.peer.local_address, self.peer.endpoint());
                    self.links.dial(id, dial);
                }
                Output::Send(id, message) => {
                    if self.links.send(id, message).is_err() {
                        self.links.abort(id);
                        let why = "the peer has not read anything for too long".to_owned();
                        self.session.handle(now.instant, Input::Closed(id, why));
                    }
                }
                Output::Close(id) => self.links.close(id, now.instant + LINGER),
                Output::Event(event) => self.on_event(event, now).await?,
            }
        }
        Ok(())
    }

    async fn on_event(&mut self, event: Event, now: Now) -> Result<(), Gone> {
        match event {
            Event::StateChanged { from, to } => self.on_state(from, to, now),
            Event::Established(id, negotiated) => self.on_established(id, negotiated).await?,
            Event::Down(reason) => self.on_down(&reason, now).await?,
            Event::RefreshRequested(family) => {
                info!(%family, "the peer wants all routes again");
                if let Some(key) = self.flow.as_ref().map(|flow| flow.key) {
                    self.tell(SessionCommand::Refresh(key, family)).await?;
                }
            }
            Event::Update(update) => self.received.update(&update, now.instant),
        }
        Ok(())
    }

    fn on_state(&mut self, from: State, to: State, now: Now) {
        debug!(%from, %to, "session");
        self.change(|status| {
            status.state = to;
            status.since = Some(now.wall);
        });
    }

    async fn on_established(&mut self, id: ConnId, negotiated: Negotiated) -> Result<(), Gone> {
        let local = self.links.endpoints(id).map(|ends| ends.local.ip());
        let next_hops = NextHops::find(&self.peer, local);
        let unadvertised = next_hops.unadvertised(negotiated.families);
        info!(
            peer_router_id = %negotiated.peer_router_id,
            hold_time = %negotiated.hold_time,
            "session Established"
        );
        for family in &unadvertised {
            warn!("not advertised: {family}");
        }
        let key = PeerKey(self.next_key);
        self.next_key += 1;
        let export = Export {
            local_asn: negotiated.local_asn,
            ebgp: negotiated.is_ebgp(),
            four_octet_as: negotiated.four_octet_as,
            families: negotiated.families,
            next_hop_ipv4: next_hops.ipv4,
            next_hop_ipv6: next_hops.ipv6,
            max_message_octets: MAX_MESSAGE_OCTETS,
        };
        self.received = Received::default();
        self.flow = Some(Flow {
            id,
            key,
            pull: None,
        });
        self.change(|status| {
            status.established_count += 1;
            status.negotiated = Some(negotiated);
            status.key = Some(key);
            status.unadvertised = unadvertised;
        });
        self.tell(SessionCommand::Join(key, export)).await
    }

    async fn on_down(&mut self, reason: &DownReason, now: Now) -> Result<(), Gone> {
        let text = reason.to_string();
        let known = self
            .status
            .borrow()
            .last_error
            .as_ref()
            .is_some_and(|(last, _)| *last == text);
        let flow = self.flow.take();
        match (reason, &flow) {
            // A router that is away fails the same way every few seconds.
            (_, None) if known => debug!("no session: {text}"),
            (_, None) => info!("no session: {text}"),
            (DownReason::Stopped(_), Some(_)) => info!("session ended: {text}"),
            (_, Some(_)) => warn!("session ended: {text}"),
        }
        if let Some(flow) = flow {
            self.tell(SessionCommand::Leave(flow.key)).await?;
        }
        self.received = Received::default();
        self.change(|status| {
            status.last_error = Some((text, now.wall));
            status.negotiated = None;
            status.key = None;
            status.unadvertised.clear();
        });
        Ok(())
    }

    /// Asks for what is next, if everything before was accepted by the transport.
    async fn ask_for_updates(&mut self) -> Result<(), Gone> {
        let Some(flow) = &mut self.flow else {
            return Ok(());
        };
        if flow.pull.is_none() && self.links.is_idle(flow.id) {
            let key = flow.key;
            let ask = |reply| Command::Session(SessionCommand::Pull(key, reply));
            flow.pull = Some(self.table.start_asking(ask).await?);
        }
        Ok(())
    }

    fn change(&mut self, change: impl FnOnce(&mut PeerStatus)) {
        self.changed = true;
        self.status.send_modify(change);
    }

    /// Shows what there is to see, and tells watchers of what they want to know.
    async fn publish(&mut self) -> Result<(), Gone> {
        let (sent, received) = self.session.counts();
        let endpoints = self.links.newest_endpoints();
        self.status.send_modify(|status| {
            status.sent = sent;
            status.received = received;
            status.endpoints = endpoints;
            let routes = Family::ALL.map(|family| self.session.received_routes(family));
            status.received_routes = routes.iter().sum();
        });
        if std::mem::take(&mut self.changed) {
            self.tell(SessionCommand::Changed(self.peer.name.clone()))
                .await?;
        }
        Ok(())
    }

    async fn tell(&mut self, command: SessionCommand) -> Result<(), Gone> {
        self.table.tell(Command::Session(command)).await
    }
}

/// The answer, if one is waited for.
async fn or_pending<T>(
    answer: Option<&mut oneshot::Receiver<T>>,
) -> Result<T, oneshot::error::RecvError> {
    match answer {
        Some(answer) => answer.await,
        None => std::future::pending().await,
    }
}
