//! What clients do, and what they see.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use crate::lab::PATIENCE;
use crate::namespace::Namespace;

/// Who answered, and which address of the client it saw.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Answer {
    pub(crate) pod: String,
    pub(crate) seen: IpAddr,
}

impl Answer {
    fn read(line: &str) -> Answer {
        let (pod, seen) = line.trim().split_once(' ').expect("a greeting");
        Answer {
            pod: pod.to_owned(),
            seen: seen.parse().unwrap(),
        }
    }
}

/// A connection after the greeting.
pub(crate) struct Connection {
    reader: BufReader<TcpStream>,
    pub(crate) answer: Answer,
}

impl Connection {
    /// Sends a line and waits until it comes back.
    pub(crate) fn echo(&mut self, line: &str) -> io::Result<String> {
        self.reader
            .get_mut()
            .write_all(format!("{line}\n").as_bytes())?;
        let mut back = String::new();
        self.reader.read_line(&mut back)?;
        Ok(back.trim().to_owned())
    }
}

impl Namespace {
    /// Connects, with patience for the answer.
    pub(crate) fn tcp(&self, to: IpAddr, port: u16) -> io::Result<Connection> {
        self.tcp_within(to, port, PATIENCE)
    }

    pub(crate) fn tcp_within(
        &self,
        to: IpAddr,
        port: u16,
        wait: Duration,
    ) -> io::Result<Connection> {
        self.run(|| {
            let stream = TcpStream::connect_timeout(&SocketAddr::new(to, port), wait)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            let mut reader = BufReader::new(stream);
            let mut line = String::new();
            reader.read_line(&mut line)?;
            Ok(Connection {
                reader,
                answer: Answer::read(&line),
            })
        })
    }

    /// Sends one datagram and waits for the answer.
    pub(crate) fn udp(&self, to: IpAddr, port: u16) -> io::Result<Answer> {
        self.run(|| {
            let socket = UdpSocket::bind(SocketAddr::new(unspecified(to), 0))?;
            socket.set_read_timeout(Some(PATIENCE))?;
            socket.connect(SocketAddr::new(to, port))?;
            socket.send(b"?")?;
            let mut buffer = [0; 64];
            let len = socket.recv(&mut buffer)?;
            Ok(Answer::read(std::str::from_utf8(&buffer[..len]).unwrap()))
        })
    }

    /// Sends one ICMP echo request and waits for the echo reply.
    pub(crate) fn ping(&self, to: IpAddr) -> io::Result<()> {
        let (domain, protocol, request, reply) = match to {
            IpAddr::V4(_) => (socket2::Domain::IPV4, socket2::Protocol::ICMPV4, 8, 0),
            IpAddr::V6(_) => (socket2::Domain::IPV6, socket2::Protocol::ICMPV6, 128, 129),
        };
        self.run(|| {
            let mut socket = socket2::Socket::new(domain, socket2::Type::DGRAM, Some(protocol))?;
            socket.set_read_timeout(Some(PATIENCE))?;
            socket.connect(&SocketAddr::new(to, 0).into())?;
            socket.send(&[request, 0, 0, 0, 0, 0, 0, 1, b'?'])?;
            let mut buffer = [0; 64];
            let len = socket.read(&mut buffer)?;
            assert_eq!((buffer[0], len), (reply, 9));
            Ok(())
        })
    }
}

impl Namespace {
    /// Sends a TCP header of zeros: conntrack takes it for invalid.
    pub(crate) fn send_garbage(&self, to: IpAddr) {
        self.run(|| {
            let domain = socket2::Domain::for_address(SocketAddr::new(to, 0));
            let protocol = Some(socket2::Protocol::TCP);
            let socket = socket2::Socket::new(domain, socket2::Type::RAW, protocol).unwrap();
            socket
                .send_to(&[0; 20], &SocketAddr::new(to, 0).into())
                .unwrap();
        });
    }

    /// Starts counting the packets that are routed on to an address.
    pub(crate) fn count_packets(&self, to: IpAddr) {
        let family = if to.is_ipv4() { "ip" } else { "ip6" };
        self.nft(&["add table inet count; add counter inet count seen"]);
        self.nft(&["add chain inet count forward { type filter hook forward priority 0; }"]);
        self.nft(&[&format!(
            "add rule inet count forward {family} daddr {to} counter name seen"
        )]);
    }

    /// What was counted so far.
    pub(crate) fn counted_packets(&self) -> u64 {
        let listing = self.nft(&["-j", "list", "counter", "inet", "count", "seen"]);
        let listing: serde_json::Value = serde_json::from_str(&listing).unwrap();
        listing["nftables"][1]["counter"]["packets"]
            .as_u64()
            .unwrap()
    }
}

fn unspecified(like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    }
}
