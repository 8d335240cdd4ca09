//! The first packet of an SCTP association, made by hand: not every kernel has SCTP sockets.

use std::io::Read;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

use crate::namespace::Namespace;

/// A raw SCTP socket: packets with their SCTP header, for IPv4 behind the IP header.
pub(crate) struct Raw(Socket);

impl Namespace {
    pub(crate) fn raw_sctp(&self, like: IpAddr) -> Raw {
        self.run(|| {
            let domain = Domain::for_address(SocketAddr::new(like, 0));
            let socket = Socket::new(domain, Type::RAW, Some(Protocol::SCTP)).unwrap();
            socket
                .set_read_timeout(Some(Duration::from_secs(5)))
                .unwrap();
            Raw(socket)
        })
    }
}

impl Raw {
    /// Sends an INIT chunk (RFC 9260, 3.3.2).
    pub(crate) fn send_init(&self, to: IpAddr, port: u16) {
        let mut packet = vec![0x9c, 0x40];
        packet.extend_from_slice(&port.to_be_bytes());
        packet.extend_from_slice(&[0; 8]);
        packet.extend_from_slice(&[1, 0, 0, 20, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1]);
        let checksum = crc32c(&packet).to_le_bytes();
        packet[8..12].copy_from_slice(&checksum);
        self.0
            .send_to(&packet, &SocketAddr::new(to, 0).into())
            .unwrap();
    }

    /// Receives a packet: its destination port, and whether its checksum is right.
    pub(crate) fn receive(&mut self) -> (u16, bool) {
        let mut buffer = [0; 256];
        let len = self.0.read(&mut buffer).unwrap();
        let start = if self.0.domain().unwrap() == Domain::IPV4 {
            20
        } else {
            0
        };
        let packet = &mut buffer[start..len];
        let port = u16::from_be_bytes([packet[2], packet[3]]);
        let checksum = u32::from_le_bytes(packet[8..12].try_into().unwrap());
        packet[8..12].fill(0);
        (port, checksum == crc32c(packet))
    }
}

/// RFC 9260, Appendix A.
fn crc32c(bytes: &[u8]) -> u32 {
    let bit = |crc: u32, _| {
        if crc & 1 == 0 {
            crc >> 1
        } else {
            (crc >> 1) ^ 0x82f6_3b78
        }
    };
    !bytes
        .iter()
        .fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
}
