//! TCP as BGP wants it.

mod listening;
mod option;

use std::io;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::os::fd::AsFd;
use std::sync::Arc;

use nix::net::if_::{if_indextoname, if_nametoindex};
use socket2::SockRef;
use tokio::net::{TcpSocket, TcpStream};

pub(crate) use listening::{Listening, Rules, listen};

use crate::model::{Interface, Md5, Neighbor, Peer, Reach, is_link_local};

/// How many octets the kernel takes that it has not sent yet. A withdrawal waits behind them, and behind nothing else.
const NOT_SENT_OCTETS: u32 = 128 * 1024;

/// Connects to a neighbor. Dropping the future gives the try up.
pub(crate) async fn connect(peer: Arc<Peer>) -> io::Result<TcpStream> {
    let remote = peer.address.address();
    let socket = match remote {
        IpAddr::V4(_) => TcpSocket::new_v4()?,
        IpAddr::V6(_) => TcpSocket::new_v6()?,
    };
    bind_to_interface(&socket, &peer)?;
    set_reach(&socket, remote, peer.reach)?;
    // Before the first packet, which is signed already.
    if let Some(md5) = &peer.md5 {
        option::set_md5_key(&socket, remote, md5.key())?;
    }
    let interface = peer.interface.as_ref();
    if let Some(local) = peer.local_address {
        socket.bind(scoped(local, 0, interface)?)?;
    }
    let stream = socket
        .connect(scoped(remote, peer.port, interface)?)
        .await?;
    set_common(&stream)?;
    Ok(stream)
}

/// Sets on a connection that the neighbor has made what it would have if we had made it.
pub(crate) fn prepare(stream: &TcpStream, peer: &Peer) -> io::Result<()> {
    bind_to_interface(stream, peer)?;
    set_reach(stream, peer.address.address(), peer.reach)?;
    set_common(stream)
}

/// Sets on a connection that is there what a peer's declaration changed without a reset.
pub(crate) fn adjust(stream: &TcpStream, peer: &Peer) -> io::Result<()> {
    let remote = peer.address.address();
    set_reach(stream, remote, peer.reach)?;
    match &peer.md5 {
        Some(md5) => option::set_md5_key(stream, remote, md5.key()),
        None => Ok(()),
    }
}

/// The neighbor that a connection is from. `None`: from a link-local address on an interface that is just gone.
pub(crate) fn neighbor(from: SocketAddr) -> Option<Neighbor> {
    let interface = match from {
        SocketAddr::V6(from) if from.scope_id() != 0 => interface(from.scope_id()),
        _ => None,
    };
    Neighbor::new(from.ip(), interface)
}

fn interface(index: u32) -> Option<Interface> {
    let name = if_indextoname(index).ok()?;
    name.to_str().ok()?.parse().ok()
}

/// An address with the number of the interface in it, if it means nothing without.
fn scoped(address: IpAddr, port: u16, interface: Option<&Interface>) -> io::Result<SocketAddr> {
    match (address, interface) {
        (IpAddr::V6(v6), Some(interface)) if is_link_local(address) => {
            let scope = if_nametoindex(interface.as_str())?;
            Ok(SocketAddrV6::new(v6, port, 0, scope).into())
        }
        _ => Ok(SocketAddr::new(address, port)),
    }
}

fn set_common(stream: &TcpStream) -> io::Result<()> {
    let socket = SockRef::from(stream);
    // Messages are written when there is something to say, as much as there is: waiting for more gains nothing.
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_notsent_lowat(NOT_SENT_OCTETS)
}

fn bind_to_interface(socket: &impl AsFd, peer: &Peer) -> io::Result<()> {
    match &peer.interface {
        Some(interface) => SockRef::from(socket).bind_device(Some(interface.as_str().as_bytes())),
        None => Ok(()),
    }
}

fn set_reach(socket: &impl AsFd, remote: IpAddr, reach: Reach) -> io::Result<()> {
    set_ttl(socket, remote.is_ipv6(), reach.ttl())?;
    option::set_min_ttl(socket, remote.is_ipv6(), reach.min_ttl())
}

fn set_ttl(socket: &impl AsFd, ipv6: bool, ttl: u8) -> io::Result<()> {
    let socket = SockRef::from(socket);
    match ipv6 {
        true => socket.set_unicast_hops_v6(ttl.into()),
        false => socket.set_ttl_v4(ttl.into()),
    }
}

/// Whether these are the words of a connection that could not be made since nothing came back: what refuses, is there.
pub(crate) fn is_silence(words: &str) -> bool {
    [
        "not answered",
        "timed out",
        "unreachable",
        "No route to host",
    ]
    .iter()
    .any(|silence| words.contains(silence))
}

/// Why a connection may be long in coming, for a person who knows what is configured but not what the kernel drops.
pub(crate) fn hint(peer: &Peer) -> Option<&'static str> {
    match (&peer.md5, peer.reach) {
        (Some(Md5 { .. }), _) => Some("TCP MD5 is on: has the neighbor the same key?"),
        (None, Reach::TtlSecurity { .. }) => {
            Some("TTL security is on: does the neighbor send with TTL 255, over no more hops?")
        }
        (None, Reach::EBGP) => {
            Some("TTL is 1: if the neighbor is not on a network of ours, set multihop")
        }
        (None, Reach::Multihop(_)) => None,
    }
}

/// What went wrong, in the system's words and without its number.
pub(crate) fn words(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}
