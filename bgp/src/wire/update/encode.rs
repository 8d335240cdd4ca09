use std::net::Ipv6Addr;

use bytes::{BufMut, Bytes, BytesMut};

use super::template::{Template, put_withdrawal, withdrawal_room};
use crate::iana::MessageType;
use crate::net::{Family, Prefix};
use crate::wire::attr::encode;
use crate::wire::frame::put_message;
use crate::wire::{nlri, patch_u16};

/// Appends one UPDATE that announces as many of `prefixes` as `max_octets` has room for, from the
/// first on, and returns how many these are. Nothing is appended if there are none: not even one
/// fits behind the attributes, or the first prefix is not IPv4. `attributes` are whole path
/// attributes with NEXT_HOP, by ascending code.
pub fn announce_ipv4(
    out: &mut BytesMut,
    attributes: &[u8],
    prefixes: &[Prefix],
    max_octets: u16,
) -> usize {
    let template = Template::ipv4(attributes);
    announce(out, Family::Ipv4Unicast, &template, prefixes, max_octets)
}

/// As [`announce_ipv4`], for IPv6: the next hop and the prefixes are an MP_REACH_NLRI in front of
/// `attributes`, which are without NEXT_HOP.
pub fn announce_ipv6(
    out: &mut BytesMut,
    next_hop: Ipv6Addr,
    attributes: &[u8],
    prefixes: &[Prefix],
    max_octets: u16,
) -> usize {
    let template = Template::ipv6(next_hop, attributes);
    announce(out, Family::Ipv6Unicast, &template, prefixes, max_octets)
}

/// Appends one UPDATE that withdraws as many of `prefixes` as `max_octets` has room for, from the
/// first on, and returns how many these are. Nothing is appended if there are none, or the first is
/// not of `family`.
pub fn withdraw(out: &mut BytesMut, family: Family, prefixes: &[Prefix], max_octets: u16) -> usize {
    let (routes, count) = fit(family, prefixes, withdrawal_room(family, max_octets));
    if count > 0 {
        put_withdrawal(out, family, &routes);
    }
    count
}

/// End-of-RIB (RFC 4724 section 2): an UPDATE that says nothing, which for other families than IPv4
/// unicast says it in an MP_UNREACH_NLRI.
#[must_use]
pub fn end_of_rib(family: Family) -> Bytes {
    let mut out = BytesMut::new();
    match family {
        Family::Ipv4Unicast => put_update(&mut out, &[], |_| {}, &[]),
        Family::Ipv6Unicast => {
            put_update(
                &mut out,
                &[],
                |out| encode::mp_unreach(out, family, &[]),
                &[],
            );
        }
    }
    out.freeze()
}

fn announce(
    out: &mut BytesMut,
    family: Family,
    template: &Template,
    prefixes: &[Prefix],
    max_octets: u16,
) -> usize {
    let (routes, count) = fit(family, prefixes, template.room(max_octets));
    if count > 0 {
        template.put(out, &routes);
    }
    count
}

/// The first prefixes, as long as they are of the family and fit, and how many these are.
fn fit(family: Family, prefixes: &[Prefix], room: usize) -> (BytesMut, usize) {
    let mut octets = 0;
    let fits = |prefix: &&Prefix| {
        octets += nlri::encoded_len(**prefix);
        prefix.family() == family && octets <= room
    };
    let mut routes = BytesMut::new();
    let fitting = prefixes.iter().take_while(fits);
    let count = fitting
        .map(|prefix| nlri::put(&mut routes, *prefix))
        .count();
    (routes, count)
}

/// Appends an UPDATE of these parts (RFC 4271 section 4.3), the routes encoded.
pub(super) fn put_update(
    out: &mut BytesMut,
    withdrawn: &[u8],
    put_attributes: impl FnOnce(&mut BytesMut),
    announced: &[u8],
) {
    put_message(out, MessageType::Update, |out| {
        put_block(out, |out| out.put_slice(withdrawn));
        put_block(out, put_attributes);
        out.put_slice(announced);
    });
}

/// Appends octets behind their length of two octets.
fn put_block(out: &mut BytesMut, put: impl FnOnce(&mut BytesMut)) {
    let start = out.len();
    out.put_u16(0);
    put(out);
    let length = u16::try_from(out.len() - start - 2).unwrap_or(u16::MAX);
    patch_u16(out, start, length);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(routes: &[&str]) -> Vec<Prefix> {
        routes.iter().map(|route| route.parse().unwrap()).collect()
    }

    /// The body of the one message that `put` appends.
    fn body(put: impl FnOnce(&mut BytesMut) -> usize) -> Vec<u8> {
        let mut out = BytesMut::new();
        put(&mut out);
        assert_eq!(
            out.get(16..18),
            Some(&u16::try_from(out.len()).unwrap().to_be_bytes()[..])
        );
        out[19..].to_vec()
    }

    #[test]
    fn ipv4_routes_follow_the_attributes() {
        let routes = routes(&["10.0.0.0/8", "192.0.2.1/32"]);
        let body = body(|out| announce_ipv4(out, &[0x40, 1, 1, 0], &routes, 4096));
        assert_eq!(body, [0, 0, 0, 4, 0x40, 1, 1, 0, 8, 10, 32, 192, 0, 2, 1]);
    }

    #[test]
    fn ipv6_routes_are_in_front_of_the_attributes() {
        let next_hop = Ipv6Addr::from([7; 16]);
        let body =
            body(|out| announce_ipv6(out, next_hop, &[0x40, 1, 1, 0], &routes(&["::/0"]), 4096));
        let head = [0, 0, 0, 29, 0x80, 14, 22, 0, 2, 1, 16];
        assert_eq!(
            body,
            [&head[..], &[7; 16], &[0, 0], &[0x40, 1, 1, 0]].concat()
        );
    }

    #[test]
    fn withdrawn_ipv4_routes_are_in_the_first_field() {
        let routes = routes(&["10.0.0.0/8"]);
        let body = body(|out| withdraw(out, Family::Ipv4Unicast, &routes, 4096));
        assert_eq!(body, [0, 2, 8, 10, 0, 0]);
    }

    #[test]
    fn withdrawn_ipv6_routes_are_an_attribute() {
        let body = body(|out| withdraw(out, Family::Ipv6Unicast, &routes(&["::/0"]), 4096));
        assert_eq!(body, [0, 0, 0, 7, 0x80, 15, 4, 0, 2, 1, 0]);
    }

    #[test]
    fn end_of_rib_is_an_update_that_says_nothing() {
        assert_eq!(
            end_of_rib(Family::Ipv4Unicast)[16..],
            [0, 23, 2, 0, 0, 0, 0]
        );
        let ipv6 = [0, 29, 2, 0, 0, 0, 6, 0x80, 15, 3, 0, 2, 1];
        assert_eq!(end_of_rib(Family::Ipv6Unicast)[16..], ipv6);
    }

    #[test]
    fn routes_that_do_not_fit_are_left_for_the_next_message() {
        let routes = routes(&["10.0.0.1/32"; 10]);
        for (max_octets, fit) in [(27, 0), (28, 1), (32, 1), (33, 2), (72, 9), (73, 10)] {
            let mut out = BytesMut::new();
            assert_eq!(
                withdraw(&mut out, Family::Ipv4Unicast, &routes, max_octets),
                fit
            );
            assert_eq!(out.len(), if fit == 0 { 0 } else { 23 + fit * 5 });
        }
    }

    #[test]
    fn routes_of_another_family_are_left() {
        let routes = routes(&["192.0.2.1/32", "::/0"]);
        let mut out = BytesMut::new();
        assert_eq!(withdraw(&mut out, Family::Ipv4Unicast, &routes, 4096), 1);
        assert_eq!(withdraw(&mut out, Family::Ipv6Unicast, &routes, 4096), 0);
        assert_eq!(out.len(), 23 + 5);
    }

    #[test]
    fn attributes_that_leave_no_room_leave_nothing_written() {
        let route = routes(&["192.0.2.1/32"]);
        let mut out = BytesMut::new();
        assert_eq!(announce_ipv4(&mut out, &[0; 4096 - 27], &route, 4096), 0);
        assert!(out.is_empty());
        assert_eq!(announce_ipv4(&mut out, &[0; 4096 - 28], &route, 4096), 1);
        assert_eq!(out.len(), 4096);
    }
}
