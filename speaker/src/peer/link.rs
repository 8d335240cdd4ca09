use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bellwether_bgp::session::ConnId;
use bellwether_bgp::time::Instant;
use bytes::Bytes;
use tokio::net::TcpStream;

use super::outgoing::{Full, Outgoing};
use super::status::Endpoints;
use crate::transport::words;

/// How long a connection may take to say its last words after the session let go of it.
pub(crate) const LINGER: Duration = Duration::from_secs(1);

/// The transports of one session: at most two, and those that are just being closed.
#[derive(Debug, Default)]
pub(super) struct Links(BTreeMap<ConnId, Link>);

/// What a transport has to tell.
#[derive(Debug)]
pub(super) enum LinkEvent {
    /// The dial succeeded.
    Connected,
    /// So many octets were read into the buffer.
    Received(usize),
    /// Octets were written, and with them so many UPDATEs.
    Sent { octets: usize, updates: u64 },
    /// It ended, or could not be made.
    Closed(String),
    /// The session had let go of it before, and now it is gone.
    Lingered,
}

enum Link {
    Dialing(Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>),
    Open(Open),
}

/// A connection that octets go over.
#[derive(Debug)]
struct Open {
    stream: TcpStream,
    outgoing: Outgoing,
    /// The session let go of it: until when the rest may be written.
    lingers_until: Option<Instant>,
    /// The other side was told that nothing follows, or cannot be told anything.
    finished: bool,
    /// Why nothing can be written any more. What the peer has sent before it closed is still read: a NOTIFICATION, mostly.
    broken: Option<String>,
    /// Reading and writing take turns at being first.
    read_first: bool,
}

impl Links {
    /// Begins to dial.
    pub(super) fn dial(
        &mut self,
        id: ConnId,
        dial: impl Future<Output = io::Result<TcpStream>> + Send + 'static,
    ) {
        self.0.insert(id, Link::Dialing(Box::pin(dial)));
    }

    /// Takes a connection that the peer made.
    pub(super) fn accept(&mut self, id: ConnId, stream: TcpStream) {
        self.0.insert(id, Link::Open(Open::new(stream)));
    }

    /// Queues a message of the session.
    pub(super) fn send(&mut self, id: ConnId, message: Bytes) -> Result<(), Full> {
        match self.open(id) {
            Some(open) if open.broken.is_none() => open.outgoing.push_control(message),
            _ => Ok(()),
        }
    }

    /// Queues UPDATEs.
    pub(super) fn send_updates(&mut self, id: ConnId, chunks: Vec<Bytes>, count: u64) {
        if let Some(open) = self.open(id)
            && open.broken.is_none()
        {
            open.outgoing.push_updates(chunks, count);
        }
    }

    /// Whether everything was written.
    pub(super) fn is_idle(&self, id: ConnId) -> bool {
        match self.0.get(&id) {
            Some(Link::Open(open)) => open.broken.is_none() && open.outgoing.is_empty(),
            _ => false,
        }
    }

    /// Closes after what was to be sent, which may take until `deadline`; gives up a dial.
    pub(super) fn close(&mut self, id: ConnId, deadline: Instant) {
        match self.0.get_mut(&id) {
            Some(Link::Open(open)) => {
                open.outgoing.drop_updates();
                open.lingers_until = Some(deadline);
            }
            Some(Link::Dialing(_)) => {
                self.0.remove(&id);
            }
            None => {}
        }
    }

    /// Drops it as it is.
    pub(super) fn abort(&mut self, id: ConnId) {
        self.0.remove(&id);
    }

    /// Drops the connections whose time to linger is over.
    pub(super) fn expire(&mut self, now: Instant) {
        self.0
            .retain(|_, link| link.lingers_until().is_none_or(|deadline| deadline > now));
    }

    /// When [`Self::expire`] has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.0.values().filter_map(Link::lingers_until).min()
    }

    /// The connections that octets go over.
    pub(super) fn streams(&self) -> impl Iterator<Item = &TcpStream> {
        self.0.values().filter_map(|link| match link {
            Link::Open(open) => Some(&open.stream),
            Link::Dialing(_) => None,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The two ends of a connection.
    pub(super) fn endpoints(&self, id: ConnId) -> Option<Endpoints> {
        match self.0.get(&id) {
            Some(Link::Open(open)) => endpoints(&open.stream),
            _ => None,
        }
    }

    /// The two ends of the newest connection that the session has.
    pub(super) fn newest_endpoints(&self) -> Option<Endpoints> {
        self.0.values().rev().find_map(|link| match link {
            Link::Open(open) if open.lingers_until.is_none() => endpoints(&open.stream),
            _ => None,
        })
    }

    /// The next thing that happens. Dropping the future loses nothing: whatever is done is told at once.
    pub(super) async fn next(&mut self, buffer: &mut [u8]) -> (ConnId, LinkEvent) {
        let (id, event) = std::future::poll_fn(|cx| self.poll_next(cx, buffer)).await;
        if matches!(event, LinkEvent::Closed(_) | LinkEvent::Lingered) {
            self.0.remove(&id);
        }
        (id, event)
    }

    fn poll_next(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<(ConnId, LinkEvent)> {
        for (id, link) in &mut self.0 {
            if let Poll::Ready(event) = link.poll(cx, buffer) {
                return Poll::Ready((*id, event));
            }
        }
        Poll::Pending
    }

    fn open(&mut self, id: ConnId) -> Option<&mut Open> {
        match self.0.get_mut(&id) {
            Some(Link::Open(open)) => Some(open),
            _ => None,
        }
    }
}

impl Link {
    fn lingers_until(&self) -> Option<Instant> {
        match self {
            Self::Open(open) => open.lingers_until,
            Self::Dialing(_) => None,
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<LinkEvent> {
        match self {
            Self::Dialing(dial) => match ready!(dial.as_mut().poll(cx)) {
                Ok(stream) => {
                    *self = Self::Open(Open::new(stream));
                    Poll::Ready(LinkEvent::Connected)
                }
                Err(error) => {
                    let why = format!("cannot connect: {}", words(&error));
                    Poll::Ready(LinkEvent::Closed(why))
                }
            },
            Self::Open(open) => open.poll(cx, buffer),
        }
    }
}

impl Open {
    fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            outgoing: Outgoing::default(),
            lingers_until: None,
            finished: false,
            broken: None,
            read_first: true,
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<LinkEvent> {
        self.read_first = !self.read_first;
        let event = if self.read_first {
            match self.poll_read(cx, buffer) {
                Poll::Pending => self.poll_write(cx),
                ready => ready,
            }
        } else {
            match self.poll_write(cx) {
                Poll::Pending => self.poll_read(cx, buffer),
                ready => ready,
            }
        };
        match (event, self.lingers_until) {
            (Poll::Ready(LinkEvent::Closed(_)), Some(_)) => Poll::Ready(LinkEvent::Lingered),
            (event, _) => event,
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<LinkEvent> {
        while self.broken.is_none() && !self.outgoing.is_empty() {
            let ready = ready!(self.stream.poll_write_ready(cx));
            let written =
                ready.and_then(|()| self.stream.try_write_vectored(&self.outgoing.slices()));
            match written {
                Ok(octets) => {
                    self.outgoing.advance(octets);
                    let updates = self.outgoing.take_updates_written();
                    return Poll::Ready(LinkEvent::Sent { octets, updates });
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => self.broken = Some(words(&error)),
            }
        }
        if self.lingers_until.is_some() && !self.finished {
            self.finish();
        }
        Poll::Pending
    }

    /// Says that nothing follows. Then the peer's end is awaited: to close with octets unread would send a reset, which
    /// may overtake our last words at the peer.
    fn finish(&mut self) {
        self.finished = true;
        let stream = socket2::SockRef::from(&self.stream);
        if let Err(error) = stream.shutdown(std::net::Shutdown::Write) {
            self.broken = Some(words(&error));
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<LinkEvent> {
        loop {
            let ready = ready!(self.stream.poll_read_ready(cx));
            return match ready.and_then(|()| self.stream.try_read(buffer)) {
                Ok(0) => {
                    let why = self.broken.take();
                    let why = why.unwrap_or_else(|| "the peer closed the connection".to_owned());
                    Poll::Ready(LinkEvent::Closed(why))
                }
                // After the last words nobody listens any more.
                Ok(_) if self.lingers_until.is_some() => continue,
                Ok(octets) => Poll::Ready(LinkEvent::Received(octets)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) => Poll::Ready(LinkEvent::Closed(words(&error))),
            };
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dialing(_) => f.write_str("Dialing"),
            Self::Open(open) => open.fmt(f),
        }
    }
}

fn endpoints(stream: &TcpStream) -> Option<Endpoints> {
    Some(Endpoints {
        local: stream.local_addr().ok()?,
        remote: stream.peer_addr().ok()?,
    })
}
