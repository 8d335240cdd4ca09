use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The name of a network interface, as Linux allows it: 1 to 15 octets without `/`, `:`, `%` and white space.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Interface(String);

#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is not the name of an interface (1 to 15 characters, none of `/`, `:`, `%`, space)")]
pub(crate) struct InterfaceError(String);

impl Interface {
    /// `IFNAMSIZ` less its NUL.
    const MAX_OCTETS: usize = 15;

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Interface {
    type Err = InterfaceError;

    fn from_str(text: &str) -> Result<Self, InterfaceError> {
        let allowed =
            |c: char| !matches!(c, '/' | ':' | '%') && !c.is_whitespace() && !c.is_control();
        let fits = (1..=Self::MAX_OCTETS).contains(&text.len());
        if fits && text.chars().all(allowed) && !matches!(text, "." | "..") {
            Ok(Self(text.to_owned()))
        } else {
            Err(InterfaceError(text.to_owned()))
        }
    }
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linux_names_are_taken_and_nothing_else() {
        for name in ["eth0", "bond0.100", "a-15-octet-name", "ä"] {
            assert_eq!(name.parse::<Interface>().unwrap().as_str(), name);
        }
        for name in [
            "",
            "a-16-octet-name.",
            "eth 0",
            "eth0%",
            "a/b",
            "eth0:1",
            ".",
            "..",
        ] {
            assert!(name.parse::<Interface>().is_err(), "{name:?}");
        }
    }
}
