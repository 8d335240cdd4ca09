//! A prefix as people type it, checked before the speaker is asked.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use thiserror::Error;

/// An IP prefix whose host bits are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prefix(IpNet);

/// Why a text is not a [`Prefix`]. The text itself is named by whoever reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum PrefixError {
    #[error("not a prefix (write it as 192.0.2.10/32 or 2001:db8::10/128)")]
    Syntax,
    #[error("the length is missing (did you mean {0}?)")]
    NoLength(IpNet),
    #[error("the length is at most {0}")]
    Length(u8),
    #[error("host bits are set (did you mean {trunc} or {host}?)", trunc = .0.trunc(), host = IpNet::from(.0.addr()))]
    HostBits(IpNet),
}

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let Some((address, length)) = text.split_once('/') else {
            let address: IpAddr = text.parse().map_err(|_| PrefixError::Syntax)?;
            return Err(PrefixError::NoLength(address.into()));
        };
        let address: IpAddr = address.parse().map_err(|_| PrefixError::Syntax)?;
        if length.is_empty() || !length.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(PrefixError::Syntax);
        }
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let net = length
            .parse()
            .ok()
            .and_then(|length| IpNet::new(address, length).ok())
            .ok_or(PrefixError::Length(longest))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(text: &str) -> String {
        text.parse::<Prefix>().unwrap_err().to_string()
    }

    #[test]
    fn both_families_are_written_back_canonically() {
        for (text, canonical) in [
            ("192.0.2.10/32", "192.0.2.10/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:DB8:0:0::10/128", "2001:db8::10/128"),
        ] {
            assert_eq!(text.parse::<Prefix>().unwrap().to_string(), canonical);
        }
    }

    #[test]
    fn host_bits_are_refused_with_what_may_have_been_meant() {
        assert_eq!(
            complaint("10.0.0.1/24"),
            "host bits are set (did you mean 10.0.0.0/24 or 10.0.0.1/32?)"
        );
    }

    #[test]
    fn an_address_without_a_length_is_refused_with_what_may_have_been_meant() {
        assert_eq!(
            complaint("2001:db8::10"),
            "the length is missing (did you mean 2001:db8::10/128?)"
        );
    }

    #[test]
    fn a_length_beyond_the_address_is_refused() {
        assert_eq!(complaint("10.0.0.0/33"), "the length is at most 32");
        assert_eq!(complaint("::/129"), "the length is at most 128");
        assert_eq!(complaint("::/1000"), "the length is at most 128");
    }

    #[test]
    fn anything_else_is_refused_with_how_to_write_it() {
        for text in ["", "tor1", "10.0.0.0/", "10.0.0.0/+8", "10.0.0/8", "/8"] {
            assert_eq!(text.parse::<Prefix>(), Err(PrefixError::Syntax), "{text:?}");
        }
    }
}
