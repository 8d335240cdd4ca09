//! Netlink attributes: written in place, read without copying.

use netlink_packet_core::{NLA_F_NESTED, NLA_HEADER_SIZE, NlasIterator};

/// Writes attributes behind one another.
///
/// An attribute holds less than 64 KiB. Only lists of elements come near; they are split before.
pub(crate) struct Writer<'a> {
    buffer: &'a mut Vec<u8>,
}

impl<'a> Writer<'a> {
    /// Writes to the end of `buffer`.
    pub(crate) fn new(buffer: &'a mut Vec<u8>) -> Writer<'a> {
        Writer { buffer }
    }

    /// The bytes written so far, with what stood in the buffer before.
    pub(crate) fn position(&self) -> usize {
        self.buffer.len()
    }

    /// Bytes as they are.
    pub(crate) fn bytes(&mut self, kind: u16, value: &[u8]) {
        self.attribute(kind, |writer| writer.buffer.extend_from_slice(value));
    }

    /// A number, in network byte order.
    pub(crate) fn u32(&mut self, kind: u16, value: u32) {
        self.bytes(kind, &value.to_be_bytes());
    }

    /// A text, ended by a zero byte.
    pub(crate) fn text(&mut self, kind: u16, value: &str) {
        self.attribute(kind, |writer| {
            writer.buffer.extend_from_slice(value.as_bytes());
            writer.buffer.push(0);
        });
    }

    /// Attributes inside an attribute.
    pub(crate) fn nest(&mut self, kind: u16, write: impl FnOnce(&mut Writer<'_>)) {
        self.attribute(kind | NLA_F_NESTED, write);
    }

    fn attribute(&mut self, kind: u16, write: impl FnOnce(&mut Writer<'_>)) {
        let start = self.buffer.len();
        self.buffer.extend_from_slice(&[0, 0]);
        self.buffer.extend_from_slice(&kind.to_ne_bytes());
        write(self);
        let len = u16::try_from(self.buffer.len() - start);
        debug_assert!(
            len.is_ok(),
            "an attribute of {} bytes",
            self.buffer.len() - start
        );
        // What is too long gets a length that the kernel refuses.
        let len = len.unwrap_or(u16::MAX).to_ne_bytes();
        if let Some(field) = self.buffer.get_mut(start..start + len.len()) {
            field.copy_from_slice(&len);
        }
        self.buffer.resize(self.buffer.len().next_multiple_of(4), 0);
    }
}

/// Attributes as received. What is cut off reads as missing.
#[derive(Clone, Copy)]
pub(crate) struct Attributes<'a>(&'a [u8]);

impl<'a> Attributes<'a> {
    /// Reads attributes behind one another.
    pub(crate) fn new(bytes: &'a [u8]) -> Attributes<'a> {
        Attributes(bytes)
    }

    /// Each attribute's kind and value.
    pub(crate) fn iter(self) -> impl Iterator<Item = (u16, &'a [u8])> {
        NlasIterator::new(self.0).filter_map(|attribute| {
            let attribute = attribute.ok()?;
            let (kind, len) = (attribute.kind(), usize::from(attribute.length()));
            Some((kind, attribute.into_inner().get(NLA_HEADER_SIZE..len)?))
        })
    }

    /// The value of the first attribute of a kind.
    pub(crate) fn bytes(self, kind: u16) -> Option<&'a [u8]> {
        self.iter()
            .find_map(|(found, value)| (found == kind).then_some(value))
    }

    /// A number in network byte order.
    pub(crate) fn u32(self, kind: u16) -> Option<u32> {
        Some(u32::from_be_bytes(self.bytes(kind)?.try_into().ok()?))
    }

    /// A text, without its closing zero byte.
    pub(crate) fn text(self, kind: u16) -> Option<&'a str> {
        let bytes = self.bytes(kind)?;
        std::str::from_utf8(bytes.strip_suffix(&[0]).unwrap_or(bytes)).ok()
    }

    /// Attributes inside an attribute.
    pub(crate) fn nested(self, kind: u16) -> Option<Attributes<'a>> {
        self.bytes(kind).map(Attributes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let mut buffer = Vec::new();
        let mut writer = Writer::new(&mut buffer);
        writer.text(1, "frontends");
        writer.nest(2, |writer| writer.u32(7, 0x0102_0304));
        writer.bytes(3, &[9]);
        assert_eq!(buffer.len() % 4, 0);
        let attributes = Attributes::new(&buffer);
        assert_eq!(attributes.text(1), Some("frontends"));
        assert_eq!(attributes.nested(2).unwrap().u32(7), Some(0x0102_0304));
        assert_eq!(attributes.bytes(3), Some(&[9][..]));
        assert_eq!(attributes.bytes(4), None);
    }

    #[test]
    fn a_cut_attribute_reads_as_missing() {
        let mut buffer = Vec::new();
        Writer::new(&mut buffer).text(1, "frontends");
        for len in 0..buffer.len() - 2 {
            assert_eq!(Attributes::new(&buffer[..len]).text(1), None, "{len} bytes");
        }
    }
}
