//! A peer as the RFCs describe it, which shares no code with the encoder.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::net::{Family, Prefix};

/// A route as it was received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) next_hop: Option<IpAddr>,
    pub(super) as_path: Vec<u32>,
    pub(super) local_pref: Option<u32>,
    pub(super) med: Option<u32>,
    pub(super) communities: BTreeSet<u32>,
    pub(super) large_communities: BTreeSet<[u32; 3]>,
}

/// One UPDATE.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Update {
    pub(super) octets: usize,
    pub(super) withdrawn: Vec<Prefix>,
    pub(super) announced: Vec<Prefix>,
    pub(super) attributes: Received,
    pub(super) codes: Vec<u8>,
    pub(super) end_of_rib: Option<Family>,
}

/// The routes of a peer.
#[derive(Clone, Debug, Default)]
pub(super) struct Receiver {
    pub(super) routes: BTreeMap<Prefix, Received>,
    pub(super) end_of_ribs: Vec<Family>,
    four_octet_as: bool,
}

impl Receiver {
    pub(super) fn new(four_octet_as: bool) -> Self {
        Self {
            four_octet_as,
            ..Self::default()
        }
    }

    /// Takes a chunk of whole messages. What they said.
    pub(super) fn receive(&mut self, mut octets: &[u8]) -> Vec<Update> {
        let mut updates = Vec::new();
        while !octets.is_empty() {
            let length = usize::from(u16::from_be_bytes([octets[16], octets[17]]));
            let (message, rest) = octets.split_at(length);
            let update = decode(message, self.four_octet_as);
            self.apply(&update);
            updates.push(update);
            octets = rest;
        }
        updates
    }

    fn apply(&mut self, update: &Update) {
        for prefix in &update.withdrawn {
            let had = self.routes.remove(prefix);
            assert!(had.is_some(), "{prefix} was withdrawn but never announced");
        }
        for prefix in &update.announced {
            self.routes.insert(*prefix, update.attributes.clone());
        }
        self.end_of_ribs.extend(update.end_of_rib);
    }
}

fn decode(message: &[u8], four_octet_as: bool) -> Update {
    assert_eq!(message[..16], [0xff; 16], "marker");
    assert_eq!(message[18], 2, "type");
    let (withdrawn, rest) = counted(&message[19..]);
    let (attributes, nlri) = counted(rest);
    let mut update = Update {
        octets: message.len(),
        withdrawn: prefixes(Family::Ipv4Unicast, withdrawn),
        announced: prefixes(Family::Ipv4Unicast, nlri),
        ..Update::default()
    };
    let mut as4_path = None;
    let mut attributes = attributes;
    while !attributes.is_empty() {
        let (flags, code) = (attributes[0], attributes[1]);
        let (value, rest) = if flags & 0x10 == 0 {
            let length = usize::from(attributes[2]);
            attributes[3..].split_at(length)
        } else {
            let (value, rest) = counted(&attributes[2..]);
            assert!(value.len() > 255, "extended length without need");
            (value, rest)
        };
        assert!(code == 2 || !value.is_empty(), "empty attribute {code}");
        match code {
            17 => as4_path = Some(as_path(value, 4)),
            _ => attribute(&mut update, flags, code, value, four_octet_as),
        }
        update.codes.push(code);
        attributes = rest;
    }
    if let Some(path) = as4_path {
        assert!(!four_octet_as, "AS4_PATH to a new speaker");
        assert_eq!(path.len(), update.attributes.as_path.len());
        update.attributes.as_path = path;
    }
    if message.len() == 23 {
        update.end_of_rib = Some(Family::Ipv4Unicast);
    }
    update
}

fn attribute(update: &mut Update, flags: u8, code: u8, value: &[u8], four_octet_as: bool) {
    let Update {
        attributes,
        announced,
        withdrawn,
        end_of_rib,
        ..
    } = update;
    let class = match code {
        1 | 2 | 3 | 5 => 0x40,
        8 | 32 => 0xc0,
        _ => 0x80,
    };
    assert_eq!(flags & 0xe0, class, "flags of attribute {code}");
    match code {
        1 => assert_eq!(value, [0], "ORIGIN IGP"),
        2 => attributes.as_path = as_path(value, if four_octet_as { 4 } else { 2 }),
        3 => attributes.next_hop = Some(Ipv4Addr::from(array::<4>(value)).into()),
        4 => attributes.med = Some(number(value)),
        5 => attributes.local_pref = Some(number(value)),
        8 => attributes.communities = value.chunks(4).map(number).collect(),
        14 => {
            assert_eq!(value[..4], [0, 2, 1, 16], "AFI, SAFI, next hop length");
            attributes.next_hop = Some(Ipv6Addr::from(array::<16>(&value[4..20])).into());
            *announced = prefixes(Family::Ipv6Unicast, &value[21..]);
        }
        15 => {
            assert_eq!(value[..3], [0, 2, 1], "AFI, SAFI");
            *withdrawn = prefixes(Family::Ipv6Unicast, &value[3..]);
            *end_of_rib = withdrawn.is_empty().then_some(Family::Ipv6Unicast);
        }
        32 => {
            let parts = |large: &[u8]| [0, 4, 8].map(|at| number(&large[at..at + 4]));
            attributes.large_communities = value.chunks(12).map(parts).collect();
        }
        code => panic!("attribute {code}"),
    }
}

fn as_path(mut value: &[u8], octets: usize) -> Vec<u32> {
    let mut path = Vec::new();
    while !value.is_empty() {
        assert_eq!(value[0], 2, "AS_SEQUENCE");
        let (ases, rest) = value[2..].split_at(usize::from(value[1]) * octets);
        assert!(!ases.is_empty(), "empty segment");
        path.extend(ases.chunks(octets).map(number));
        value = rest;
    }
    path
}

fn prefixes(family: Family, mut octets: &[u8]) -> Vec<Prefix> {
    let mut prefixes = Vec::new();
    while let Some((length, rest)) = octets.split_first() {
        let (address, rest) = rest.split_at(usize::from(length.div_ceil(8)));
        let mut full = [0; 16];
        full[..address.len()].copy_from_slice(address);
        let address: IpAddr = match family {
            Family::Ipv4Unicast => Ipv4Addr::from(array::<4>(&full[..4])).into(),
            Family::Ipv6Unicast => Ipv6Addr::from(full).into(),
        };
        prefixes.push(Prefix::new(address, *length).unwrap());
        octets = rest;
    }
    prefixes
}

/// A field with its length in two octets before it, and what follows.
fn counted(octets: &[u8]) -> (&[u8], &[u8]) {
    let length = usize::from(u16::from_be_bytes([octets[0], octets[1]]));
    octets[2..].split_at(length)
}

fn number(octets: &[u8]) -> u32 {
    octets
        .iter()
        .fold(0, |number, octet| number << 8 | u32::from(*octet))
}

fn array<const N: usize>(octets: &[u8]) -> [u8; N] {
    octets.try_into().unwrap()
}
