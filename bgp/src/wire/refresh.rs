use bytes::Bytes;

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

impl RouteRefresh {
    /// The whole message.
    #[must_use]
    pub fn encode(self) -> Bytes {
        todo!()
    }
}
