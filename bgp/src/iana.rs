//! The code points of BGP, one open enum for each registry: a value without a name stays what it is.

/// Declares an enum over every value of an integer: named ones, and `Unknown(n)`.
macro_rules! registry {
    ($(#[$doc:meta])* $name:ident: $repr:ty { $($(#[$value_doc:meta])* $variant:ident = $value:literal, $text:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$value_doc])* $variant,)*
            /// Not in the registry when this was written.
            Unknown($repr),
        }

        impl $name {
            /// The number on the wire.
            #[must_use]
            pub const fn value(self) -> $repr {
                match self {
                    $(Self::$variant => $value,)*
                    Self::Unknown(value) => value,
                }
            }

            /// The name of this number.
            #[must_use]
            pub const fn from_value(value: $repr) -> Self {
                match value {
                    $($value => Self::$variant,)*
                    value => Self::Unknown(value),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$variant => f.write_str($text),)*
                    Self::Unknown(value) => write!(f, "unknown ({value})"),
                }
            }
        }
    };
}

registry! {
    /// Message types: <https://www.iana.org/assignments/bgp-parameters/#bgp-parameters-1>.
    MessageType: u8 {
        /// RFC 4271 section 4.2.
        Open = 1, "OPEN";
        /// RFC 4271 section 4.3.
        Update = 2, "UPDATE";
        /// RFC 4271 section 4.5.
        Notification = 3, "NOTIFICATION";
        /// RFC 4271 section 4.4.
        Keepalive = 4, "KEEPALIVE";
        /// RFC 2918.
        RouteRefresh = 5, "ROUTE-REFRESH";
    }
}

registry! {
    /// NOTIFICATION error codes: <https://www.iana.org/assignments/bgp-parameters/#bgp-parameters-3>.
    ErrorCode: u8 {
        /// RFC 4271 section 6.1.
        MessageHeader = 1, "Message Header Error";
        /// RFC 4271 section 6.2.
        OpenMessage = 2, "OPEN Message Error";
        /// RFC 4271 section 6.3.
        UpdateMessage = 3, "UPDATE Message Error";
        /// RFC 4271 section 6.5.
        HoldTimerExpired = 4, "Hold Timer Expired";
        /// RFC 4271 section 6.6, RFC 6608.
        FiniteStateMachine = 5, "Finite State Machine Error";
        /// RFC 4271 section 6.7, RFC 4486.
        Cease = 6, "Cease";
        /// RFC 7313.
        RouteRefreshMessage = 7, "ROUTE-REFRESH Message Error";
        /// RFC 9687.
        SendHoldTimerExpired = 8, "Send Hold Timer Expired";
    }
}
