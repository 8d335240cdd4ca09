use bytes::{BufMut, Bytes, BytesMut};

use super::{WireError, parse};
use crate::iana::MessageType;

/// The octets of a message header (RFC 4271 section 4.1).
pub const HEADER_OCTETS: usize = 19;

/// The octets of the longest message (RFC 4271 section 4.1).
pub const MAX_MESSAGE_OCTETS: u16 = 4096;

/// Cuts a byte stream into messages.
///
/// Take frames until there is none after each [`push`](Self::push): then less than one message
/// (4095 octets) is ever kept beside what was pushed last.
#[derive(Debug, Default)]
pub struct Framer {
    stream: BytesMut,
}

impl Framer {
    /// An empty stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes as they came from the transport, in any portions.
    pub fn push(&mut self, bytes: &[u8]) {
        self.stream.extend_from_slice(bytes);
    }

    /// How many octets are there of which no frame has been made.
    pub(crate) fn kept_octets(&self) -> usize {
        self.stream.len()
    }

    /// The next whole message with its header; `None`: more bytes are needed. After an error the
    /// stream is of no use, and the error stays.
    ///
    /// # Errors
    /// A header that RFC 4271 section 6.1 forbids: marker, length (also for the type), type. It is
    /// found as soon as the header is there; the body is not waited for.
    pub fn next_frame(&mut self) -> Result<Option<Bytes>, WireError> {
        if self.stream.len() < HEADER_OCTETS {
            return Ok(None);
        }
        let (_, length) = check_header(&self.stream)?;
        if self.stream.len() < length {
            return Ok(None);
        }
        Ok(Some(self.stream.split_to(length).freeze()))
    }
}

/// The type of the message that begins here, and the octets that it has in all.
pub(super) fn check_header(message: &[u8]) -> Result<(MessageType, usize), WireError> {
    let Ok((_, header)) = parse::header(message) else {
        return Err(WireError::Frame {
            octets: message.len(),
        });
    };
    if header.marker.iter().any(|octet| *octet != 0xff) {
        let marker = Bytes::copy_from_slice(header.marker);
        return Err(WireError::Marker { marker });
    }
    let kind = MessageType::from_value(header.kind);
    let (shortest, longest) = lengths(kind);
    if !(shortest..=longest).contains(&header.length) {
        return Err(WireError::Length {
            kind,
            length: header.length,
        });
    }
    if let MessageType::Unknown(kind) = kind {
        return Err(WireError::MessageType { kind });
    }
    Ok((kind, usize::from(header.length)))
}

/// The shortest and the longest message of a type (RFC 4271 section 6.1). The length of a
/// ROUTE-REFRESH is not judged here: it has an error of its own (RFC 7313 section 5).
const fn lengths(kind: MessageType) -> (u16, u16) {
    match kind {
        MessageType::Open => (29, MAX_MESSAGE_OCTETS),
        MessageType::Update => (23, MAX_MESSAGE_OCTETS),
        MessageType::Notification => (21, MAX_MESSAGE_OCTETS),
        MessageType::Keepalive => (19, 19),
        MessageType::RouteRefresh | MessageType::Unknown(_) => (19, MAX_MESSAGE_OCTETS),
    }
}

/// Appends a message whose body `write` appends. Its length is put into the header afterwards; a
/// body beyond 65516 octets is the caller's mistake, and makes a message that no peer takes.
pub(super) fn put_message(
    out: &mut BytesMut,
    kind: MessageType,
    write: impl FnOnce(&mut BytesMut),
) {
    let start = out.len();
    out.put_bytes(0xff, 16);
    out.put_u16(0);
    out.put_u8(kind.value());
    write(out);
    let length = u16::try_from(out.len() - start).unwrap_or(u16::MAX);
    super::patch_u16(out, start + 16, length);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::keepalive;

    fn header(length: u16, kind: u8) -> Vec<u8> {
        let mut octets = vec![0xff; 16];
        octets.extend(length.to_be_bytes());
        octets.push(kind);
        octets
    }

    fn notification_data(octets: &[u8]) -> (u8, u8, Vec<u8>) {
        let mut framer = Framer::new();
        framer.push(octets);
        let answer = framer.next_frame().unwrap_err().notification();
        (answer.code.value(), answer.subcode, answer.data.to_vec())
    }

    #[test]
    fn a_message_in_single_octets_is_one_frame() {
        let mut framer = Framer::new();
        let message = keepalive();
        let (last, first) = message.split_last().unwrap();
        for octet in first {
            framer.push(&[*octet]);
            assert_eq!(framer.next_frame(), Ok(None));
        }
        framer.push(&[*last]);
        assert_eq!(framer.next_frame(), Ok(Some(message)));
        assert_eq!(framer.next_frame(), Ok(None));
    }

    #[test]
    fn two_messages_in_one_portion_are_two_frames() {
        let mut framer = Framer::new();
        framer.push(&keepalive().repeat(2));
        assert_eq!(framer.next_frame(), Ok(Some(keepalive())));
        assert_eq!(framer.next_frame(), Ok(Some(keepalive())));
        assert_eq!(framer.next_frame(), Ok(None));
    }

    #[test]
    fn a_wrong_last_octet_of_the_marker_is_answered_with_1_1() {
        let mut octets = keepalive().to_vec();
        octets[15] = 0xfe;
        assert_eq!(notification_data(&octets), (1, 1, vec![]));
    }

    #[test]
    fn lengths_out_of_range_are_answered_with_1_2_and_the_length() {
        for (length, kind) in [
            (0, 4),
            (18, 4),
            (20, 4),
            (28, 1),
            (22, 2),
            (20, 3),
            (4097, 2),
            (65535, 2),
        ] {
            let expected = (1, 2, u16::to_be_bytes(length).to_vec());
            assert_eq!(
                notification_data(&header(length, kind)),
                expected,
                "{length} {kind}"
            );
        }
    }

    #[test]
    fn a_type_without_a_name_is_answered_with_1_3_and_the_type() {
        assert_eq!(notification_data(&header(19, 0)), (1, 3, vec![0]));
        // Dynamic capability messages (type 6) never became a standard.
        assert_eq!(notification_data(&header(30, 6)), (1, 3, vec![6]));
    }

    #[test]
    fn a_forbidden_header_is_an_error_before_the_body_is_there() {
        let mut framer = Framer::new();
        framer.push(&header(4097, 2));
        let first = framer.next_frame().unwrap_err();
        framer.push(&keepalive());
        assert_eq!(framer.next_frame(), Err(first));
    }

    #[test]
    fn the_longest_message_is_a_frame() {
        let mut framer = Framer::new();
        let mut octets = header(4096, 2);
        octets.resize(4096, 0);
        framer.push(&octets);
        assert_eq!(framer.next_frame().unwrap().unwrap().len(), 4096);
    }
}
