//! Which of two connections with the same peer is kept (RFC 4271 section 6.8, RFC 6286 section
//! 2.3).
//!
//! The rule has a hole: one side may find a connection Established, and give up the other, while its
//! peer still finds both in OpenConfirm, and gives up the first. Then both end. A peer that follows
//! the RFC can establish a connection only after our KEEPALIVE on it, and can choose one only after
//! our OPEN on it. So one side can close the hole alone, by what it withholds:
//!
//! - *Our KEEPALIVE.* The peer's OPEN on one connection tells its identity, and so which connection
//!   will win. If that is another one in OpenSent, our OPEN is on its way there, and the peer will
//!   choose it. Our KEEPALIVE on the loser waits until the winner has ended; until then the peer
//!   cannot establish the loser, and we do not. If the winner gets the peer's OPEN first, the rule
//!   ends the loser. If it stays silent for [`KEEPALIVE_WAIT`], it is given up.
//! - *Our OPEN.* When a connection comes up after we have accepted the peer's OPEN on another one, the
//!   peer may establish that one at any moment. Our OPEN on the new connection waits, so that the
//!   peer cannot choose it; the new connection is closed when the other one is Established, and goes
//!   on when the other one ends. Octets that come meanwhile, up to the longest message, are kept.
//!   While a connection was Established before, the new one waits likewise, for [`OPEN_WAIT`]: it is
//!   then opened and judged, or has replaced a session that the peer had lost.
//!
//! A wait is no state of its own: the connection is in OpenConfirm, where its hold timer runs, or
//! still in Connect or Active, and whatever ends a connection ends its wait. What is left of the hole needs a
//! message that is later than the waits are long, or a peer that closes connections by another rule.

use std::time::Duration;

use crate::net::{Asn, RouterId};

/// How long our KEEPALIVE is withheld at the longest. Many round trips, and a retransmission; but
/// less than the shortest hold time (3 s), for which the peer waits for it, and no longer than one
/// can wait for a session when a dead connection is in its way.
pub(super) const KEEPALIVE_WAIT: Duration = Duration::from_secs(1);

/// How long our OPEN is withheld at the longest: until a KEEPALIVE on the other connection, sent
/// after at most 1 s, has been answered by a reset if the peer does not know that connection.
pub(super) const OPEN_WAIT: Duration = Duration::from_secs(2);

/// Who opened a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// We dialled.
    Us,
    /// The peer dialled, we accepted.
    Peer,
}

impl Origin {
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Us => Self::Peer,
            Self::Peer => Self::Us,
        }
    }
}

/// A speaker as collisions compare it.
///
/// RFC 6286 section 2.3: "the connection initiated by the BGP speaker with the larger AS number is
/// preserved" when the identifiers, which are compared first, are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Identity {
    pub(super) router_id: RouterId,
    pub(super) asn: Asn,
}

/// The connection on which the peer's OPEN had come before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Older {
    pub(super) origin: Origin,
    pub(super) established: bool,
}

/// Which connection to close with Cease/Connection Collision Resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loser {
    /// The one that was in OpenConfirm.
    Older,
    /// The one on which the OPEN came just now.
    Newer,
}

/// Judges when an OPEN comes on one connection, opened by `newer`, while the peer's OPEN had come
/// on another.
pub(super) fn resolve(local: Identity, peer: Identity, older: Older, newer: Origin) -> Loser {
    // "Unless allowed via configuration, a connection collision with an existing BGP connection
    // that is in the Established state causes closing of the newly created connection."
    if older.established {
        return Loser::Newer;
    }
    // Not in the RFC: somebody opened two connections. A speaker dials again only when it has lost
    // the first one.
    if older.origin == newer {
        return Loser::Older;
    }
    if newer == winner(local, peer) {
        Loser::Older
    } else {
        Loser::Newer
    }
}

/// Whose connection is kept if none is Established.
///
/// "... retain only the connection initiated by the BGP speaker with the higher-valued BGP
/// Identifier."
pub(super) fn winner(local: Identity, peer: Identity) -> Origin {
    if local > peer {
        Origin::Us
    } else {
        Origin::Peer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speaker(router_id: &str, asn: u32) -> Identity {
        Identity {
            router_id: router_id.parse().unwrap(),
            asn: Asn::new(asn).unwrap(),
        }
    }

    fn confirming(origin: Origin) -> Older {
        Older {
            origin,
            established: false,
        }
    }

    /// Who opened the connection that `local` keeps, whichever of the two saw its OPEN last.
    fn kept(local: Identity, peer: Identity) -> Origin {
        let ours_last = match resolve(local, peer, confirming(Origin::Peer), Origin::Us) {
            Loser::Older => Origin::Us,
            Loser::Newer => Origin::Peer,
        };
        let theirs_last = match resolve(local, peer, confirming(Origin::Us), Origin::Peer) {
            Loser::Older => Origin::Peer,
            Loser::Newer => Origin::Us,
        };
        assert_eq!(ours_last, theirs_last, "the order of the OPENs decided");
        ours_last
    }

    #[test]
    fn the_higher_identifier_keeps_its_connection() {
        let (low, high) = (speaker("10.0.0.1", 65_001), speaker("10.0.0.2", 64_999));
        assert_eq!(kept(high, low), Origin::Us);
        assert_eq!(kept(low, high), Origin::Peer);
    }

    #[test]
    fn identifiers_compare_as_unsigned_numbers() {
        let (low, high) = (speaker("9.0.0.1", 1), speaker("200.0.0.1", 1));
        assert_eq!(kept(high, low), Origin::Us);
    }

    #[test]
    fn of_equal_identifiers_the_larger_asn_keeps_its_connection() {
        let (low, high) = (speaker("10.0.0.1", 64_999), speaker("10.0.0.1", 65_001));
        assert_eq!(kept(high, low), Origin::Us);
        assert_eq!(kept(low, high), Origin::Peer);
    }

    #[test]
    fn an_established_connection_is_kept() {
        let (low, high) = (speaker("10.0.0.1", 1), speaker("10.0.0.2", 2));
        for (local, peer) in [(low, high), (high, low)] {
            for older in [Origin::Us, Origin::Peer] {
                for newer in [Origin::Us, Origin::Peer] {
                    let older = Older {
                        origin: older,
                        established: true,
                    };
                    assert_eq!(resolve(local, peer, older, newer), Loser::Newer);
                }
            }
        }
    }

    #[test]
    fn of_two_connections_by_the_same_side_the_newer_is_kept() {
        let (low, high) = (speaker("10.0.0.1", 1), speaker("10.0.0.2", 2));
        for (local, peer) in [(low, high), (high, low)] {
            let older = confirming(Origin::Peer);
            assert_eq!(resolve(local, peer, older, Origin::Peer), Loser::Older);
        }
    }
}
