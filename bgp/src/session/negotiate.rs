//! Two OPENs become what a session runs on, or the reason why there is none.

use super::fault::Fault;
use super::{Negotiated, PeerConfig};
use crate::wire::{Capability, Open};

/// The OPEN that we send.
pub(super) fn our_open(config: &PeerConfig) -> Open {
    let families = config.families.iter().map(Capability::family);
    let others = [
        Capability::RouteRefresh,
        Capability::FourOctetAs(config.local_asn),
    ];
    Open {
        asn: config.local_asn,
        hold_time: config.hold_time,
        router_id: config.router_id,
        capabilities: families.chain(others).collect(),
    }
}

/// What our OPEN and the peer's agree on.
///
/// # Errors What forbids the session (RFC 4271 section 6.2); faults of one field by itself were
/// found when it was read.
pub(super) fn negotiate(config: &PeerConfig, open: &Open) -> Result<Negotiated, Fault> {
    if open.asn != config.peer_asn {
        return Err(Fault::bad_peer_as(config.peer_asn, open.asn));
    }
    // RFC 6286 section 2.2: an identifier is unique within an AS only, so that a peer in another
    // one may have ours.
    if !config.is_ebgp() && open.router_id == config.router_id {
        return Err(Fault::own_identifier(open.router_id));
    }
    let families = config.families.intersection(open.families());
    if families.is_empty() {
        return Err(Fault::no_common_family(config.families));
    }
    let hold_time = config.hold_time.negotiate(open.hold_time);
    Ok(Negotiated {
        local_asn: config.local_asn,
        peer_asn: open.asn,
        peer_router_id: open.router_id,
        hold_time,
        keepalive_time: hold_time.keepalive(),
        families,
        four_octet_as: open.four_octet_as(),
        route_refresh: open.route_refresh(),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::iana::ErrorCode;
    use crate::net::{Asn, Family, FamilySet, HoldTime, RouterId};
    use crate::session::testing::{asn, config, router_id};

    /// An OPEN that `config()` accepts.
    fn peer_open() -> Open {
        Open {
            asn: asn(65_002),
            hold_time: HoldTime::DEFAULT,
            router_id: router_id("10.0.0.2"),
            capabilities: vec![
                Capability::family(Family::Ipv4Unicast),
                Capability::family(Family::Ipv6Unicast),
                Capability::RouteRefresh,
                Capability::FourOctetAs(asn(65_002)),
            ],
        }
    }

    fn refusal(config: &PeerConfig, open: &Open) -> (ErrorCode, u8, Vec<u8>) {
        let fault = negotiate(config, open).unwrap_err();
        let notification = fault.notification;
        (
            notification.code,
            notification.subcode,
            notification.data.to_vec(),
        )
    }

    #[test]
    fn our_open_offers_what_is_configured() {
        let config = config();
        let open = our_open(&config);
        assert_eq!(open.families(), config.families);
        assert_eq!(open.asn, config.local_asn);
        assert!(open.four_octet_as() && open.route_refresh());
    }

    #[test]
    fn a_peer_in_another_as_is_refused_with_2_2() {
        let open = Open {
            asn: asn(65_003),
            ..peer_open()
        };
        assert_eq!(
            refusal(&config(), &open),
            (ErrorCode::OpenMessage, 2, vec![])
        );
    }

    #[test]
    fn our_own_identifier_is_refused_with_2_3_within_our_as() {
        let config = PeerConfig {
            peer_asn: config().local_asn,
            ..config()
        };
        let open = Open {
            asn: config.local_asn,
            router_id: config.router_id,
            ..peer_open()
        };
        assert_eq!(refusal(&config, &open), (ErrorCode::OpenMessage, 3, vec![]));
    }

    #[test]
    fn our_own_identifier_is_welcome_from_another_as() {
        let open = Open {
            router_id: config().router_id,
            ..peer_open()
        };
        assert!(negotiate(&config(), &open).is_ok());
    }

    #[test]
    fn no_common_family_is_refused_with_2_7_and_our_capabilities() {
        let config = PeerConfig {
            families: FamilySet::from_iter([Family::Ipv6Unicast]),
            ..config()
        };
        let open = Open {
            capabilities: vec![Capability::family(Family::Ipv4Unicast)],
            ..peer_open()
        };
        let ipv6_unicast = vec![1, 4, 0, 2, 0, 1];
        assert_eq!(
            refusal(&config, &open),
            (ErrorCode::OpenMessage, 7, ipv6_unicast)
        );
    }

    #[test]
    fn a_peer_without_capabilities_gets_ipv4_unicast() {
        let open = Open {
            capabilities: vec![],
            ..peer_open()
        };
        let negotiated = negotiate(&config(), &open).unwrap();
        assert_eq!(
            negotiated.families,
            FamilySet::from_iter([Family::Ipv4Unicast])
        );
        assert!(!negotiated.four_octet_as && !negotiated.route_refresh);
    }

    #[test]
    fn the_smaller_hold_time_is_used() {
        let open = Open {
            hold_time: HoldTime::from_secs(9).unwrap(),
            ..peer_open()
        };
        let negotiated = negotiate(&config(), &open).unwrap();
        assert_eq!(negotiated.hold_time.as_secs(), 9);
        assert_eq!(negotiated.keepalive_time, Some(Duration::from_secs(3)));
    }

    #[test]
    fn a_hold_time_of_zero_needs_no_keepalives() {
        let open = Open {
            hold_time: HoldTime::NONE,
            ..peer_open()
        };
        let negotiated = negotiate(&config(), &open).unwrap();
        assert_eq!(negotiated.hold_time, HoldTime::NONE);
        assert_eq!(negotiated.keepalive_time, None);
    }

    #[test]
    fn a_four_octet_as_is_recognised() {
        let large = Asn::new(4_200_000_000).unwrap();
        let config = PeerConfig {
            peer_asn: large,
            ..config()
        };
        let open = Open {
            asn: large,
            router_id: RouterId::new(9).unwrap(),
            ..peer_open()
        };
        assert_eq!(negotiate(&config, &open).unwrap().peer_asn, large);
    }
}
