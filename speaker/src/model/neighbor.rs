use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::{Interface, unicast};

/// Where a neighbor is, which is also how its connections are recognised: an address, and the interface if the address
/// is link-local and so means nothing without.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Neighbor {
    address: IpAddr,
    /// There if, and only if, the address is link-local.
    zone: Option<Interface>,
}

impl Neighbor {
    /// The neighbor at `address`; `interface` counts for a link-local one alone, which is none without.
    pub(crate) fn new(address: IpAddr, interface: Option<Interface>) -> Option<Self> {
        let address = address.to_canonical();
        let zone = match is_link_local(address) {
            true => Some(interface?),
            false => None,
        };
        Some(Self { address, zone })
    }

    pub(crate) fn address(&self) -> IpAddr {
        self.address
    }

    pub(crate) fn zone(&self) -> Option<&Interface> {
        self.zone.as_ref()
    }
}

impl FromStr for Neighbor {
    type Err = String;

    /// `10.0.0.254`, `2001:db8::fe`, `fe80::1%eth0`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (address, zone) = match text.split_once('%') {
            Some((address, zone)) => {
                let zone = zone.parse::<Interface>();
                (address, Some(zone.map_err(|error| error.to_string())?))
            }
            None => (text, None),
        };
        let address: IpAddr = unicast(address, "IP")?;
        if let IpAddr::V6(v6) = address
            && v6.to_ipv4_mapped().is_some()
        {
            return Err(format!(
                "{v6} is an IPv4 address in disguise; write it as IPv4"
            ));
        }
        if zone.is_some() && !is_link_local(address) {
            return Err(format!(
                "{text}: only a link-local address (fe80::/10) has an interface"
            ));
        }
        Self::new(address, zone).ok_or_else(|| {
            format!("{address} is link-local and names no interface; write it as {address}%eth0")
        })
    }
}

impl fmt::Display for Neighbor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address)?;
        match &self.zone {
            Some(zone) => write!(f, "%{zone}"),
            None => Ok(()),
        }
    }
}

/// Whether an address means nothing without an interface.
pub(crate) fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if v6.is_unicast_link_local())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_printed() {
        for text in ["10.0.0.254", "2001:db8::fe", "fe80::1%eth0"] {
            assert_eq!(text.parse::<Neighbor>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_wrong_one_says_what_is_wrong() {
        for (text, what) in [
            (
                "fe80::1",
                "fe80::1 is link-local and names no interface; write it as fe80::1%eth0",
            ),
            (
                "2001:db8::1%eth0",
                "2001:db8::1%eth0: only a link-local address (fe80::/10) has an interface",
            ),
            (
                "::ffff:10.0.0.1",
                "::ffff:10.0.0.1 is an IPv4 address in disguise; write it as IPv4",
            ),
            ("10.0.0", "\"10.0.0\" is not an IP address"),
            ("ff02::1", "ff02::1 is not a unicast address"),
        ] {
            assert_eq!(text.parse::<Neighbor>().unwrap_err(), what);
        }
    }

    #[test]
    fn an_ipv4_connection_to_an_ipv6_socket_is_an_ipv4_neighbor() {
        let mapped = Neighbor::new("::ffff:10.0.0.1".parse().unwrap(), None);
        assert_eq!(mapped, Some("10.0.0.1".parse().unwrap()));
    }
}
