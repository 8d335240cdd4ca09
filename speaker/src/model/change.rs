use super::Peer;

/// What a new declaration of a peer does to its session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PeerChange {
    /// It ends and begins again. Named are the fields that force it.
    Reset(Vec<&'static str>),
    /// It goes on.
    InPlace(InPlace),
}

/// What is to be done to a session that goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct InPlace {
    /// Whether and how often we connect.
    pub(crate) dialling: bool,
    /// The TTLs of its connections.
    pub(crate) reach: bool,
    /// The key of its connections.
    pub(crate) md5: bool,
    /// The next hops of what was advertised.
    pub(crate) next_hops: bool,
    /// The limit may be below what the neighbor has announced already.
    pub(crate) max_prefixes: bool,
}

/// What it takes to get from `old` to `new`, which have the same name.
///
/// A session has to begin again for what its OPEN said, for another other end, and for another own end. All else goes on
/// living: the kernel changes TTLs and MD5 keys of a connection that is there, and routes are advertised again with
/// another next hop. To begin or to end signing is not among it: the neighbor drops what is signed, or not, against its
/// expectation, and both sides would wait for the hold timer.
pub(crate) fn peer_change(old: &Peer, new: &Peer) -> PeerChange {
    let Peer {
        name: _,
        description: _,
        address,
        port,
        peer_asn,
        local_asn,
        passive,
        hold_time,
        connect_retry_time,
        families,
        local_address,
        interface,
        reach,
        md5,
        max_prefixes,
        next_hop_ipv4,
        next_hop_ipv6,
        router_id,
        required: _,
    } = old;
    let resets = [
        ("address", *address != new.address),
        ("port", *port != new.port),
        ("peer_asn", *peer_asn != new.peer_asn),
        ("local_asn", *local_asn != new.local_asn),
        ("hold_time", *hold_time != new.hold_time),
        ("families", *families != new.families),
        ("local_address", *local_address != new.local_address),
        ("interface", *interface != new.interface),
        ("md5_secret_file", md5.is_some() != new.md5.is_some()),
        ("router_id", *router_id != new.router_id),
    ];
    let resets: Vec<&'static str> = resets
        .into_iter()
        .filter_map(|(field, changed)| changed.then_some(field))
        .collect();
    if !resets.is_empty() {
        return PeerChange::Reset(resets);
    }
    PeerChange::InPlace(InPlace {
        dialling: *passive != new.passive || *connect_retry_time != new.connect_retry_time,
        reach: *reach != new.reach,
        md5: *md5 != new.md5,
        next_hops: *next_hop_ipv4 != new.next_hop_ipv4 || *next_hop_ipv6 != new.next_hop_ipv6,
        max_prefixes: *max_prefixes != new.max_prefixes,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bellwether_bgp::net::{Asn, Family, FamilySet, HoldTime};

    use super::*;
    use crate::model::{Beyond, MaxPrefixes, Md5, Reach, test_peer};

    fn change(edit: impl FnOnce(&mut Peer)) -> PeerChange {
        let old = signed(b"old");
        let mut new = old.clone();
        edit(&mut new);
        peer_change(&old, &new)
    }

    fn signed(key: &[u8]) -> Peer {
        Peer {
            md5: Some(md5(key)),
            ..test_peer("tor1", "10.0.0.254")
        }
    }

    fn md5(key: &[u8]) -> Md5 {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, key).unwrap();
        Md5::read(&file).unwrap()
    }

    fn reset(field: &'static str) -> PeerChange {
        PeerChange::Reset(vec![field])
    }

    #[test]
    fn what_the_open_says_and_both_ends_force_a_reset() {
        type Edit = fn(&mut Peer);
        let asn = |number| Asn::new(number).unwrap();
        assert_eq!(change(|peer| peer.peer_asn = asn(1)), reset("peer_asn"));
        assert_eq!(change(|peer| peer.local_asn = asn(1)), reset("local_asn"));
        let edits: [(&'static str, Edit); 8] = [
            ("address", |peer| peer.address = "10.0.0.9".parse().unwrap()),
            ("port", |peer| peer.port = 1179),
            ("hold_time", |peer| {
                peer.hold_time = HoldTime::from_secs(3).unwrap();
            }),
            ("families", |peer| {
                peer.families = FamilySet::from_iter([Family::Ipv4Unicast]);
            }),
            ("local_address", |peer| {
                peer.local_address = "10.0.0.2".parse().ok();
            }),
            ("interface", |peer| peer.interface = "eth0".parse().ok()),
            ("md5_secret_file", |peer| peer.md5 = None),
            ("router_id", |peer| {
                peer.router_id = "10.0.0.2".parse().unwrap();
            }),
        ];
        for (field, edit) in edits {
            assert_eq!(change(edit), reset(field));
        }
    }

    #[test]
    fn all_else_is_done_in_place() {
        type Edit = fn(&mut Peer);
        let nothing = InPlace::default();
        let dialling = InPlace {
            dialling: true,
            ..nothing
        };
        let next_hops = InPlace {
            next_hops: true,
            ..nothing
        };
        let edits: [(InPlace, Edit); 8] = [
            (nothing, |peer| peer.description = "the new rack".to_owned()),
            (nothing, |peer| peer.required = false),
            (dialling, |peer| peer.passive = true),
            (dialling, |peer| {
                peer.connect_retry_time = Duration::from_secs(60);
            }),
            (
                InPlace {
                    reach: true,
                    ..nothing
                },
                |peer| peer.reach = Reach::IBGP,
            ),
            (next_hops, |peer| {
                peer.next_hop_ipv4 = "10.0.0.9".parse().ok();
            }),
            (next_hops, |peer| {
                peer.next_hop_ipv6 = "2001:db8::9".parse().ok();
            }),
            (
                InPlace {
                    max_prefixes: true,
                    ..nothing
                },
                |peer| {
                    peer.max_prefixes = Some(MaxPrefixes {
                        limit: 1,
                        beyond: Beyond::Warn,
                    });
                },
            ),
        ];
        for (what, edit) in edits {
            assert_eq!(change(edit), PeerChange::InPlace(what));
        }
    }

    #[test]
    fn another_key_is_taken_in_place_and_signing_begins_with_a_reset() {
        let rotated = change(|peer| peer.md5 = Some(md5(b"new")));
        let md5 = InPlace {
            md5: true,
            ..InPlace::default()
        };
        assert_eq!(rotated, PeerChange::InPlace(md5));
        let unsigned = test_peer("tor1", "10.0.0.254");
        let begun = peer_change(&unsigned, &signed(b"old"));
        assert_eq!(begun, reset("md5_secret_file"));
    }

    #[test]
    fn every_field_that_forces_a_reset_is_named() {
        let both = change(|peer| {
            peer.port = 1;
            peer.router_id = "10.0.0.2".parse().unwrap();
            peer.passive = true;
        });
        assert_eq!(both, PeerChange::Reset(vec!["port", "router_id"]));
    }
}
