use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};

use super::WireError;
use super::parse;
use crate::iana::CapabilityCode;
use crate::net::{Asn, Family};

/// One capability of an OPEN (RFC 5492).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Capability {
    /// Code 1 (RFC 4760): AFI and SAFI, which may be ones that we do not speak.
    Multiprotocol {
        /// Address family identifier.
        afi: u16,
        /// Subsequent address family identifier.
        safi: u8,
    },
    /// Code 2 (RFC 2918).
    RouteRefresh,
    /// Code 65 (RFC 6793).
    FourOctetAs(Asn),
    /// Any other: ignored, as RFC 5492 section 3 wants.
    Unknown {
        /// Its code.
        code: u8,
        /// Its value, at most 255 octets; what is beyond is not sent.
        value: Bytes,
    },
}

impl Capability {
    /// The multiprotocol capability of a family.
    #[must_use]
    pub const fn family(family: Family) -> Self {
        Self::Multiprotocol {
            afi: family.afi(),
            safi: family.safi(),
        }
    }

    /// The number that stands for it.
    #[must_use]
    pub const fn code(&self) -> CapabilityCode {
        match self {
            Self::Multiprotocol { .. } => CapabilityCode::Multiprotocol,
            Self::RouteRefresh => CapabilityCode::RouteRefresh,
            Self::FourOctetAs(_) => CapabilityCode::FourOctetAs,
            Self::Unknown { code, .. } => CapabilityCode::from_value(*code),
        }
    }

    /// Reads a value, which begins `offset` octets into its message.
    ///
    /// # Errors
    /// [`WireError::Capability`] for a length that a known code does not have ("recognized, but
    /// malformed", RFC 4271 section 6.2), [`WireError::ZeroAs`] for AS 0.
    pub(super) fn decode(code: u8, value: &[u8], offset: usize) -> Result<Self, WireError> {
        let malformed = |_| WireError::Capability {
            code: CapabilityCode::from_value(code),
            value: Bytes::copy_from_slice(value),
            offset,
        };
        match CapabilityCode::from_value(code) {
            CapabilityCode::Multiprotocol => {
                let (afi, _reserved, safi) =
                    parse::exactly(parse::family, value).map_err(malformed)?;
                Ok(Self::Multiprotocol { afi, safi })
            }
            CapabilityCode::RouteRefresh => {
                parse::exactly(parse::nothing, value).map_err(malformed)?;
                Ok(Self::RouteRefresh)
            }
            CapabilityCode::FourOctetAs => {
                let number = parse::exactly(parse::number, value).map_err(malformed)?;
                let asn = Asn::new(number).map_err(|_| WireError::ZeroAs { offset })?;
                Ok(Self::FourOctetAs(asn))
            }
            _ => Ok(Self::Unknown {
                code,
                value: Bytes::copy_from_slice(value),
            }),
        }
    }

    /// Appends code, length and value.
    pub(super) fn put(&self, out: &mut BytesMut) {
        out.put_u8(self.code().value());
        match self {
            Self::Multiprotocol { afi, safi } => {
                out.put_u8(4);
                out.put_u16(*afi);
                out.put_u8(0);
                out.put_u8(*safi);
            }
            Self::RouteRefresh => out.put_u8(0),
            Self::FourOctetAs(asn) => {
                out.put_u8(4);
                out.put_u32(asn.number());
            }
            Self::Unknown { value, .. } => {
                let length = u8::try_from(value.len()).unwrap_or(u8::MAX);
                out.put_u8(length);
                out.extend(value.iter().take(usize::from(length)));
            }
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code();
        match self {
            Self::Multiprotocol { afi, safi } => match Family::from_identifiers(*afi, *safi) {
                Some(family) => write!(f, "{code} {family}"),
                None => write!(f, "{code} AFI {afi} SAFI {safi}"),
            },
            Self::RouteRefresh => write!(f, "{code}"),
            Self::FourOctetAs(asn) => write!(f, "{code} {asn}"),
            Self::Unknown { value, .. } if value.is_empty() => write!(f, "{code}"),
            Self::Unknown { value, .. } => write!(f, "{code} {value:x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capability_is_printed_with_its_name_and_value() {
        for (capability, text) in [
            (
                Capability::family(Family::Ipv6Unicast),
                "multiprotocol ipv6-unicast",
            ),
            (
                Capability::Multiprotocol { afi: 25, safi: 70 },
                "multiprotocol AFI 25 SAFI 70",
            ),
            (Capability::RouteRefresh, "route refresh"),
            (
                Capability::FourOctetAs(Asn::new(70000).unwrap()),
                "4-octet AS 70000",
            ),
            (
                Capability::Unknown {
                    code: 70,
                    value: Bytes::new(),
                },
                "enhanced route refresh",
            ),
            (
                Capability::Unknown {
                    code: 64,
                    value: Bytes::from_static(&[0x40, 0x78]),
                },
                "graceful restart 4078",
            ),
            (
                Capability::Unknown {
                    code: 200,
                    value: Bytes::from_static(&[1]),
                },
                "unknown (200) 01",
            ),
        ] {
            assert_eq!(capability.to_string(), text);
        }
    }

    #[test]
    fn a_known_capability_of_another_length_is_malformed() {
        for (code, value) in [
            (1, &[0, 1, 0][..]),
            (1, &[0, 1, 0, 1, 0]),
            (2, &[0]),
            (65, &[]),
            (65, &[0, 0, 1]),
            (65, &[0, 0, 0, 1, 0]),
        ] {
            let error = Capability::decode(code, value, 31).unwrap_err();
            let expected = WireError::Capability {
                code: CapabilityCode::from_value(code),
                value: Bytes::copy_from_slice(value),
                offset: 31,
            };
            assert_eq!(error, expected);
        }
    }
}
