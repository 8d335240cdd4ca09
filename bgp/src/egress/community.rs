use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A community (RFC 1997): the AS that defines it in the upper half, its meaning in the lower one.
///
/// Written as `64512:100`, or by the name of a well-known one:
///
/// ```
/// use bellwether_bgp::egress::Community;
///
/// let community: Community = "no-export".parse()?;
/// assert_eq!(community, Community(0xFFFF_FF01));
/// assert_eq!(community.to_string(), "no-export");
/// # Ok::<(), bellwether_bgp::egress::ParseCommunityError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Community(pub u32);

/// A large community (RFC 8092): global administrator and two local parts, written as `64512:1:2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LargeCommunity(pub [u32; 3]);

/// Why something is not a community.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParseCommunityError {
    /// Neither `N:N` nor a well-known name.
    #[error("{0:?} is not a community (write it as 64512:100, or a well-known name as no-export)")]
    Community(String),
    /// Not `N:N:N`.
    #[error("{0:?} is not a large community (write it as 64512:1:2)")]
    LargeCommunity(String),
}

impl Community {
    /// Sessions are about to close: use another path (RFC 8326).
    pub const GRACEFUL_SHUTDOWN: Self = Self(0xFFFF_0000);
    /// A VPN route may be accepted by the router it came from (RFC 7611).
    pub const ACCEPT_OWN: Self = Self(0xFFFF_0001);
    /// Kept beyond the restart time of the peer that it came from (RFC 9494).
    pub const LLGR_STALE: Self = Self(0xFFFF_0006);
    /// Not to be kept beyond the restart time (RFC 9494).
    pub const NO_LLGR: Self = Self(0xFFFF_0007);
    /// Traffic is to be discarded (RFC 7999).
    pub const BLACKHOLE: Self = Self(0xFFFF_029A);
    /// Not to leave the receiver's AS or confederation (RFC 1997).
    pub const NO_EXPORT: Self = Self(0xFFFF_FF01);
    /// Not to leave the receiver (RFC 1997).
    pub const NO_ADVERTISE: Self = Self(0xFFFF_FF02);
    /// Not to leave the receiver's AS, nor its member AS of a confederation (RFC 1997).
    pub const NO_EXPORT_SUBCONFED: Self = Self(0xFFFF_FF03);
    /// Not to be advertised to bilateral peers (RFC 3765).
    pub const NO_PEER: Self = Self(0xFFFF_FF04);

    /// <https://www.iana.org/assignments/bgp-well-known-communities>
    const NAMES: [(Self, &str); 9] = [
        (Self::GRACEFUL_SHUTDOWN, "graceful-shutdown"),
        (Self::ACCEPT_OWN, "accept-own"),
        (Self::LLGR_STALE, "llgr-stale"),
        (Self::NO_LLGR, "no-llgr"),
        (Self::BLACKHOLE, "blackhole"),
        (Self::NO_EXPORT, "no-export"),
        (Self::NO_ADVERTISE, "no-advertise"),
        (Self::NO_EXPORT_SUBCONFED, "no-export-subconfed"),
        (Self::NO_PEER, "no-peer"),
    ];
}

impl fmt::Display for Community {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::NAMES.iter().find(|(community, _)| community == self) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "{}:{}", self.0 >> 16, self.0 & 0xFFFF),
        }
    }
}

impl FromStr for Community {
    type Err = ParseCommunityError;

    fn from_str(text: &str) -> Result<Self, ParseCommunityError> {
        if let Some((community, _)) = Self::NAMES.iter().find(|(_, name)| *name == text) {
            return Ok(*community);
        }
        numbers::<u16, 2>(text)
            .map(|[asn, value]| Self(u32::from(asn) << 16 | u32::from(value)))
            .ok_or_else(|| ParseCommunityError::Community(text.to_owned()))
    }
}

impl fmt::Display for LargeCommunity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [administrator, first, second] = self.0;
        write!(f, "{administrator}:{first}:{second}")
    }
}

impl FromStr for LargeCommunity {
    type Err = ParseCommunityError;

    fn from_str(text: &str) -> Result<Self, ParseCommunityError> {
        numbers(text)
            .map(Self)
            .ok_or_else(|| ParseCommunityError::LargeCommunity(text.to_owned()))
    }
}

/// Exactly `N` decimal numbers with colons between them. Digits alone: the standard library would
/// take a `+` as well.
fn numbers<T: FromStr, const N: usize>(text: &str) -> Option<[T; N]> {
    let numbers: Option<Vec<T>> = text
        .split(':')
        .map(|part| {
            let digits = part.bytes().all(|octet| octet.is_ascii_digit());
            digits.then(|| part.parse().ok()).flatten()
        })
        .collect();
    numbers?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_community_reads_back_what_it_prints() {
        for community in [0, 0xFBF0_0064, 0xFFFF_FFFF, 0xFFFF_0002].map(Community) {
            assert_eq!(community.to_string().parse(), Ok(community));
        }
    }

    #[test]
    fn every_well_known_community_has_one_name() {
        for (community, name) in Community::NAMES {
            assert_eq!(name.parse(), Ok(community));
            assert_eq!(community.to_string(), name);
        }
    }

    #[test]
    fn a_well_known_community_can_be_written_in_numbers() {
        assert_eq!("65535:65281".parse(), Ok(Community::NO_EXPORT));
        assert_eq!("65535:666".parse(), Ok(Community::BLACKHOLE));
    }

    #[test]
    fn what_is_not_a_community_is_named_in_the_error() {
        for text in [
            "",
            "1",
            "1:2:3",
            "65536:1",
            "1:65536",
            "+1:2",
            "1: 2",
            "no_export",
            ":",
        ] {
            let error = ParseCommunityError::Community(text.to_owned());
            assert_eq!(text.parse::<Community>(), Err(error));
        }
    }

    #[test]
    fn a_large_community_has_three_parts_of_32_bits() {
        let large = LargeCommunity([4_294_967_295, 0, 7]);
        assert_eq!("4294967295:0:7".parse(), Ok(large));
        assert_eq!(large.to_string(), "4294967295:0:7");
    }

    #[test]
    fn what_is_not_a_large_community_is_named_in_the_error() {
        for text in [
            "",
            "1:2",
            "1:2:3:4",
            "4294967296:0:0",
            "1:2:-3",
            "no-export",
        ] {
            let error = ParseCommunityError::LargeCommunity(text.to_owned());
            assert_eq!(text.parse::<LargeCommunity>(), Err(error));
        }
    }
}
