//! Prefixes as they are on the wire (RFC 4271 section 4.3): a length in bits, and as many octets as
//! hold them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bytes::{BufMut, BytesMut};
use thiserror::Error;

use crate::net::{Family, Prefix};

/// The octets that a prefix takes: 1 to 5, or 1 to 17.
#[must_use]
pub fn encoded_len(prefix: Prefix) -> usize {
    1 + usize::from(prefix.length().div_ceil(8))
}

/// Appends a prefix.
pub fn put(out: &mut BytesMut, prefix: Prefix) {
    // In one piece, as a table of a million routes is written here.
    fn put_whole<const N: usize>(out: &mut BytesMut, length: u8, address: &[u8]) {
        let mut whole = [0; N];
        if let Some((first, rest)) = whole.split_first_mut() {
            *first = length;
            rest.iter_mut()
                .zip(address)
                .for_each(|(to, from)| *to = *from);
        }
        let octets = 1 + usize::from(length.div_ceil(8));
        out.put_slice(whole.get(..octets).unwrap_or_default());
    }
    match prefix.address() {
        IpAddr::V4(address) => put_whole::<5>(out, prefix.length(), &address.octets()),
        IpAddr::V6(address) => put_whole::<17>(out, prefix.length(), &address.octets()),
    }
}

/// A field of prefixes of one family, of which it is known that each can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nlri<'a> {
    family: Family,
    octets: &'a [u8],
    len: usize,
}

/// A field of prefixes that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NlriError {
    /// Longer than an address of the family.
    #[error("a prefix of {length} bits at offset {offset}")]
    Length {
        /// In bits.
        length: u8,
        /// From the start of the field.
        offset: usize,
    },
    /// The field ends within a prefix.
    #[error("a prefix of {length} bits in {octets} octets at offset {offset}")]
    Cut {
        /// In bits.
        length: u8,
        /// How many octets are left for it.
        octets: usize,
        /// From the start of the field.
        offset: usize,
    },
}

impl<'a> Nlri<'a> {
    /// Reads a field.
    ///
    /// # Errors
    /// The first prefix that is too long or cut.
    pub fn new(family: Family, octets: &'a [u8]) -> Result<Self, NlriError> {
        let mut len = 0;
        let mut offset = 0;
        while let Some((&length, behind)) = octets.get(offset..).and_then(<[u8]>::split_first) {
            let taken = usize::from(length.div_ceil(8));
            if taken > behind.len() {
                let octets = behind.len();
                return Err(NlriError::Cut {
                    length,
                    octets,
                    offset,
                });
            }
            if length > max_length(family) {
                return Err(NlriError::Length { length, offset });
            }
            offset += 1 + taken;
            len += 1;
        }
        Ok(Self {
            family,
            octets,
            len,
        })
    }

    /// Which family its prefixes are of.
    #[must_use]
    pub const fn family(self) -> Family {
        self.family
    }

    /// Whether there is no prefix.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.octets.is_empty()
    }

    /// How many prefixes there are.
    #[must_use]
    pub const fn len(self) -> usize {
        self.len
    }

    /// The field as it is.
    #[must_use]
    pub const fn octets(self) -> &'a [u8] {
        self.octets
    }

    /// The prefixes in the order sent, their host bits cleared.
    pub fn iter(self) -> impl Iterator<Item = Prefix> + 'a {
        Prefixes {
            family: self.family,
            octets: self.octets,
        }
    }
}

const fn max_length(family: Family) -> u8 {
    match family {
        Family::Ipv4Unicast => 32,
        Family::Ipv6Unicast => 128,
    }
}

/// Walks over a field that can be read. By hand, not by nom: it is where a full table of a million
/// routes is read.
struct Prefixes<'a> {
    family: Family,
    octets: &'a [u8],
}

impl Iterator for Prefixes<'_> {
    type Item = Prefix;

    fn next(&mut self) -> Option<Self::Item> {
        let (&length, behind) = self.octets.split_first()?;
        let (head, rest) = behind.split_at_checked(usize::from(length.div_ceil(8)))?;
        self.octets = rest;
        Prefix::masked(address(self.family, head), length).ok()
    }
}

/// The address that begins with these octets; the others are zero.
fn address(family: Family, head: &[u8]) -> IpAddr {
    fn fill<const N: usize>(head: &[u8]) -> [u8; N] {
        let mut octets = [0; N];
        octets
            .iter_mut()
            .zip(head)
            .for_each(|(octet, sent)| *octet = *sent);
        octets
    }
    match family {
        Family::Ipv4Unicast => Ipv4Addr::from(fill(head)).into(),
        Family::Ipv6Unicast => Ipv6Addr::from(fill(head)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V4: Family = Family::Ipv4Unicast;
    const V6: Family = Family::Ipv6Unicast;

    fn read(family: Family, octets: &[u8]) -> Result<Vec<String>, NlriError> {
        Nlri::new(family, octets).map(|nlri| nlri.iter().map(|prefix| prefix.to_string()).collect())
    }

    #[test]
    fn prefixes_are_read_in_order() {
        let octets = [0, 8, 10, 25, 192, 0, 2, 128, 32, 192, 0, 2, 1];
        let expected = ["0.0.0.0/0", "10.0.0.0/8", "192.0.2.128/25", "192.0.2.1/32"];
        assert_eq!(read(V4, &octets).unwrap(), expected);
        assert_eq!(
            read(V6, &[32, 0x20, 1, 0xd, 0xb8, 0]).unwrap(),
            ["2001:db8::/32", "::/0"]
        );
    }

    #[test]
    fn bits_behind_the_length_are_irrelevant() {
        assert_eq!(read(V4, &[9, 10, 0xff]).unwrap(), ["10.128.0.0/9"]);
    }

    #[test]
    fn a_prefix_longer_than_an_address_is_an_error_with_its_place() {
        let error = NlriError::Length {
            length: 33,
            offset: 2,
        };
        assert_eq!(read(V4, &[8, 10, 33, 1, 2, 3, 4, 5]), Err(error));
        let error = NlriError::Length {
            length: 129,
            offset: 0,
        };
        assert_eq!(read(V6, &[129; 18]), Err(error));
    }

    #[test]
    fn a_cut_prefix_is_an_error_with_its_place() {
        let error = NlriError::Cut {
            length: 32,
            octets: 1,
            offset: 1,
        };
        assert_eq!(read(V4, &[0, 32, 10]), Err(error));
    }
}
