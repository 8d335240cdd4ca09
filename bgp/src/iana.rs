//! The code points of BGP, one open enum for each registry: a value without a name stays what it
//! is.

/// Declares an enum over every value of an integer: named ones, and `Unknown(n)`.
macro_rules! registry {
    ($(#[$doc:meta])* $name:ident: $repr:ty {
        $($(#[$value_doc:meta])* $variant:ident = $value:literal, $text:literal;)*
    }) => {
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
    /// NOTIFICATION error codes:
    /// <https://www.iana.org/assignments/bgp-parameters/#bgp-parameters-3>.
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

registry! {
    /// Subcodes of Message Header Error:
    /// <https://www.iana.org/assignments/bgp-parameters/#bgp-parameters-5>.
    HeaderSubcode: u8 {
        /// RFC 4271 section 6.1.
        ConnectionNotSynchronized = 1, "Connection Not Synchronized";
        /// RFC 4271 section 6.1.
        BadMessageLength = 2, "Bad Message Length";
        /// RFC 4271 section 6.1.
        BadMessageType = 3, "Bad Message Type";
    }
}

registry! {
    /// Subcodes of OPEN Message Error:
    /// <https://www.iana.org/assignments/bgp-parameters/#bgp-parameters-6>.
    OpenSubcode: u8 {
        /// RFC 4271 section 6.2.
        UnsupportedVersionNumber = 1, "Unsupported Version Number";
        /// RFC 4271 section 6.2.
        BadPeerAs = 2, "Bad Peer AS";
        /// RFC 4271 section 6.2.
        BadBgpIdentifier = 3, "Bad BGP Identifier";
        /// RFC 4271 section 6.2.
        UnsupportedOptionalParameter = 4, "Unsupported Optional Parameter";
        /// RFC 4271 section 6.2.
        UnacceptableHoldTime = 6, "Unacceptable Hold Time";
        /// RFC 5492 section 5.
        UnsupportedCapability = 7, "Unsupported Capability";
        /// RFC 9234 section 4.2.
        RoleMismatch = 11, "Role Mismatch";
    }
}

registry! {
    /// Subcodes of UPDATE Message Error:
    /// <https://www.iana.org/assignments/bgp-parameters/#bgp-parameters-7>.
    UpdateSubcode: u8 {
        /// RFC 4271 section 6.3.
        MalformedAttributeList = 1, "Malformed Attribute List";
        /// RFC 4271 section 6.3.
        UnrecognizedWellKnownAttribute = 2, "Unrecognized Well-known Attribute";
        /// RFC 4271 section 6.3.
        MissingWellKnownAttribute = 3, "Missing Well-known Attribute";
        /// RFC 4271 section 6.3.
        AttributeFlagsError = 4, "Attribute Flags Error";
        /// RFC 4271 section 6.3.
        AttributeLengthError = 5, "Attribute Length Error";
        /// RFC 4271 section 6.3.
        InvalidOriginAttribute = 6, "Invalid ORIGIN Attribute";
        /// RFC 4271 section 6.3.
        InvalidNextHopAttribute = 8, "Invalid NEXT_HOP Attribute";
        /// RFC 4271 section 6.3.
        OptionalAttributeError = 9, "Optional Attribute Error";
        /// RFC 4271 section 6.3.
        InvalidNetworkField = 10, "Invalid Network Field";
        /// RFC 4271 section 6.3.
        MalformedAsPath = 11, "Malformed AS_PATH";
    }
}

registry! {
    /// Subcodes of Finite State Machine Error:
    /// <https://www.iana.org/assignments/bgp-parameters/#bgp-finite-state-machine-error-subcodes>.
    StateSubcode: u8 {
        /// RFC 6608 section 3.
        UnexpectedInOpenSent = 1, "Receive Unexpected Message in OpenSent State";
        /// RFC 6608 section 3.
        UnexpectedInOpenConfirm = 2, "Receive Unexpected Message in OpenConfirm State";
        /// RFC 6608 section 3.
        UnexpectedInEstablished = 3, "Receive Unexpected Message in Established State";
    }
}

registry! {
    /// Subcodes of Cease: <https://www.iana.org/assignments/bgp-parameters/#bgp-parameters-8>.
    CeaseSubcode: u8 {
        /// RFC 4486 section 4.
        MaximumPrefixesReached = 1, "Maximum Number of Prefixes Reached";
        /// RFC 4486 section 4, RFC 9003.
        AdministrativeShutdown = 2, "Administrative Shutdown";
        /// RFC 4486 section 4.
        PeerDeconfigured = 3, "Peer De-configured";
        /// RFC 4486 section 4, RFC 9003.
        AdministrativeReset = 4, "Administrative Reset";
        /// RFC 4486 section 4.
        ConnectionRejected = 5, "Connection Rejected";
        /// RFC 4486 section 4.
        OtherConfigurationChange = 6, "Other Configuration Change";
        /// RFC 4486 section 4.
        ConnectionCollisionResolution = 7, "Connection Collision Resolution";
        /// RFC 4486 section 4.
        OutOfResources = 8, "Out of Resources";
        /// RFC 8538 section 3.
        HardReset = 9, "Hard Reset";
        /// RFC 9384.
        BfdDown = 10, "BFD Down";
    }
}

registry! {
    /// Subcodes of ROUTE-REFRESH Message Error:
    /// <https://www.iana.org/assignments/bgp-parameters/#route-refresh-error-subcodes>.
    RefreshSubcode: u8 {
        /// RFC 7313 section 5.
        InvalidMessageLength = 1, "Invalid Message Length";
    }
}

registry! {
    /// Capability codes: <https://www.iana.org/assignments/capability-codes>.
    CapabilityCode: u8 {
        /// RFC 4760 section 8.
        Multiprotocol = 1, "multiprotocol";
        /// RFC 2918 section 2.
        RouteRefresh = 2, "route refresh";
        /// RFC 5291.
        OutboundRouteFiltering = 3, "outbound route filtering";
        /// RFC 8950 section 4.
        ExtendedNextHop = 5, "extended next hop";
        /// RFC 8654.
        ExtendedMessage = 6, "extended message";
        /// RFC 9234 section 4.1.
        Role = 9, "role";
        /// RFC 4724 section 3.
        GracefulRestart = 64, "graceful restart";
        /// RFC 6793 section 3.
        FourOctetAs = 65, "4-octet AS";
        /// RFC 7911 section 4.
        AddPath = 69, "ADD-PATH";
        /// RFC 7313 section 3.1.
        EnhancedRouteRefresh = 70, "enhanced route refresh";
        /// RFC 9494 section 4.1.
        LongLivedGracefulRestart = 71, "long-lived graceful restart";
        /// draft-walton-bgp-hostname-capability.
        Fqdn = 73, "FQDN";
        /// draft-abraitis-bgp-version-capability.
        SoftwareVersion = 75, "software version";
        /// Route refresh of Cisco routers before RFC 2918.
        RouteRefreshCisco = 128, "route refresh (Cisco)";
    }
}

registry! {
    /// Optional parameters of an OPEN:
    /// <https://www.iana.org/assignments/bgp-parameters/#bgp-parameters-11>.
    OptionalParameter: u8 {
        /// RFC 4271, deprecated there.
        Authentication = 1, "Authentication";
        /// RFC 5492 section 4.
        Capabilities = 2, "Capabilities";
        /// RFC 9072 section 2: not a parameter; in front of all others it says that lengths have
        /// two octets.
        ExtendedLength = 255, "Extended Length";
    }
}

registry! {
    /// Path attributes: <https://www.iana.org/assignments/bgp-parameters/#bgp-parameters-2>.
    AttributeCode: u8 {
        /// RFC 4271 section 5.1.1.
        Origin = 1, "ORIGIN";
        /// RFC 4271 section 5.1.2.
        AsPath = 2, "AS_PATH";
        /// RFC 4271 section 5.1.3.
        NextHop = 3, "NEXT_HOP";
        /// RFC 4271 section 5.1.4.
        MultiExitDisc = 4, "MULTI_EXIT_DISC";
        /// RFC 4271 section 5.1.5.
        LocalPref = 5, "LOCAL_PREF";
        /// RFC 4271 section 5.1.6.
        AtomicAggregate = 6, "ATOMIC_AGGREGATE";
        /// RFC 4271 section 5.1.7.
        Aggregator = 7, "AGGREGATOR";
        /// RFC 1997.
        Communities = 8, "COMMUNITIES";
        /// RFC 4456 section 8.
        OriginatorId = 9, "ORIGINATOR_ID";
        /// RFC 4456 section 8.
        ClusterList = 10, "CLUSTER_LIST";
        /// RFC 4760 section 3.
        MpReachNlri = 14, "MP_REACH_NLRI";
        /// RFC 4760 section 4.
        MpUnreachNlri = 15, "MP_UNREACH_NLRI";
        /// RFC 4360.
        ExtendedCommunities = 16, "EXTENDED COMMUNITIES";
        /// RFC 6793 section 3.
        As4Path = 17, "AS4_PATH";
        /// RFC 6793 section 3.
        As4Aggregator = 18, "AS4_AGGREGATOR";
        /// RFC 6514 section 5.
        PmsiTunnel = 22, "PMSI_TUNNEL";
        /// RFC 9012 section 2.
        TunnelEncapsulation = 23, "Tunnel Encapsulation";
        /// RFC 5701.
        Ipv6ExtendedCommunities = 25, "IPv6 Address Specific Extended Community";
        /// RFC 7311.
        Aigp = 26, "AIGP";
        /// RFC 9552.
        LinkState = 29, "BGP-LS";
        /// RFC 8092.
        LargeCommunities = 32, "LARGE_COMMUNITY";
        /// RFC 9234 section 5.
        OnlyToCustomer = 35, "Only to Customer";
        /// RFC 10039.
        DomainPath = 36, "BGP Domain Path";
        /// RFC 8669.
        PrefixSid = 40, "BGP Prefix-SID";
        /// RFC 6368.
        AttrSet = 128, "ATTR_SET";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_one_value_and_a_name() {
        for number in 0..=u8::MAX {
            assert_eq!(ErrorCode::from_value(number).value(), number);
            assert_eq!(AttributeCode::from_value(number).value(), number);
            assert_eq!(CapabilityCode::from_value(number).value(), number);
        }
        assert_eq!(ErrorCode::from_value(6).to_string(), "Cease");
        assert_eq!(ErrorCode::from_value(200).to_string(), "unknown (200)");
    }
}
