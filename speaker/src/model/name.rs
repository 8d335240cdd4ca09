use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The name of an owner or of a peer: 1 to 253 letters, digits, `-`, `.` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name(String);

/// Why a text is not a [`Name`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum NameError {
    #[error("is missing")]
    Empty,
    #[error("{0:?} has {len} characters, at most 253 are allowed", len = .0.len())]
    Long(String),
    #[error(
        "{name:?} has the character {character:?}; allowed are letters, digits, `-`, `.` and `_`"
    )]
    Character { name: String, character: char },
}

impl Name {
    const MAX_OCTETS: usize = 253;

    /// The owner of the peers and routes of the configuration file.
    pub(crate) fn config() -> Self {
        Self("config".to_owned())
    }

    /// The owner of one-shot requests that name none.
    pub(crate) fn cli() -> Self {
        Self("cli".to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if let Some(character) = text.chars().find(|c| !allowed(*c)) {
            return Err(NameError::Character {
                name: text.to_owned(),
                character,
            });
        }
        if text.len() > Self::MAX_OCTETS {
            return Err(NameError::Long(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_digits_and_three_signs_make_a_name() {
        assert_eq!(
            "tor-1.rack_2".parse::<Name>().unwrap().as_str(),
            "tor-1.rack_2"
        );
    }

    #[test]
    fn a_name_with_a_space_is_refused_and_the_character_is_named() {
        let error = "tor 1".parse::<Name>().unwrap_err().to_string();
        assert!(error.contains("' '"), "{error}");
    }

    #[test]
    fn the_bounds_of_the_length_are_0_and_253() {
        assert_eq!("".parse::<Name>(), Err(NameError::Empty));
        assert!("x".repeat(253).parse::<Name>().is_ok());
        assert!("x".repeat(254).parse::<Name>().is_err());
    }
}
