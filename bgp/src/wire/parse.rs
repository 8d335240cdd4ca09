//! Where nom is seen: the shapes of BGP, composed from its combinators.
//!
//! Each function reads one shape from the front of its input and says nothing about what the values
//! mean. What reads them calls [`exactly`] or [`each`], and turns a [`Fault`] into the error that
//! the RFC wants at that place. Lengths are compared and added as `usize`, so a sum of them cannot
//! wrap.

use nom::bytes::complete::take;
use nom::combinator::{all_consuming, consumed, map, rest};
use nom::error::{ErrorKind, ParseError};
use nom::multi::length_data;
use nom::number::complete::{be_u8, be_u16, be_u32, be_u128};
use nom::{IResult, Parser};

/// What a parser gives: the rest of the input and a value, or where it failed.
pub(super) type Parsed<'a, T> = IResult<&'a [u8], T, Stop>;

/// Where a parser stopped, counted from the end: nom tells what is left, never where it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    left: usize,
}

impl ParseError<&[u8]> for Stop {
    fn from_error_kind(input: &[u8], _: ErrorKind) -> Self {
        Self { left: input.len() }
    }

    fn append(_: &[u8], _: ErrorKind, first: Self) -> Self {
        first
    }
}

/// Octets that do not have the expected shape: some are missing, or some are left over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where, counted from the start of what was parsed.
    pub(super) offset: usize,
}

/// Reads a shape that takes up all of `input`.
pub(super) fn exactly<'a, T>(
    shape: impl Fn(&'a [u8]) -> Parsed<'a, T>,
    input: &'a [u8],
) -> Result<T, Fault> {
    match all_consuming(shape).parse_complete(input) {
        Ok((_, value)) => Ok(value),
        Err(error) => Err(fault(error, input)),
    }
}

/// Reads one shape after the other until `input` is used up, each with the offset at which it
/// begins.
pub(super) fn each<'a, T>(
    shape: impl Fn(&'a [u8]) -> Parsed<'a, T>,
    input: &'a [u8],
) -> impl Iterator<Item = Result<(usize, T), Fault>> {
    let mut left = input;
    std::iter::from_fn(move || {
        if left.is_empty() {
            return None;
        }
        let offset = input.len() - left.len();
        match shape(left) {
            Ok((behind, value)) => {
                left = behind;
                Some(Ok((offset, value)))
            }
            Err(error) => {
                let fault = fault(error, input);
                left = &[];
                Some(Err(fault))
            }
        }
    })
}

fn fault(error: nom::Err<Stop>, input: &[u8]) -> Fault {
    let left = match error {
        nom::Err::Error(stop) | nom::Err::Failure(stop) => stop.left,
        // Does not happen: every shape here is run as complete, which never asks for more.
        nom::Err::Incomplete(_) => 0,
    };
    Fault {
        offset: input.len().saturating_sub(left),
    }
}

/// A message header (RFC 4271 section 4.1).
#[derive(Clone, Copy, Debug)]
pub(super) struct Header<'a> {
    pub(super) marker: &'a [u8],
    pub(super) length: u16,
    pub(super) kind: u8,
}

pub(super) fn header(input: &[u8]) -> Parsed<'_, Header<'_>> {
    let shape = (take(16_usize), be_u16, be_u8);
    map(shape, |(marker, length, kind)| Header {
        marker,
        length,
        kind,
    })
    .parse_complete(input)
}

/// The fields of an OPEN (RFC 4271 section 4.2) behind its version, unchecked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open<'a> {
    pub(super) my_as: u16,
    pub(super) hold_time: u16,
    pub(super) identifier: u32,
    pub(super) parameters_length: u8,
    /// All that follows the length, which is right or wrong about it.
    pub(super) parameters: &'a [u8],
}

pub(super) fn open(input: &[u8]) -> Parsed<'_, Open<'_>> {
    let shape = (be_u16, be_u16, be_u32, be_u8, rest);
    map(
        shape,
        |(my_as, hold_time, identifier, parameters_length, parameters)| Open {
            my_as,
            hold_time,
            identifier,
            parameters_length,
            parameters,
        },
    )
    .parse_complete(input)
}

/// The octet in front and all the others.
pub(super) fn octet_and_rest(input: &[u8]) -> Parsed<'_, (u8, &[u8])> {
    (be_u8, rest).parse_complete(input)
}

/// A code, a length of one octet, and that many octets: a capability (RFC 5492 section 4).
pub(super) fn capability(input: &[u8]) -> Parsed<'_, (u8, &[u8])> {
    (be_u8, length_data(be_u8)).parse_complete(input)
}

/// An optional parameter of an OPEN: type, length and value. The length has two octets in the
/// extended form (RFC 9072 section 2), and one otherwise.
pub(super) fn parameter(input: &[u8], extended: bool) -> Parsed<'_, (u8, &[u8])> {
    if extended {
        (be_u8, length_data(be_u16)).parse_complete(input)
    } else {
        (be_u8, length_data(be_u8)).parse_complete(input)
    }
}

/// Octets behind their length of two octets.
pub(super) fn block(input: &[u8]) -> Parsed<'_, &[u8]> {
    length_data(be_u16).parse_complete(input)
}

/// AFI, an octet, SAFI: a multiprotocol capability, and the body of a ROUTE-REFRESH.
pub(super) fn family(input: &[u8]) -> Parsed<'_, (u16, u8, u8)> {
    (be_u16, be_u8, be_u8).parse_complete(input)
}

/// Error code, error subcode and data of a NOTIFICATION (RFC 4271 section 4.5).
pub(super) fn notification(input: &[u8]) -> Parsed<'_, (u8, u8, &[u8])> {
    (be_u8, be_u8, rest).parse_complete(input)
}

/// Withdrawn routes, path attributes and NLRI of an UPDATE (RFC 4271 section 4.3).
pub(super) fn update(input: &[u8]) -> Parsed<'_, (&[u8], &[u8], &[u8])> {
    (block, block, rest).parse_complete(input)
}

/// A path attribute (RFC 4271 section 4.3).
#[derive(Clone, Copy, Debug)]
pub(super) struct Attribute<'a> {
    /// All of it.
    pub(super) octets: &'a [u8],
    pub(super) flags: u8,
    pub(super) code: u8,
    pub(super) value: &'a [u8],
}

/// The flag that says that the length of an attribute has two octets.
pub(super) const EXTENDED_LENGTH: u8 = 0x10;

pub(super) fn attribute(input: &[u8]) -> Parsed<'_, Attribute<'_>> {
    map(
        consumed(attribute_fields),
        |(octets, (flags, code, value))| Attribute {
            octets,
            flags,
            code,
            value,
        },
    )
    .parse_complete(input)
}

fn attribute_fields(input: &[u8]) -> Parsed<'_, (u8, u8, &[u8])> {
    let (input, (flags, code)) = (be_u8, be_u8).parse_complete(input)?;
    let (input, value) = match flags & EXTENDED_LENGTH {
        0 => length_data(be_u8).parse_complete(input)?,
        _ => length_data(be_u16).parse_complete(input)?,
    };
    Ok((input, (flags, code, value)))
}

/// A path segment (RFC 4271 section 4.3): type, and ASes of `size` octets each.
pub(super) fn segment(input: &[u8], size: usize) -> Parsed<'_, (u8, &[u8])> {
    (
        be_u8,
        length_data(map(be_u8, |ases| usize::from(ases) * size)),
    )
        .parse_complete(input)
}

/// The value of MP_REACH_NLRI (RFC 4760 section 3).
#[derive(Clone, Copy, Debug)]
pub(super) struct MpReach<'a> {
    pub(super) afi: u16,
    pub(super) safi: u8,
    pub(super) next_hop: &'a [u8],
    pub(super) nlri: &'a [u8],
}

pub(super) fn mp_reach(input: &[u8]) -> Parsed<'_, MpReach<'_>> {
    let shape = (be_u16, be_u8, length_data(be_u8), be_u8, rest);
    map(shape, |(afi, safi, next_hop, _reserved, nlri)| MpReach {
        afi,
        safi,
        next_hop,
        nlri,
    })
    .parse_complete(input)
}

/// The value of MP_UNREACH_NLRI (RFC 4760 section 4): AFI, SAFI and prefixes.
pub(super) fn mp_unreach(input: &[u8]) -> Parsed<'_, (u16, u8, &[u8])> {
    (be_u16, be_u8, rest).parse_complete(input)
}

/// Nothing at all.
pub(super) fn nothing(input: &[u8]) -> Parsed<'_, ()> {
    Ok((input, ()))
}

/// An octet.
pub(super) fn octet(input: &[u8]) -> Parsed<'_, u8> {
    be_u8(input)
}

/// A 16-bit number.
pub(super) fn short_number(input: &[u8]) -> Parsed<'_, u32> {
    map(be_u16, u32::from).parse_complete(input)
}

/// A 32-bit number.
pub(super) fn number(input: &[u8]) -> Parsed<'_, u32> {
    be_u32(input)
}

/// A 128-bit number.
pub(super) fn long_number(input: &[u8]) -> Parsed<'_, u128> {
    be_u128(input)
}

/// A 16-bit and a 32-bit number.
pub(super) fn short_and_number(input: &[u8]) -> Parsed<'_, (u32, u32)> {
    (short_number, be_u32).parse_complete(input)
}

/// Two 32-bit numbers.
pub(super) fn two_numbers(input: &[u8]) -> Parsed<'_, (u32, u32)> {
    (be_u32, be_u32).parse_complete(input)
}

/// Three 32-bit numbers.
pub(super) fn three_numbers(input: &[u8]) -> Parsed<'_, [u32; 3]> {
    map((be_u32, be_u32, be_u32), |(first, second, third)| {
        [first, second, third]
    })
    .parse_complete(input)
}

/// Two 128-bit numbers.
pub(super) fn two_long_numbers(input: &[u8]) -> Parsed<'_, (u128, u128)> {
    (be_u128, be_u128).parse_complete(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_that_needs_more_fails_where_octets_are_missing() {
        assert_eq!(
            exactly(capability, &[65, 4, 0, 0]),
            Err(Fault { offset: 2 })
        );
        assert_eq!(exactly(number, &[0, 0, 0]), Err(Fault { offset: 0 }));
        assert_eq!(exactly(two_numbers, &[0; 7]), Err(Fault { offset: 4 }));
    }

    #[test]
    fn a_shape_that_leaves_octets_fails_where_they_begin() {
        assert_eq!(exactly(number, &[0; 6]), Err(Fault { offset: 4 }));
    }

    #[test]
    fn shapes_are_read_up_to_the_first_that_fails() {
        let read: Vec<_> = each(capability, &[2, 0, 65, 1, 7, 9, 1]).collect();
        let expected = [
            Ok((0, (2, &[][..]))),
            Ok((2, (65, &[7]))),
            Err(Fault { offset: 7 }),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn an_attribute_has_a_length_of_one_or_two_octets() {
        let octets = [0x40, 1, 1, 0, 0x50, 2, 0, 1, 7];
        let read: Vec<_> = each(attribute, &octets)
            .map(|read| read.unwrap().1.octets)
            .collect();
        assert_eq!(read, [&octets[..4], &octets[4..]]);
    }
}
