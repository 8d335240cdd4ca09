use std::fmt;

/// An address family that this speaker announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// AFI 1, SAFI 1.
    Ipv4Unicast,
    /// AFI 2, SAFI 1.
    Ipv6Unicast,
}

impl Family {
    /// Each family once.
    pub const ALL: [Self; 2] = [Self::Ipv4Unicast, Self::Ipv6Unicast];

    /// The address family identifier (RFC 4760).
    #[must_use]
    pub const fn afi(self) -> u16 {
        match self {
            Self::Ipv4Unicast => 1,
            Self::Ipv6Unicast => 2,
        }
    }

    /// The subsequent address family identifier (RFC 4760).
    #[must_use]
    pub const fn safi(self) -> u8 {
        1
    }

    /// The family with these identifiers, if it is one of ours.
    #[must_use]
    pub const fn from_identifiers(afi: u16, safi: u8) -> Option<Self> {
        match (afi, safi) {
            (1, 1) => Some(Self::Ipv4Unicast),
            (2, 1) => Some(Self::Ipv6Unicast),
            _ => None,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ipv4Unicast => "ipv4-unicast",
            Self::Ipv6Unicast => "ipv6-unicast",
        })
    }
}

/// A set of families.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FamilySet(u8);

impl FamilySet {
    /// No family.
    pub const EMPTY: Self = Self(0);
    /// Every family.
    pub const ALL: Self = Self(0b11);

    /// Whether `family` is in the set.
    #[must_use]
    pub const fn contains(self, family: Family) -> bool {
        self.0 & Self::bit(family) != 0
    }

    /// Whether no family is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Puts `family` into the set.
    pub fn insert(&mut self, family: Family) {
        self.0 |= Self::bit(family);
    }

    /// The families that are in both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The families in it, in the order of [`Family::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Family> {
        Family::ALL.into_iter().filter(move |f| self.contains(*f))
    }

    const fn bit(family: Family) -> u8 {
        match family {
            Family::Ipv4Unicast => 1,
            Family::Ipv6Unicast => 2,
        }
    }
}

impl FromIterator<Family> for FamilySet {
    fn from_iter<I: IntoIterator<Item = Family>>(families: I) -> Self {
        let mut set = Self::EMPTY;
        families.into_iter().for_each(|family| set.insert(family));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_found_by_its_identifiers() {
        for family in Family::ALL {
            assert_eq!(
                Family::from_identifiers(family.afi(), family.safi()),
                Some(family)
            );
        }
        assert_eq!(Family::from_identifiers(1, 2), None);
        assert_eq!(Family::from_identifiers(25, 70), None);
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let mut set = FamilySet::EMPTY;
        assert!(set.is_empty());
        set.insert(Family::Ipv6Unicast);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Family::Ipv6Unicast]);
        set.insert(Family::Ipv4Unicast);
        assert_eq!(set, FamilySet::ALL);
    }

    #[test]
    fn the_intersection_is_what_both_have() {
        let ipv4 = FamilySet::from_iter([Family::Ipv4Unicast]);
        let ipv6 = FamilySet::from_iter([Family::Ipv6Unicast]);
        assert_eq!(FamilySet::ALL.intersection(ipv6), ipv6);
        assert_eq!(ipv4.intersection(ipv6), FamilySet::EMPTY);
    }
}
