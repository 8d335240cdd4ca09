//! AS_PATH (RFC 4271 section 5.1.2) and AS4_PATH (RFC 6793).

use bytes::{BufMut, BytesMut};

use super::{Attribute, Class, Defect, put_head};
use crate::iana::AttributeCode;
use crate::net::Asn;
use crate::wire::{DecodeContext, parse};

/// The most ASes that a segment holds: their number has one octet.
const SEGMENT: usize = u8::MAX as usize;

/// Segment type: an ordered list of ASes (RFC 4271 section 4.3).
const AS_SEQUENCE: u8 = 2;

/// Appends AS_PATH: one AS_SEQUENCE, or as many as it takes where there are more than 255 ASes.
/// Where ASes have two octets, larger ones are AS_TRANS; then [`put_as4`] says what they were. An
/// empty path has no segment.
pub fn put(out: &mut BytesMut, path: &[Asn], four_octet_as: bool) {
    put_head(
        out,
        Class::WellKnown,
        AttributeCode::AsPath,
        octets(path, four_octet_as),
    );
    put_segments(out, path, four_octet_as);
}

/// Appends AS4_PATH for a peer whose ASes have two octets, if any of these needs four. "... MUST
/// NOT be carried in an UPDATE message between NEW BGP speakers" (RFC 6793 section 6).
pub fn put_as4(out: &mut BytesMut, path: &[Asn]) {
    if path.iter().all(|asn| u16::try_from(asn.number()).is_ok()) {
        return;
    }
    put_head(
        out,
        Class::Transitive,
        AttributeCode::As4Path,
        octets(path, true),
    );
    put_segments(out, path, true);
}

fn octets(path: &[Asn], four_octet_as: bool) -> usize {
    path.len().div_ceil(SEGMENT) * 2 + path.len() * if four_octet_as { 4 } else { 2 }
}

fn put_segments(out: &mut BytesMut, path: &[Asn], four_octet_as: bool) {
    for segment in path.chunks(SEGMENT) {
        out.put_u8(AS_SEQUENCE);
        out.put_u8(u8::try_from(segment.len()).unwrap_or(u8::MAX));
        for asn in segment {
            if four_octet_as {
                out.put_u32(asn.number());
            } else {
                out.put_u16(asn.two_octets());
            }
        }
    }
}

/// A path of which it is known that it can be read: segments of AS_SEQUENCE, whose ASes are not 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsPath<'a> {
    octets: &'a [u8],
    four_octet_as: bool,
}

impl<'a> AsPath<'a> {
    /// The ASes from the nearest to the origin.
    pub fn iter(self) -> impl Iterator<Item = Asn> + 'a {
        let four_octet_as = self.four_octet_as;
        parse::each(segment(four_octet_as), self.octets)
            .flatten()
            .flat_map(move |(_, (_, ases))| numbers(ases, four_octet_as))
            .filter_map(|number| Asn::new(number).ok())
    }
}

pub(super) fn read<'a>(value: &'a [u8], context: &DecodeContext) -> Result<Attribute<'a>, Defect> {
    path(value, context.four_octet_as).map(Attribute::AsPath)
}

pub(super) fn read_as4<'a>(value: &'a [u8], _: &DecodeContext) -> Result<Attribute<'a>, Defect> {
    path(value, true).map(Attribute::As4Path)
}

/// Judges a path.
///
/// "An AS_PATH is considered malformed if an unrecognized segment type is encountered or if it
/// contains a malformed segment": an overrun, or no AS (RFC 7606 section 7.2). AS 0 is malformed,
/// too (RFC 7607 section 2). AS_SET and AS_CONFED_SET are treated as withdrawn (RFC 9774 section
/// 3), and we are in no confederation, so that AS_CONFED_SEQUENCE is an error (RFC 5065 section 5).
/// What is left is AS_SEQUENCE.
fn path(octets: &[u8], four_octet_as: bool) -> Result<AsPath<'_>, Defect> {
    for read in parse::each(segment(four_octet_as), octets) {
        let (offset, (kind, ases)) = read.map_err(|fault| Defect::SegmentCut {
            offset: fault.offset,
        })?;
        if kind != AS_SEQUENCE {
            return Err(Defect::SegmentType { kind, offset });
        }
        if ases.is_empty() {
            return Err(Defect::SegmentEmpty { offset });
        }
        if numbers(ases, four_octet_as).any(|number| number == 0) {
            return Err(Defect::ZeroAs);
        }
    }
    Ok(AsPath {
        octets,
        four_octet_as,
    })
}

fn segment<'a>(four_octet_as: bool) -> impl Fn(&'a [u8]) -> parse::Parsed<'a, (u8, &'a [u8])> {
    move |input| parse::segment(input, if four_octet_as { 4 } else { 2 })
}

fn numbers(ases: &[u8], four_octet_as: bool) -> impl Iterator<Item = u32> {
    let shape = if four_octet_as {
        parse::number
    } else {
        parse::short_number
    };
    parse::each(shape, ases).flatten().map(|(_, number)| number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::attr::Action;
    use crate::wire::attr::tests::{action, attribute, encoded, internal};

    fn ases(numbers: &[u32]) -> Vec<Asn> {
        numbers
            .iter()
            .map(|number| Asn::new(*number).unwrap())
            .collect()
    }

    fn path(segments: &[u8]) -> Option<Action> {
        action(
            &attribute(0x40, AttributeCode::AsPath, segments),
            &internal(),
        )
    }

    #[test]
    fn a_path_is_one_sequence() {
        let octets = encoded(|out| put(out, &ases(&[65000, 70000]), true));
        assert_eq!(
            octets,
            [0x40, 2, 10, 2, 2, 0, 0, 0xfd, 0xe8, 0, 1, 0x11, 0x70]
        );
        assert_eq!(encoded(|out| put(out, &[], true)), [0x40, 2, 0]);
    }

    #[test]
    fn as_trans_stands_for_what_two_octets_cannot_hold() {
        let octets = encoded(|out| put(out, &ases(&[65000, 70000]), false));
        assert_eq!(octets, [0x40, 2, 6, 2, 2, 0xfd, 0xe8, 0x5b, 0xa0]);
        let octets = encoded(|out| put_as4(out, &ases(&[65000, 70000])));
        assert_eq!(
            octets,
            [0xc0, 17, 10, 2, 2, 0, 0, 0xfd, 0xe8, 0, 1, 0x11, 0x70]
        );
    }

    #[test]
    fn the_256th_as_begins_a_segment() {
        let octets = encoded(|out| put(out, &ases(&[65000; 256]), true));
        assert_eq!(octets.get(..6), Some(&[0x50, 2, 4, 4, 2, 255][..]));
        assert_eq!(
            octets.get(6 + 255 * 4..),
            Some(&[2, 1, 0, 0, 0xfd, 0xe8][..])
        );
    }

    #[test]
    fn a_path_of_sequences_is_in_order() {
        assert_eq!(
            path(&[2, 1, 0, 0, 0xfd, 0xe9, 2, 2, 0, 0, 0, 1, 0, 0, 0, 2]),
            None
        );
    }

    #[test]
    fn a_malformed_path_is_treated_as_withdrawal() {
        for (what, segments) in [
            ("type 0", &[0, 1, 0, 0, 0xfd, 0xe9][..]),
            ("type 5", &[5, 1, 0, 0, 0xfd, 0xe9]),
            ("AS_SET", &[1, 1, 0, 0, 0xfd, 0xe9]),
            ("AS_CONFED_SEQUENCE", &[3, 1, 0, 0, 0xfd, 0xe9]),
            ("AS_CONFED_SET", &[4, 1, 0, 0, 0xfd, 0xe9]),
            ("no AS", &[2, 0]),
            ("overrun", &[2, 255, 0, 0, 0xfd, 0xe9]),
            ("an octet behind", &[2, 1, 0, 0, 0xfd, 0xe9, 2]),
            ("AS 0", &[2, 2, 0, 0, 0xfd, 0xe9, 0, 0, 0, 0]),
        ] {
            assert_eq!(path(segments), Some(Action::TreatAsWithdraw), "{what}");
        }
    }
}
