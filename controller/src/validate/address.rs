//! Prefixes and ranges of addresses as people write them.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

/// An inclusive range of addresses of one family, not empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AddressRange {
    first: IpAddr,
    last: IpAddr,
}

impl AddressRange {
    /// Parses `192.0.2.0/24` or `192.0.2.1-192.0.2.9`, of either family.
    ///
    /// # Errors
    ///
    /// Says in words what is wrong.
    pub fn parse(text: &str) -> Result<AddressRange, String> {
        let text = text.trim();
        if let Some((first, last)) = text.split_once('-') {
            let (first, last) = (parse_address(first)?, parse_address(last)?);
            return match (first, last) {
                (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => {
                    Err("the two ends are of different families".to_owned())
                }
                _ if first > last => Err("the range ends before it begins".to_owned()),
                _ => Ok(AddressRange { first, last }),
            };
        }
        let net: IpNet = text.parse().map_err(|_| {
            "neither a prefix like 192.0.2.0/24 nor a range like 192.0.2.1-192.0.2.9".to_owned()
        })?;
        if net != net.trunc() {
            return Err(format!("has host bits set (did you mean {}?)", net.trunc()));
        }
        Ok(AddressRange {
            first: net.network(),
            last: net.broadcast(),
        })
    }

    /// The lowest address.
    pub fn first(&self) -> IpAddr {
        self.first
    }

    /// Whether the address is in the range.
    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && self.first <= address && address <= self.last
    }

    /// Whether the two have an address in common.
    pub fn overlaps(&self, other: &AddressRange) -> bool {
        self.contains(other.first) || other.contains(self.first)
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// Parses an address; surrounding blanks do not matter.
pub(super) fn parse_address(text: &str) -> Result<IpAddr, String> {
    let text = text.trim();
    text.parse()
        .map_err(|_| format!("{text:?} is not an IP address"))
}

/// Whether a route to the address, or a session with it, makes sense at all.
pub(super) fn check_usable(address: IpAddr) -> Result<(), String> {
    let v4_special = |v4: std::net::Ipv4Addr| v4.is_broadcast() || v4.is_link_local();
    let unusable = address.is_unspecified()
        || address.is_loopback()
        || address.is_multicast()
        || matches!(address, IpAddr::V4(v4) if v4_special(v4))
        || matches!(address, IpAddr::V6(v6) if v6.is_unicast_link_local());
    if unusable {
        return Err("not an address that can be routed to".to_owned());
    }
    match address {
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some() => {
            Err("an IPv4 address written as IPv6".to_owned())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> AddressRange {
        AddressRange::parse(text).unwrap()
    }

    #[test]
    fn a_prefix_is_a_range_from_its_network_to_its_last_address() {
        assert_eq!(range("192.0.2.0/30").to_string(), "192.0.2.0-192.0.2.3");
        assert_eq!(
            range("2001:db8::/127").to_string(),
            "2001:db8::-2001:db8::1"
        );
    }

    #[test]
    fn a_single_address_range_contains_it() {
        assert!(range("192.0.2.7 - 192.0.2.7").contains("192.0.2.7".parse().unwrap()));
    }

    #[test]
    fn families_never_contain_each_other() {
        assert!(!range("::/0").contains("192.0.2.1".parse().unwrap()));
        assert!(!range("0.0.0.0/0").contains("::1".parse().unwrap()));
    }

    #[test]
    fn ranges_that_share_one_address_overlap() {
        assert!(range("192.0.2.1-192.0.2.5").overlaps(&range("192.0.2.5-192.0.2.9")));
        assert!(range("192.0.2.0/24").overlaps(&range("192.0.2.5-192.0.2.9")));
        assert!(!range("192.0.2.1-192.0.2.4").overlaps(&range("192.0.2.5-192.0.2.9")));
    }

    #[test]
    fn what_cannot_be_a_range_says_why() {
        for (text, reason) in [
            (
                "192.0.2.1/24",
                "has host bits set (did you mean 192.0.2.0/24?)",
            ),
            ("192.0.2.9-192.0.2.1", "the range ends before it begins"),
            ("192.0.2.9-::1", "the two ends are of different families"),
            ("192.0.2.9-x", "\"x\" is not an IP address"),
            (
                "web",
                "neither a prefix like 192.0.2.0/24 nor a range like 192.0.2.1-192.0.2.9",
            ),
        ] {
            assert_eq!(AddressRange::parse(text), Err(reason.to_owned()), "{text}");
        }
    }
}
