//! As much of BGP as counting needs, written from RFC 4271 and RFC 4760 alone: it shares nothing
//! with the engine that it judges.

use std::net::Ipv4Addr;

use super::tally::{Probe, Tally};

/// Of a message, with its marker, length and type (RFC 4271 section 4.1).
const HEADER: usize = 19;
/// RFC 4271 section 4.
const MAX_MESSAGE: usize = 4096;

const OPEN: u8 = 1;
const UPDATE: u8 = 2;
const NOTIFICATION: u8 = 3;
const KEEPALIVE: u8 = 4;

/// The path attributes that carry prefixes (RFC 4760 sections 3 and 4).
const MP_REACH: u8 = 14;
const MP_UNREACH: u8 = 15;
/// A path attribute's length has two octets (RFC 4271 section 4.3).
const EXTENDED_LENGTH: u8 = 0x10;

/// What was received cannot be read, or ends the session.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// The daemon gave up.
    #[error("NOTIFICATION {code}/{subcode}")]
    Notified {
        /// Error code.
        code: u8,
        /// Error subcode.
        subcode: u8,
    },
    /// A length in the header is out of bounds.
    #[error("a message of {0} octets")]
    Length(usize),
    /// A message of a type that nobody asked for.
    #[error("a message of type {0}")]
    Type(u8),
    /// A length within a message leads out of it.
    #[error("an UPDATE whose {0} is cut off")]
    CutOff(&'static str),
    /// A prefix is longer than its family's addresses.
    #[error("a prefix of {0} bits")]
    Bits(u8),
}

/// What a message wants to be answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// The daemon's OPEN is there: a KEEPALIVE accepts it.
    Keepalive,
}

/// Reads all whole messages at the begin of `octets` into `tally`. Returns how many octets that
/// were, and the answer that one of them wants.
pub(super) fn consume(
    octets: &[u8],
    probe: Ipv4Addr,
    tally: &mut Tally,
) -> Result<(usize, Option<Answer>), Fault> {
    let (mut rest, mut answer) = (octets, None);
    while let Some((kind, body, after)) = message(rest)? {
        tally.messages += 1;
        match kind {
            OPEN => answer = Some(Answer::Keepalive),
            UPDATE => update(body, probe, tally)?,
            KEEPALIVE => tally.established = true,
            NOTIFICATION => {
                let octet = |at| body.get(at).copied().unwrap_or(0);
                return Err(Fault::Notified {
                    code: octet(0),
                    subcode: octet(1),
                });
            }
            kind => return Err(Fault::Type(kind)),
        }
        rest = after;
    }
    let read = octets.len() - rest.len();
    tally.octets += read as u64;
    Ok((read, answer))
}

/// The type and body of the first message, and what comes behind it.
type Message<'a> = (u8, &'a [u8], &'a [u8]);

fn message(octets: &[u8]) -> Result<Option<Message<'_>>, Fault> {
    let Some((&[.., high, low, kind], rest)) = octets.split_first_chunk::<HEADER>() else {
        return Ok(None);
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if !(HEADER..=MAX_MESSAGE).contains(&length) {
        return Err(Fault::Length(length));
    }
    let split = rest.split_at_checked(length - HEADER);
    Ok(split.map(|(body, after)| (kind, body, after)))
}

fn update(body: &[u8], probe: Ipv4Addr, tally: &mut Tally) -> Result<(), Fault> {
    let (withdrawn, rest) = sized(body).ok_or(Fault::CutOff("withdrawn routes"))?;
    let (attributes, nlri) = sized(rest).ok_or(Fault::CutOff("path attributes"))?;
    let lost = ipv4(withdrawn, probe, Probe::Withdrawn, tally)?;
    let mut counted = Counted {
        announced: 0,
        withdrawn: lost,
    };
    multiprotocol(attributes, probe, tally, &mut counted)?;
    counted.announced += ipv4(nlri, probe, Probe::Announced, tally)?;
    tally.updates += 1;
    tally.announced += counted.announced;
    tally.withdrawn += counted.withdrawn;
    Ok(())
}

/// Prefixes of one UPDATE.
struct Counted {
    announced: u64,
    withdrawn: u64,
}

fn multiprotocol(
    mut attributes: &[u8],
    probe: Ipv4Addr,
    tally: &mut Tally,
    counted: &mut Counted,
) -> Result<(), Fault> {
    while let Some((kind, value, rest)) = attribute(attributes)? {
        match kind {
            MP_REACH => {
                let (afi, rest) = family(value).ok_or(Fault::CutOff("MP_REACH_NLRI"))?;
                let nlri = behind_next_hop(rest).ok_or(Fault::CutOff("MP_REACH_NLRI"))?;
                counted.announced += prefixes(afi, nlri, probe, Probe::Announced, tally)?;
            }
            MP_UNREACH => {
                let (afi, nlri) = family(value).ok_or(Fault::CutOff("MP_UNREACH_NLRI"))?;
                counted.withdrawn += prefixes(afi, nlri, probe, Probe::Withdrawn, tally)?;
            }
            _ => {}
        }
        attributes = rest;
    }
    Ok(())
}

/// The type and value of the first attribute, and what comes behind it.
fn attribute(octets: &[u8]) -> Result<Option<Message<'_>>, Fault> {
    let Some((&[flags, kind], rest)) = octets.split_first_chunk() else {
        return if octets.is_empty() {
            Ok(None)
        } else {
            Err(Fault::CutOff("path attribute"))
        };
    };
    let split = if flags & EXTENDED_LENGTH == 0 {
        let short = rest.split_first();
        short.and_then(|(&length, rest)| rest.split_at_checked(usize::from(length)))
    } else {
        sized(rest)
    };
    let (value, rest) = split.ok_or(Fault::CutOff("path attribute"))?;
    Ok(Some((kind, value, rest)))
}

/// A field behind its length of two octets, and the rest.
fn sized(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = octets.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(length)))
}

/// The AFI, and what comes behind AFI and SAFI.
fn family(octets: &[u8]) -> Option<(u16, &[u8])> {
    let (&[high, low, _safi], rest) = octets.split_first_chunk()?;
    Some((u16::from_be_bytes([high, low]), rest))
}

/// The prefixes behind the next hop and the reserved octet.
fn behind_next_hop(octets: &[u8]) -> Option<&[u8]> {
    let (&length, rest) = octets.split_first()?;
    rest.get(usize::from(length) + 1..)
}

fn prefixes(
    afi: u16,
    octets: &[u8],
    probe: Ipv4Addr,
    means: Probe,
    tally: &mut Tally,
) -> Result<u64, Fault> {
    const IPV4: u16 = 1;
    const IPV6_BITS: u8 = 128;
    match afi {
        IPV4 => ipv4(octets, probe, means, tally),
        _ => walk::<IPV6_BITS>(octets, |_| {}),
    }
}

/// Counts IPv4 prefixes, and notes what they mean for the probe if it is one of them.
fn ipv4(octets: &[u8], probe: Ipv4Addr, means: Probe, tally: &mut Tally) -> Result<u64, Fault> {
    const IPV4_BITS: u8 = 32;
    let probe = probe.octets();
    walk::<IPV4_BITS>(octets, |prefix| {
        if prefix == probe {
            tally.probe = means;
        }
    })
}

/// Counts prefixes of at most `MAX_BITS` bits (RFC 4271 section 4.3), and shows each one's octets.
fn walk<const MAX_BITS: u8>(mut octets: &[u8], mut see: impl FnMut(&[u8])) -> Result<u64, Fault> {
    let mut count = 0;
    while let Some((&bits, rest)) = octets.split_first() {
        if bits > MAX_BITS {
            return Err(Fault::Bits(bits));
        }
        let split = rest.split_at_checked(usize::from(bits).div_ceil(8));
        let (prefix, rest) = split.ok_or(Fault::CutOff("prefix"))?;
        see(prefix);
        count += 1;
        octets = rest;
    }
    Ok(count)
}

/// An OPEN with 4-octet AS and IPv4 and IPv6 unicast. Hold time 0: no daemon is measured at sending
/// KEEPALIVEs.
pub(super) fn open(asn: u16, router_id: Ipv4Addr) -> Vec<u8> {
    const VERSION: u8 = 4;
    let [high, low] = asn.to_be_bytes();
    // One optional parameter of type 2 with capabilities 1 (twice) and 65 (RFC 5492, 4760, 6793).
    let parameter = [
        2, 18, 1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1, 65, 4, 0, 0, high, low,
    ];
    let mut body = vec![VERSION, high, low, 0, 0];
    body.extend(router_id.octets());
    body.push(parameter.len() as u8);
    body.extend(parameter);
    framed(OPEN, &body)
}

/// A KEEPALIVE.
pub(super) fn keepalive() -> Vec<u8> {
    framed(KEEPALIVE, &[])
}

fn framed(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = (HEADER + body.len()) as u16;
    let mut message = vec![0xff; 16];
    message.extend(length.to_be_bytes());
    message.push(kind);
    message.extend(body);
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROBE: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);

    fn read(messages: &[Vec<u8>]) -> Result<Tally, Fault> {
        let mut tally = Tally::default();
        let octets = messages.concat();
        let (consumed, _) = consume(&octets, PROBE, &mut tally)?;
        assert_eq!(consumed, octets.len());
        Ok(tally)
    }

    #[test]
    fn classic_prefixes_are_counted_whatever_their_length() {
        let body = [
            0, 5, // withdrawn: 10.1.0.0/16, 0.0.0.0/0, 10.0.0.0/8
            16, 10, 1, 0, 8, // the last one is cut off on purpose
            0, 0,
        ];
        assert_eq!(read(&[framed(UPDATE, &body)]), Err(Fault::CutOff("prefix")));
        let body = [
            0, 6, 16, 10, 1, 0, 8, 10, // withdrawn: three
            0, 4, 0x40, 1, 1, 0, // ORIGIN
            32, 192, 0, 2, 1, 25, 192, 0, 2, 128, // announced: two
        ];
        let tally = read(&[framed(UPDATE, &body)]).unwrap();
        assert_eq!((tally.announced, tally.withdrawn), (2, 3));
        assert_eq!((tally.updates, tally.messages), (1, 1));
        assert_eq!(tally.octets, 19 + body.len() as u64);
    }

    #[test]
    fn multiprotocol_prefixes_are_counted_for_both_families() {
        let ipv6_reach = [
            0, 2, 1, 4, 1, 2, 3, 4, 0, 16, 0x20, 1, 32, 0x20, 1, 0xd, 0xb8,
        ];
        let ipv4_unreach = [0, 1, 1, 32, 198, 51, 100, 1];
        let mut attributes = vec![0x80, MP_REACH, ipv6_reach.len() as u8];
        attributes.extend(ipv6_reach);
        attributes.extend([0x90, MP_UNREACH, 0, ipv4_unreach.len() as u8]);
        attributes.extend(ipv4_unreach);
        let mut body = vec![0, 0, 0, attributes.len() as u8];
        body.extend(attributes);
        let tally = read(&[framed(UPDATE, &body)]).unwrap();
        assert_eq!((tally.announced, tally.withdrawn), (2, 1));
        assert_eq!(tally.probe, Probe::Withdrawn);
    }

    #[test]
    fn the_probe_is_found_among_other_prefixes() {
        let announced = [
            0, 0, 0, 0, 32, 10, 0, 0, 1, 32, 198, 51, 100, 1, 24, 198, 51, 100,
        ];
        let tally = read(&[framed(UPDATE, &announced)]).unwrap();
        assert_eq!(tally.probe, Probe::Announced);
        let withdrawn = [0, 5, 32, 198, 51, 100, 1, 0, 0];
        let tally = read(&[framed(UPDATE, &announced), framed(UPDATE, &withdrawn)]).unwrap();
        assert_eq!(tally.probe, Probe::Withdrawn);
    }

    #[test]
    fn a_message_that_is_not_whole_yet_is_left() {
        let whole = framed(UPDATE, &[0, 0, 0, 0]);
        let octets = [whole.as_slice(), &whole[..whole.len() - 1]].concat();
        let mut tally = Tally::default();
        let (consumed, _) = consume(&octets, PROBE, &mut tally).unwrap();
        assert_eq!((consumed, tally.updates), (whole.len(), 1));
    }

    #[test]
    fn an_open_asks_for_a_keepalive_and_a_keepalive_establishes() {
        let mut tally = Tally::default();
        let open = open(65001, PROBE);
        let (_, answer) = consume(&open, PROBE, &mut tally).unwrap();
        assert_eq!(answer, Some(Answer::Keepalive));
        assert!(!tally.established);
        consume(&keepalive(), PROBE, &mut tally).unwrap();
        assert!(tally.established);
    }

    #[test]
    fn what_cannot_be_counted_is_a_fault() {
        let cases: [(&[u8], Fault); 4] = [
            (&[0, 1, 33, 0], Fault::CutOff("path attributes")),
            (&[0, 1, 33, 0, 0], Fault::Bits(33)),
            (&[0, 0, 0, 3, 0x40, 1, 9], Fault::CutOff("path attribute")),
            (&[0], Fault::CutOff("withdrawn routes")),
        ];
        for (body, fault) in cases {
            assert_eq!(read(&[framed(UPDATE, body)]), Err(fault));
        }
        let notified = Fault::Notified {
            code: 6,
            subcode: 5,
        };
        assert_eq!(read(&[framed(NOTIFICATION, &[6, 5])]), Err(notified));
        assert_eq!(read(&[framed(9, &[])]), Err(Fault::Type(9)));
        let mut long = keepalive();
        long[16] = 0x20;
        assert_eq!(read(&[long]), Err(Fault::Length(0x2013)));
    }
}
