use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// An autonomous system number, 1 to 4294967295 (RFC 6793). AS 0 cannot be built (RFC 7607).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Asn(u32);

/// Why a number is not an [`Asn`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AsnError {
    /// RFC 7607: AS 0 must not be used.
    #[error("AS 0 is reserved (RFC 7607)")]
    Zero,
    /// Not a decimal number of 32 bits.
    #[error("{0:?} is not an AS number (1 to 4294967295)")]
    NotANumber(String),
}

impl Asn {
    /// AS_TRANS, which stands for a 4-octet AS where only two octets fit (RFC 6793 section 9).
    pub const TRANS: Self = Self(23456);

    /// The AS with this number.
    ///
    /// # Errors
    /// [`AsnError::Zero`] for 0.
    pub const fn new(number: u32) -> Result<Self, AsnError> {
        match number {
            0 => Err(AsnError::Zero),
            number => Ok(Self(number)),
        }
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The two octets that stand for this AS where four do not fit: itself, or AS_TRANS.
    #[must_use]
    pub fn two_octets(self) -> u16 {
        u16::try_from(self.0).unwrap_or(23456)
    }
}

impl fmt::Display for Asn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Asn {
    type Err = AsnError;

    fn from_str(text: &str) -> Result<Self, AsnError> {
        let number = text
            .parse()
            .map_err(|_| AsnError::NotANumber(text.to_owned()))?;
        Self::new(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_but_0_is_an_as() {
        for number in [1, 23456, 65535, 65536, u32::MAX] {
            let asn: Asn = number.to_string().parse().unwrap();
            assert_eq!(
                (asn.number(), asn.to_string()),
                (number, number.to_string())
            );
        }
        assert_eq!("0".parse::<Asn>(), Err(AsnError::Zero));
    }

    #[test]
    fn text_that_is_no_number_of_32_bits_is_refused() {
        for text in ["", "AS65000", "65000.1", "-1", "4294967296"] {
            assert_eq!(
                text.parse::<Asn>(),
                Err(AsnError::NotANumber(text.to_owned()))
            );
        }
    }

    #[test]
    fn two_octets_hold_an_as_up_to_65535() {
        for (number, octets) in [(1, 1), (65535, 65535), (65536, 23456), (u32::MAX, 23456)] {
            assert_eq!(Asn::new(number).unwrap().two_octets(), octets);
        }
    }
}
