//! The enums of the contract, as words: one spelling for people, one for programs.

use std::fmt;

use bellwether_proto::v1;
use serde::Serialize;

/// The state of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SessionState {
    Idle,
    Connect,
    Active,
    OpenSent,
    OpenConfirm,
    Established,
    /// A state that this bellctl does not know.
    Unknown,
}

impl SessionState {
    /// The state with this number in the contract.
    pub(crate) fn from_number(number: i32) -> Self {
        match v1::SessionState::try_from(number).unwrap_or_default() {
            v1::SessionState::Unspecified => Self::Unknown,
            v1::SessionState::Idle => Self::Idle,
            v1::SessionState::Connect => Self::Connect,
            v1::SessionState::Active => Self::Active,
            v1::SessionState::OpenSent => Self::OpenSent,
            v1::SessionState::OpenConfirm => Self::OpenConfirm,
            v1::SessionState::Established => Self::Established,
        }
    }
}

/// As RFC 4271 section 8.2.2 writes it.
impl fmt::Display for SessionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "Idle",
            Self::Connect => "Connect",
            Self::Active => "Active",
            Self::OpenSent => "OpenSent",
            Self::OpenConfirm => "OpenConfirm",
            Self::Established => "Established",
            Self::Unknown => "Unknown",
        })
    }
}

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Family {
    Ipv4Unicast,
    Ipv6Unicast,
    /// A family that this bellctl does not know.
    Unknown,
}

impl Family {
    /// The family with this number in the contract.
    pub(crate) fn from_number(number: i32) -> Self {
        match v1::Family::try_from(number).unwrap_or_default() {
            v1::Family::Unspecified => Self::Unknown,
            v1::Family::Ipv4Unicast => Self::Ipv4Unicast,
            v1::Family::Ipv6Unicast => Self::Ipv6Unicast,
        }
    }
}

/// As in the speaker's configuration file.
impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ipv4Unicast => "ipv4-unicast",
            Self::Ipv6Unicast => "ipv6-unicast",
            Self::Unknown => "unknown",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_a_newer_contract_is_unknown_and_not_an_error() {
        assert_eq!(SessionState::from_number(1000), SessionState::Unknown);
        assert_eq!(Family::from_number(1000), Family::Unknown);
    }

    #[test]
    fn programs_get_lower_case_words() {
        let words = |state: SessionState| serde_json::to_string(&state).unwrap();
        assert_eq!(words(SessionState::OpenSent), r#""open-sent""#);
        assert_eq!(
            serde_json::to_string(&Family::Ipv6Unicast).unwrap(),
            r#""ipv6-unicast""#
        );
    }
}
