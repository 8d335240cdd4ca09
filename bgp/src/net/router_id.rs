use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use thiserror::Error;

/// A BGP identifier: four octets, not zero, unique within the AS (RFC 6286). Written as an IPv4
/// address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouterId(u32);

/// Why something is not a [`RouterId`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RouterIdError {
    /// RFC 6286 section 2.1.
    #[error("router ID 0.0.0.0 is not allowed (RFC 6286)")]
    Zero,
    /// Not four octets.
    #[error("{0:?} is not a router ID (write it as an IPv4 address)")]
    NotAnAddress(String),
}

impl RouterId {
    /// The identifier with these 32 bits, in host order.
    ///
    /// # Errors
    /// [`RouterIdError::Zero`] for 0.
    pub const fn new(bits: u32) -> Result<Self, RouterIdError> {
        match bits {
            0 => Err(RouterIdError::Zero),
            bits => Ok(Self(bits)),
        }
    }

    /// The 32 bits in host order; their order decides a collision (RFC 4271 section 6.8).
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }
}

impl fmt::Display for RouterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ipv4Addr::from_bits(self.0).fmt(f)
    }
}

impl FromStr for RouterId {
    type Err = RouterIdError;

    fn from_str(text: &str) -> Result<Self, RouterIdError> {
        let address: Ipv4Addr = text
            .parse()
            .map_err(|_| RouterIdError::NotAnAddress(text.to_owned()))?;
        Self::new(address.to_bits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_written_as_an_address() {
        let id: RouterId = "10.0.0.1".parse().unwrap();
        assert_eq!(
            (id.bits(), id.to_string()),
            (0x0a00_0001, "10.0.0.1".to_owned())
        );
    }

    #[test]
    fn zero_is_no_identifier() {
        assert_eq!("0.0.0.0".parse::<RouterId>(), Err(RouterIdError::Zero));
    }

    #[test]
    fn text_that_is_no_ipv4_address_is_refused() {
        for text in ["", "1", "10.0.0", "::1", "10.0.0.1/32"] {
            assert_eq!(
                text.parse::<RouterId>(),
                Err(RouterIdError::NotAnAddress(text.to_owned()))
            );
        }
    }

    #[test]
    fn identifiers_are_compared_as_numbers_in_host_order() {
        let [low, high] = ["9.255.255.255", "10.0.0.1"].map(|text| text.parse::<RouterId>());
        assert!(low.unwrap() < high.unwrap());
    }
}
