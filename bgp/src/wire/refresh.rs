use bytes::{BufMut, Bytes, BytesMut};

use super::frame::{HEADER_OCTETS, put_message};
use super::{WireError, parse};
use crate::iana::MessageType;
use crate::net::Family;

/// A ROUTE-REFRESH (RFC 2918).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteRefresh {
    /// Address family identifier, which may be one that we do not speak.
    pub afi: u16,
    /// The octet between AFI and SAFI (RFC 7313).
    pub subtype: RefreshSubtype,
    /// Subsequent address family identifier.
    pub safi: u8,
}

/// What a ROUTE-REFRESH wants (RFC 7313 section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshSubtype {
    /// 0: send me everything again.
    Request,
    /// 1: what follows is everything.
    Begin,
    /// 2: that was everything.
    End,
    /// Ignored.
    Unknown(u8),
}

impl RefreshSubtype {
    const fn value(self) -> u8 {
        match self {
            Self::Request => 0,
            Self::Begin => 1,
            Self::End => 2,
            Self::Unknown(value) => value,
        }
    }

    const fn from_value(value: u8) -> Self {
        match value {
            0 => Self::Request,
            1 => Self::Begin,
            2 => Self::End,
            value => Self::Unknown(value),
        }
    }
}

impl RouteRefresh {
    /// The family it is about, if that is one of ours.
    #[must_use]
    pub const fn family(self) -> Option<Family> {
        Family::from_identifiers(self.afi, self.safi)
    }

    /// The whole message.
    #[must_use]
    pub fn encode(self) -> Bytes {
        let mut out = BytesMut::with_capacity(HEADER_OCTETS + 4);
        put_message(&mut out, MessageType::RouteRefresh, |out| {
            out.put_u16(self.afi);
            out.put_u8(self.subtype.value());
            out.put_u8(self.safi);
        });
        out.freeze()
    }

    /// Reads a whole message.
    ///
    /// # Errors
    /// [`WireError::RefreshLength`] unless its body has 4 octets. RFC 7313 section 5 asks for that
    /// of subtypes 1 and 2; only outbound route filters (RFC 5291), which we do not offer, make a
    /// request longer.
    pub(super) fn decode(message: &Bytes) -> Result<Self, WireError> {
        let body = message.get(HEADER_OCTETS..).unwrap_or_default();
        let (afi, subtype, safi) =
            parse::exactly(parse::family, body).map_err(|_| WireError::RefreshLength {
                message: message.clone(),
            })?;
        Ok(Self {
            afi,
            subtype: RefreshSubtype::from_value(subtype),
            safi,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iana::ErrorCode;

    #[test]
    fn a_request_comes_back() {
        for subtype in (0..=3).map(RefreshSubtype::from_value) {
            let request = RouteRefresh {
                afi: 2,
                subtype,
                safi: 1,
            };
            let message = request.encode();
            assert_eq!(message.len(), 23);
            assert_eq!(RouteRefresh::decode(&message), Ok(request));
        }
    }

    #[test]
    fn another_length_is_answered_with_7_1_and_the_message() {
        for octets in [0, 3, 5, 100] {
            let mut message = BytesMut::new();
            put_message(&mut message, MessageType::RouteRefresh, |out| {
                out.put_bytes(0, octets)
            });
            let message = message.freeze();
            let answer = RouteRefresh::decode(&message).unwrap_err().notification();
            assert_eq!(
                (answer.code, answer.subcode),
                (ErrorCode::RouteRefreshMessage, 1)
            );
            assert_eq!(answer.data, message);
        }
    }
}
