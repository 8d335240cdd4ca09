use bytes::Bytes;

use crate::net::Asn;

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
        /// Its value.
        value: Bytes,
    },
}
