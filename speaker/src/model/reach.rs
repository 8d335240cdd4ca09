use std::num::NonZeroU8;

/// How far away a neighbor may be, and what that means for the TTL (hop limit in IPv6) of packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Packets leave with this TTL, and come with any: after so many networks they are dropped. One reaches a neighbor on a
    /// network of ours.
    Multihop(NonZeroU8),
    /// GTSM (RFC 5082): packets leave with 255, and the kernel drops those that passed more than `hops - 1` routers, which a
    /// distant attacker cannot prevent.
    TtlSecurity { hops: NonZeroU8 },
}

impl Reach {
    /// A neighbor of another AS is on a network of ours, unless the operator says something else.
    pub(crate) const EBGP: Self = Self::Multihop(NonZeroU8::MIN);
    /// A neighbor of our own AS may be anywhere in it. The usual TTL.
    pub(crate) const IBGP: Self = match NonZeroU8::new(64) {
        Some(ttl) => Self::Multihop(ttl),
        None => Self::EBGP,
    };

    /// What packets leave with.
    pub(crate) fn ttl(self) -> u8 {
        match self {
            Self::Multihop(ttl) => ttl.get(),
            Self::TtlSecurity { .. } => u8::MAX,
        }
    }

    /// The least that packets may come with; 0: any.
    pub(crate) fn min_ttl(self) -> u8 {
        match self {
            Self::Multihop(_) => 0,
            // RFC 5082 section 3 counts from 255: a neighbor on our network is 1 hop away, and its packets come with 255.
            Self::TtlSecurity { hops } => u8::MAX - (hops.get() - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hops(hops: u8) -> NonZeroU8 {
        NonZeroU8::new(hops).unwrap()
    }

    #[test]
    fn ttl_security_accepts_256_less_the_hops() {
        for (allowed, least) in [(1, 255), (2, 254), (254, 2)] {
            let reach = Reach::TtlSecurity {
                hops: hops(allowed),
            };
            assert_eq!((reach.ttl(), reach.min_ttl()), (255, least));
        }
    }

    #[test]
    fn multihop_sends_so_many_and_accepts_any() {
        let reach = Reach::Multihop(hops(3));
        assert_eq!((reach.ttl(), reach.min_ttl()), (3, 0));
        assert_eq!((Reach::EBGP.ttl(), Reach::IBGP.ttl()), (1, 64));
    }
}
