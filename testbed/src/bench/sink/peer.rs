//! One connection of the sink.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::time::Instant;

use super::tally::Tally;
use super::wire::{self, Answer};

/// What is read at once: many times the largest message, and about what the kernel holds ready.
const BUFFER: usize = 256 * 1024;

/// A connection, what was read of it and not yet counted, and what was counted.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) stream: TcpStream,
    buffer: Box<[u8]>,
    filled: usize,
    pub(super) tally: Tally,
    greeting: Greeting,
    /// Why nothing more comes.
    pub(super) ended: Option<String>,
}

/// Which OPEN has gone over the connection.
#[derive(Debug, Default)]
struct Greeting {
    sent: bool,
    received: bool,
}

impl Peer {
    /// `stream` is connected and does not block.
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            buffer: vec![0; BUFFER].into(),
            filled: 0,
            tally: Tally::default(),
            greeting: Greeting::default(),
            ended: None,
        }
    }

    /// Sends the OPEN, with our own address as router ID.
    pub(super) fn open(&mut self, asn: u16) {
        if let Err(error) = self.try_open(asn) {
            self.ended = Some(error.to_string());
        }
    }

    fn try_open(&mut self, asn: u16) -> io::Result<()> {
        let IpAddr::V4(own) = self.stream.local_addr()?.ip() else {
            return Err(io::Error::other("the sink speaks over IPv4"));
        };
        self.stream.write_all(&wire::open(asn, own))?;
        self.greeting.sent = true;
        self.accept()
    }

    /// Accepts the daemon's OPEN: behind our own one, before which a KEEPALIVE is an error.
    fn accept(&mut self) -> io::Result<()> {
        match self.greeting {
            Greeting {
                sent: true,
                received: true,
            } => self.stream.write_all(&wire::keepalive()),
            _ => Ok(()),
        }
    }

    /// Reads once, and counts what came. Returns false when nothing more will come.
    pub(super) fn read(&mut self, probe: Ipv4Addr) -> bool {
        if let Err(why) = self.try_read(probe) {
            self.ended = Some(why);
        }
        self.ended.is_none()
    }

    fn try_read(&mut self, probe: Ipv4Addr) -> Result<(), String> {
        let free = self.buffer.get_mut(self.filled..).unwrap_or_default();
        let read = match self.stream.read(free) {
            Ok(0) => return Err("the daemon closed the connection".to_owned()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.to_string()),
        };
        self.filled += read;
        let octets = self.buffer.get(..self.filled).unwrap_or_default();
        let before = self.tally.clone();
        let counted = wire::consume(octets, probe, &mut self.tally);
        self.tally.stamp(&before, Instant::now());
        let (consumed, answer) = counted.map_err(|fault| fault.to_string())?;
        self.buffer.copy_within(consumed..self.filled, 0);
        self.filled -= consumed;
        match answer {
            Some(Answer::Keepalive) => {
                self.greeting.received = true;
                self.accept().map_err(|error| error.to_string())
            }
            None => Ok(()),
        }
    }
}
