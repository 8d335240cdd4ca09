use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use thiserror::Error;

use super::Family;

/// An IP prefix whose host bits are zero.
///
/// Ordered by family, then address, then length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix(IpNet);

/// Why something is not a [`Prefix`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PrefixError {
    /// Not `ADDRESS/LENGTH`.
    #[error("{0:?} is not a prefix (write it as 192.0.2.10/32 or 2001:db8::10/128)")]
    Syntax(String),
    /// The length is beyond the address's.
    #[error("{0}/{1} is too long: at most /{max}", max = if .0.is_ipv4() { 32 } else { 128 })]
    Length(IpAddr, u8),
    /// Bits behind the length are set.
    #[error("{0} has host bits set (did you mean {trunc}?)", trunc = .0.trunc())]
    HostBits(IpNet),
}

impl Prefix {
    /// The prefix of `address` with `length` bits.
    ///
    /// # Errors
    /// [`PrefixError::Length`] if it is longer than the address, [`PrefixError::HostBits`] if bits
    /// behind it are set.
    pub fn new(address: IpAddr, length: u8) -> Result<Self, PrefixError> {
        let net = IpNet::new(address, length).map_err(|_| PrefixError::Length(address, length))?;
        Self::try_from(net)
    }

    /// The prefix of `address` with `length` bits; bits behind it are cleared, as a receiver does
    /// (RFC 4271 section 4.3: "the value of trailing bits is irrelevant").
    ///
    /// # Errors
    /// [`PrefixError::Length`] if it is longer than the address.
    pub fn masked(address: IpAddr, length: u8) -> Result<Self, PrefixError> {
        IpNet::new(address, length)
            .map(|net| Self(net.trunc()))
            .map_err(|_| PrefixError::Length(address, length))
    }

    /// The prefix of this address alone: a /32 or a /128.
    #[must_use]
    pub fn host(address: IpAddr) -> Self {
        Self(address.into())
    }

    /// The address, whose host bits are zero.
    #[must_use]
    pub fn address(self) -> IpAddr {
        self.0.addr()
    }

    /// The length in bits, 0 to 32 or 128.
    #[must_use]
    pub fn length(self) -> u8 {
        self.0.prefix_len()
    }

    /// The family that carries it.
    #[must_use]
    pub fn family(self) -> Family {
        match self.0 {
            IpNet::V4(_) => Family::Ipv4Unicast,
            IpNet::V6(_) => Family::Ipv6Unicast,
        }
    }

    /// As a network.
    #[must_use]
    pub fn net(self) -> IpNet {
        self.0
    }
}

impl TryFrom<IpNet> for Prefix {
    type Error = PrefixError;

    fn try_from(net: IpNet) -> Result<Self, PrefixError> {
        if net.addr() == net.network() {
            Ok(Self(net))
        } else {
            Err(PrefixError::HostBits(net))
        }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let syntax = || PrefixError::Syntax(text.to_owned());
        let (address, length) = text.split_once('/').ok_or_else(syntax)?;
        let address: IpAddr = address.parse().map_err(|_| syntax())?;
        if length.is_empty() || !length.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(syntax());
        }
        Self::new(address, length.parse().map_err(|_| syntax())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Prefix, PrefixError> {
        text.parse()
    }

    #[test]
    fn a_prefix_is_printed_as_it_was_written() {
        for text in [
            "0.0.0.0/0",
            "192.0.2.10/32",
            "10.0.0.0/8",
            "::/0",
            "2001:db8::10/128",
        ] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn text_that_is_no_prefix_is_refused() {
        for text in [
            "",
            "192.0.2.1",
            "192.0.2.1/",
            "/32",
            "192.0.2/24",
            "a/8",
            "::/+1",
            "::/ 1",
        ] {
            assert_eq!(
                parse(text),
                Err(PrefixError::Syntax(text.to_owned())),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_length_beyond_the_address_is_refused() {
        for (text, error) in [
            ("192.0.2.1/33", "192.0.2.1/33 is too long: at most /32"),
            ("::1/129", "::1/129 is too long: at most /128"),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), error);
        }
    }

    #[test]
    fn set_host_bits_are_refused_with_what_was_meant() {
        let error = parse("192.0.2.10/24").unwrap_err().to_string();
        assert_eq!(
            error,
            "192.0.2.10/24 has host bits set (did you mean 192.0.2.0/24?)"
        );
    }

    #[test]
    fn a_received_prefix_loses_its_host_bits() {
        let prefix = Prefix::masked("192.0.2.10".parse().unwrap(), 24);
        assert_eq!(prefix, parse("192.0.2.0/24"));
    }

    #[test]
    fn an_address_alone_is_a_prefix_of_full_length() {
        assert_eq!(
            Prefix::host("192.0.2.10".parse().unwrap()),
            parse("192.0.2.10/32").unwrap()
        );
        assert_eq!(
            Prefix::host("::1".parse().unwrap()),
            parse("::1/128").unwrap()
        );
    }

    #[test]
    fn an_ipv4_mapped_address_is_ipv6() {
        let prefix = parse("::ffff:192.0.2.1/128").unwrap();
        assert_eq!(prefix.family(), Family::Ipv6Unicast);
    }

    #[test]
    fn prefixes_are_ordered_by_family_address_and_length() {
        let sorted = [
            "9.0.0.0/8",
            "10.0.0.0/8",
            "10.0.0.0/9",
            "10.128.0.0/9",
            "::/0",
            "::1/128",
        ];
        let mut prefixes: Vec<Prefix> = sorted
            .iter()
            .rev()
            .map(|text| parse(text).unwrap())
            .collect();
        prefixes.sort();
        assert_eq!(
            prefixes.iter().map(Prefix::to_string).collect::<Vec<_>>(),
            sorted
        );
    }
}
