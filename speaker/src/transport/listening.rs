use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;
use tracing::warn;

use super::{option, set_ttl, words};
use crate::model::{Md5, Peer};

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// Listens on this address, which may be in use by connections of an earlier life. `[::]` means IPv6 alone, so that an IPv4
/// neighbor has one address and not a mapped one beside it.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM.nonblocking().cloexec(),
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // The answer to a neighbor's first packet is sent before it is known whose it is: one with TTL security drops less than
    // 255, and the others do not mind more than they expect.
    set_ttl(&socket, address.is_ipv6(), u8::MAX)?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// The listening sockets, with what they have to know of the peers before a connection is there.
#[derive(Debug, Default)]
pub(crate) struct Listening {
    sockets: Vec<Arc<TcpListener>>,
    in_force: Rules,
}

/// What listening sockets have to know of the peers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rules {
    keys: BTreeMap<IpAddr, Md5>,
    /// The least TTL that any peer may come with; 0 where there is none.
    min_ttl_ipv4: u8,
    min_ttl_ipv6: u8,
}

impl Rules {
    pub(crate) fn of<'a>(peers: impl Iterator<Item = &'a Peer> + Clone) -> Self {
        let keys = peers.clone().filter_map(|peer| {
            let md5 = peer.md5.clone()?;
            Some((peer.address.address(), md5))
        });
        let least = |ipv6| {
            let peers = peers.clone();
            let of_family = peers.filter(|peer| peer.address.address().is_ipv6() == ipv6);
            let least = of_family.map(|peer| peer.reach.min_ttl()).min();
            least.unwrap_or_default()
        };
        Self {
            keys: keys.collect(),
            min_ttl_ipv4: least(false),
            min_ttl_ipv6: least(true),
        }
    }
}

impl Listening {
    pub(crate) fn new(sockets: Vec<Arc<TcpListener>>) -> Self {
        Self {
            sockets,
            in_force: Rules::default(),
        }
    }

    /// Changes what is not as wanted. What the kernel refuses is logged, and not tried again before the next change.
    pub(crate) fn apply(&mut self, wanted: Rules) {
        if wanted == self.in_force {
            return;
        }
        for socket in &self.sockets {
            let Ok(address) = socket.local_addr() else {
                continue;
            };
            self.apply_keys(socket, address, &wanted);
            let (ipv6, least) = match address {
                SocketAddr::V4(_) => (false, wanted.min_ttl_ipv4),
                SocketAddr::V6(_) => (true, wanted.min_ttl_ipv6),
            };
            if let Err(error) = option::set_min_ttl(socket.as_ref(), ipv6, least) {
                warn!(listen = %address, "cannot have TTL security: {}", words(&error));
            }
        }
        self.in_force = wanted;
    }

    fn apply_keys(&self, socket: &TcpListener, address: SocketAddr, wanted: &Rules) {
        let set = |peer: &IpAddr, key: &[u8]| {
            if peer.is_ipv6() != address.is_ipv6() {
                return;
            }
            if let Err(error) = option::set_md5_key(&socket, *peer, key) {
                warn!(listen = %address, %peer, "cannot set the key of TCP MD5: {}", words(&error));
            }
        };
        for (peer, md5) in &wanted.keys {
            if self.in_force.keys.get(peer) != Some(md5) {
                set(peer, md5.key());
            }
        }
        for peer in self.in_force.keys.keys() {
            if !wanted.keys.contains_key(peer) {
                set(peer, &[]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Reach, test_peer};

    fn secured(name: &str, address: &str, hops: u8) -> Peer {
        Peer {
            reach: Reach::TtlSecurity {
                hops: hops.try_into().unwrap(),
            },
            ..test_peer(name, address)
        }
    }

    fn least(peers: &[Peer]) -> (u8, u8) {
        let rules = Rules::of(peers.iter());
        (rules.min_ttl_ipv4, rules.min_ttl_ipv6)
    }

    #[test]
    fn a_listener_lets_in_what_any_of_its_peers_may_send() {
        let near = secured("a", "10.0.0.1", 1);
        let far = secured("b", "10.0.0.2", 3);
        let open = test_peer("c", "10.0.0.3");
        assert_eq!(least(&[]), (0, 0));
        assert_eq!(least(std::slice::from_ref(&near)), (255, 0));
        assert_eq!(least(&[near.clone(), far.clone()]), (253, 0));
        assert_eq!(least(&[near, far, open]), (0, 0));
        assert_eq!(least(&[secured("d", "2001:db8::1", 1)]), (0, 255));
    }
}
