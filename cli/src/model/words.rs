//! The enums of the contract, as words: one spelling for people, one for programs.

use std::fmt;

use bellwether_proto::v1;
use serde::Serialize;

/// An enum of the contract: each value's name there, its word here, and its spelling for people. Programs get
/// the name here in kebab-case. A number that this bellctl does not know is `Unknown`.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident of $message:ident, $unset:ident: $($theirs:ident => $ours:ident $word:literal,)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub(crate) enum $name {
            $($ours,)*
            /// A value that this bellctl does not know.
            Unknown,
        }

        impl $name {
            /// The value with this number in the contract.
            pub(crate) fn from_number(number: i32) -> Self {
                match v1::$message::try_from(number).unwrap_or_default() {
                    v1::$message::$unset => Self::Unknown,
                    $(v1::$message::$theirs => Self::$ours,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$ours => $word,)*
                    Self::Unknown => "unknown",
                })
            }
        }
    };
}

words! {
    /// The state of a session, written as in RFC 4271 section 8.2.2.
    SessionState of SessionState, Unspecified:
    Idle => Idle "Idle",
    Connect => Connect "Connect",
    Active => Active "Active",
    OpenSent => OpenSent "OpenSent",
    OpenConfirm => OpenConfirm "OpenConfirm",
    Established => Established "Established",
}

words! {
    /// An address family, written as in the speaker's configuration file.
    Family of Family, Unspecified:
    Ipv4Unicast => Ipv4Unicast "ipv4-unicast",
    Ipv6Unicast => Ipv6Unicast "ipv6-unicast",
}

words! {
    /// What operators have decided of a peer.
    AdministrativeState of AdministrativeState, Unspecified:
    Enabled => Enabled "enabled",
    ShutDown => ShutDown "shut down",
    Drained => Drained "drained",
}

words! {
    /// What has become of an owner's routes.
    Standing of Standing, Unspecified:
    Active => Active "active",
    Depreferred => Depreferred "de-preferred",
    Withdrawn => Withdrawn "withdrawn",
}

words! {
    /// What happens when a lease runs out.
    ExpiryAction of ExpiryAction, Unspecified:
    Deprefer => Deprefer "deprefer",
    Withdraw => Withdraw "withdraw",
    Keep => Keep "keep",
}

words! {
    /// How far a drain has come.
    DrainPhase of DrainPhase, Unspecified:
    Depreferring => Depreferring "de-preferring",
    Waiting => Waiting "waiting",
    Withdrawing => Withdrawing "withdrawing",
    Closing => Closing "closing",
    Drained => Drained "drained",
    Depreferred => Depreferred "de-preferred",
    Undrained => Undrained "undrained",
}

words! {
    /// What it takes to bring a difference of the configuration into force.
    ConfigEffect of ConfigEffect, Unspecified:
    None => None "none",
    SessionReset => SessionReset "resets the session",
    Restart => Restart "needs a restart",
}

words! {
    /// Why a route is advertised to a peer, or is not.
    AdvertisementReason of AdvertisementReason, Unspecified:
    NotDesired => NotDesired "nobody wants it",
    LeaseExpired => LeaseExpired "lease expired",
    Drained => Drained "drained",
    PeerShutDown => PeerShutDown "peer shut down",
    PeerDrained => PeerDrained "peer drained",
    NotEstablished => NotEstablished "not established",
    FamilyNotNegotiated => FamilyNotNegotiated "family not negotiated",
    NoNextHop => NoNextHop "no next hop",
    NextHopFamily => NextHopFamily "next hop of the other family",
    TooLarge => TooLarge "too large",
    Pending => Pending "pending",
    Advertised => Advertised "advertised",
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
