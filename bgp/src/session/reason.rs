//! Why sessions end, in words.

use std::fmt;

use crate::net::Family;
use crate::wire::Notification;

/// Why we end a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// Cease/Administrative Shutdown with a text for the other operator (RFC 9003), at most 255
    /// octets of UTF-8; may be empty.
    AdministrativeShutdown(String),
    /// Cease/Administrative Reset, likewise.
    AdministrativeReset(String),
    /// Cease/Peer De-configured.
    Deconfigured,
    /// Cease/Maximum Number of Prefixes Reached: the peer announces more routes of this family than
    /// it may (RFC 4486 section 4).
    MaximumPrefixes {
        /// The family that has too many.
        family: Family,
        /// How many the peer may announce.
        limit: u32,
    },
}

/// Why a session, or a try for one, ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownReason {
    /// We stopped it.
    Stopped(StopReason),
    /// We sent this NOTIFICATION; the text says what was wrong, with the offending values.
    Sent(Notification, String),
    /// The peer sent this NOTIFICATION.
    Received(Notification),
    /// The transport ended, or could not be made.
    Transport(String),
}

/// `administrative shutdown: "upgrade"`.
impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, text) = match self {
            Self::MaximumPrefixes { family, limit } => {
                return write!(f, "the peer announces more than {limit} routes of {family}");
            }
            Self::AdministrativeShutdown(text) => ("administrative shutdown", text.as_str()),
            Self::AdministrativeReset(text) => ("administrative reset", text.as_str()),
            Self::Deconfigured => ("no longer configured", ""),
        };
        f.write_str(what)?;
        match text {
            "" => Ok(()),
            text => write!(f, ": {text:?}"),
        }
    }
}

/// `nothing heard for 90 s (sent Hold Timer Expired)`.
impl fmt::Display for DownReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped(why) => write!(f, "stopped by us, {why}"),
            Self::Sent(notification, what) => write!(f, "{what} (sent {notification})"),
            Self::Received(notification) => write!(f, "the peer sent {notification}"),
            Self::Transport(what) => f.write_str(what),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iana::ErrorCode;

    #[test]
    fn reasons_read_as_words() {
        let shutdown = StopReason::AdministrativeShutdown("upgrade".to_owned());
        let hold = Notification::new(ErrorCode::HoldTimerExpired, 0);
        for (reason, words) in [
            (
                DownReason::Stopped(shutdown),
                "stopped by us, administrative shutdown: \"upgrade\"",
            ),
            (
                DownReason::Stopped(StopReason::Deconfigured),
                "stopped by us, no longer configured",
            ),
            (
                DownReason::Stopped(StopReason::MaximumPrefixes {
                    family: Family::Ipv4Unicast,
                    limit: 10,
                }),
                "stopped by us, the peer announces more than 10 routes of ipv4-unicast",
            ),
            (
                DownReason::Sent(hold.clone(), "nothing heard for 90 s".to_owned()),
                "nothing heard for 90 s (sent Hold Timer Expired)",
            ),
            (
                DownReason::Received(hold),
                "the peer sent Hold Timer Expired",
            ),
            (
                DownReason::Transport("connection refused".to_owned()),
                "connection refused",
            ),
        ] {
            assert_eq!(reason.to_string(), words);
        }
    }
}
