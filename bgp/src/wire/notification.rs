use std::fmt::{self, Write};

use bytes::{BufMut, Bytes, BytesMut};

use super::frame::{HEADER_OCTETS, MAX_MESSAGE_OCTETS, put_message};
use super::{WireError, parse};
use crate::iana::{
    CeaseSubcode, ErrorCode, HeaderSubcode, MessageType, OpenSubcode, RefreshSubcode, StateSubcode,
    UpdateSubcode,
};
use crate::net::Family;

/// A NOTIFICATION (RFC 4271 section 4.5): why a session ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// What kind of error.
    pub code: ErrorCode,
    /// Which of its kind; its name depends on the code.
    pub subcode: u8,
    /// What depends on both, at most 4075 octets; what is beyond is not sent.
    pub data: Bytes,
}

/// The octets of data for which a message has room.
const MAX_DATA: usize = MAX_MESSAGE_OCTETS as usize - HEADER_OCTETS - 2;

impl Notification {
    /// Without data.
    #[must_use]
    pub const fn new(code: ErrorCode, subcode: u8) -> Self {
        Self {
            code,
            subcode,
            data: Bytes::new(),
        }
    }

    /// A Cease without data.
    #[must_use]
    pub const fn cease(subcode: CeaseSubcode) -> Self {
        Self::new(ErrorCode::Cease, subcode.value())
    }

    /// Cease/Administrative Shutdown with a text for the other operator (RFC 9003): at most 255
    /// octets of UTF-8, longer ones are cut before the character that does not fit; may be empty.
    #[must_use]
    pub fn administrative_shutdown(communication: &str) -> Self {
        Self::with_communication(CeaseSubcode::AdministrativeShutdown, communication)
    }

    /// Cease/Administrative Reset with a text, as [`Self::administrative_shutdown`].
    #[must_use]
    pub fn administrative_reset(communication: &str) -> Self {
        Self::with_communication(CeaseSubcode::AdministrativeReset, communication)
    }

    /// Cease/Maximum Number of Prefixes Reached. RFC 4486 section 4: "The message MAY optionally
    /// include the Address Family information [...] and the upper bound in the 'Data' field".
    #[must_use]
    pub fn maximum_prefixes(family: Family, limit: u32) -> Self {
        let mut data = BytesMut::new();
        data.put_u16(family.afi());
        data.put_u8(family.safi());
        data.put_u32(limit);
        Self {
            data: data.freeze(),
            ..Self::cease(CeaseSubcode::MaximumPrefixesReached)
        }
    }

    fn with_communication(subcode: CeaseSubcode, text: &str) -> Self {
        let text = text
            .get(..text.floor_char_boundary(u8::MAX.into()))
            .unwrap_or_default();
        let mut data = BytesMut::new();
        if let Ok(length @ 1..) = u8::try_from(text.len()) {
            data.put_u8(length);
            data.put_slice(text.as_bytes());
        }
        Self {
            data: data.freeze(),
            ..Self::cease(subcode)
        }
    }

    /// The shutdown communication (RFC 9003), if this is a Cease that carries one.
    ///
    /// It is a stranger's text: control characters and octets that are not UTF-8 are escaped as
    /// `\n`, `\u{1b}`, `\xff`. A length beyond what was sent is no error, for the session is over
    /// anyway: what is there counts.
    #[must_use]
    pub fn communication(&self) -> Option<String> {
        let subcode = CeaseSubcode::from_value(self.subcode);
        let (
            ErrorCode::Cease,
            CeaseSubcode::AdministrativeShutdown | CeaseSubcode::AdministrativeReset,
        ) = (self.code, subcode)
        else {
            return None;
        };
        let (length, text) = self.data.split_first()?;
        let text = text.get(..usize::from(*length)).unwrap_or(text);
        (!text.is_empty()).then(|| escape(text))
    }

    /// The name of the subcode, if this code has subcodes.
    fn subcode_name(&self) -> Option<String> {
        let subcode = self.subcode;
        let name = match self.code {
            ErrorCode::MessageHeader => HeaderSubcode::from_value(subcode).to_string(),
            ErrorCode::OpenMessage => OpenSubcode::from_value(subcode).to_string(),
            ErrorCode::UpdateMessage => UpdateSubcode::from_value(subcode).to_string(),
            ErrorCode::FiniteStateMachine => StateSubcode::from_value(subcode).to_string(),
            ErrorCode::Cease => CeaseSubcode::from_value(subcode).to_string(),
            ErrorCode::RouteRefreshMessage => RefreshSubcode::from_value(subcode).to_string(),
            ErrorCode::HoldTimerExpired
            | ErrorCode::SendHoldTimerExpired
            | ErrorCode::Unknown(_) => {
                format!("subcode {subcode}")
            }
        };
        // RFC 4271 section 4.5: "If no appropriate Error Subcode is defined, then a zero
        // (Unspecific) value is used".
        (subcode != 0).then_some(name)
    }

    /// The whole message.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::new();
        put_message(&mut out, MessageType::Notification, |out| {
            out.put_u8(self.code.value());
            out.put_u8(self.subcode);
            out.put_slice(self.data.get(..MAX_DATA).unwrap_or(&self.data));
        });
        out.freeze()
    }

    /// Reads the body of a NOTIFICATION. Nothing in it can be wrong but its length, which the
    /// header's check has seen.
    pub(super) fn decode(body: &[u8]) -> Result<Self, WireError> {
        let (code, subcode, data) = parse::exactly(parse::notification, body)
            .map_err(|_| WireError::Frame { octets: body.len() })?;
        Ok(Self {
            code: ErrorCode::from_value(code),
            subcode,
            data: Bytes::copy_from_slice(data),
        })
    }
}

/// `Cease/Administrative Shutdown: "upgrade"`, `OPEN Message Error/Unsupported Version Number (data
/// 0004)`.
impl fmt::Display for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(name) = self.subcode_name() {
            write!(f, "/{name}")?;
        }
        match self.communication() {
            Some(text) => write!(f, ": \"{text}\""),
            None if self.data.is_empty() => Ok(()),
            None => write!(f, " (data {})", super::Octets(&self.data)),
        }
    }
}

/// Text that is safe to print between quotes on one line of a terminal or a log.
fn escape(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\'' => out.push(character),
                _ => out.extend(character.escape_debug()),
            }
        }
        for octet in chunk.invalid() {
            // Writing into a String does not fail.
            let _ = write!(out, "\\x{octet:02x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cease(subcode: u8, data: &'static [u8]) -> Notification {
        Notification {
            code: ErrorCode::Cease,
            subcode,
            data: Bytes::from_static(data),
        }
    }

    #[test]
    fn a_notification_reads_as_a_sentence() {
        for (notification, text) in [
            (
                Notification::administrative_shutdown("upgrade of rack 3"),
                "Cease/Administrative Shutdown: \"upgrade of rack 3\"",
            ),
            (
                Notification::administrative_shutdown(""),
                "Cease/Administrative Shutdown",
            ),
            (
                Notification::cease(CeaseSubcode::PeerDeconfigured),
                "Cease/Peer De-configured",
            ),
            (
                Notification::new(ErrorCode::HoldTimerExpired, 0),
                "Hold Timer Expired",
            ),
            (cease(77, &[]), "Cease/unknown (77)"),
            (cease(0, &[]), "Cease"),
            (
                Notification {
                    data: Bytes::from_static(&[0, 4]),
                    ..Notification::new(ErrorCode::OpenMessage, 1)
                },
                "OPEN Message Error/Unsupported Version Number (data 0004)",
            ),
            (
                Notification::new(ErrorCode::Unknown(99), 7),
                "unknown (99)/subcode 7",
            ),
        ] {
            assert_eq!(notification.to_string(), text);
        }
    }

    #[test]
    fn the_communication_is_length_and_text() {
        let notification = Notification::administrative_reset("bye");
        assert_eq!(notification.subcode, 4);
        assert_eq!(&notification.data[..], b"\x03bye");
        assert_eq!(notification.communication().as_deref(), Some("bye"));
    }

    #[test]
    fn a_long_communication_is_cut_between_characters() {
        let notification = Notification::administrative_shutdown(&"ü".repeat(200));
        assert_eq!(notification.data.len(), 1 + 254);
        assert_eq!(notification.communication(), Some("ü".repeat(127)));
    }

    #[test]
    fn a_communication_shorter_than_its_length_is_read_as_far_as_it_goes() {
        assert_eq!(cease(2, b"\xffbye").communication().as_deref(), Some("bye"));
        assert_eq!(cease(2, b"\xff").communication(), None);
    }

    #[test]
    fn octets_behind_the_communication_are_ignored() {
        assert_eq!(
            cease(2, b"\x03bye!").communication().as_deref(),
            Some("bye")
        );
    }

    #[test]
    fn octets_that_are_not_utf8_and_control_characters_are_escaped() {
        let communication = cease(4, b"\x08a\xff\"\x1b[2J").communication();
        assert_eq!(communication.as_deref(), Some(r#"a\xff\"\u{1b}[2J"#));
    }

    #[test]
    fn other_subcodes_have_no_communication() {
        assert_eq!(cease(9, b"\x03bye").communication(), None);
        assert_eq!(
            Notification::new(ErrorCode::OpenMessage, 2).communication(),
            None
        );
    }

    #[test]
    fn data_beyond_a_message_is_cut() {
        let data = Bytes::from(vec![7; 5000]);
        let notification = Notification {
            data,
            ..Notification::new(ErrorCode::UpdateMessage, 5)
        };
        assert_eq!(notification.encode().len(), 4096);
    }
}
