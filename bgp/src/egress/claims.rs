use super::sets::SetId;

/// The number of an owner, as long as it wants a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OwnerId(u32);

/// That an owner wants a route, and with which attributes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub(super) owner: OwnerId,
    pub(super) set: SetId,
}

/// Who wants a route, in the order of their names. Nearly always that is one owner, so one takes no
/// memory of its own.
#[derive(Debug)]
pub(super) enum Claims {
    One(Claim),
    Many(Box<[Claim]>),
}

impl OwnerId {
    /// Memory ends before the 2^32 owners at which this would saturate.
    pub(super) fn from_index(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

impl Claims {
    /// Nobody wants it.
    pub(super) fn none() -> Self {
        Self::Many(Box::default())
    }

    pub(super) fn all(&self) -> &[Claim] {
        match self {
            Self::One(claim) => std::slice::from_ref(claim),
            Self::Many(claims) => claims,
        }
    }

    /// The set that decides: the first owner's.
    pub(super) fn in_force(&self) -> Option<SetId> {
        self.all().first().map(|claim| claim.set)
    }

    /// Puts a claim behind those whose owners are `before` its own. The set that its owner named
    /// until now.
    pub(super) fn put(&mut self, claim: Claim, before: impl Fn(OwnerId) -> bool) -> Option<SetId> {
        let old = self.take(claim.owner);
        let claims = self.all();
        let (head, tail) = claims.split_at(claims.partition_point(|other| before(other.owner)));
        *self = if claims.is_empty() {
            Self::One(claim)
        } else {
            Self::Many([head, &[claim], tail].concat().into())
        };
        old
    }

    /// Takes the owner's claim out. The set that it named.
    pub(super) fn take(&mut self, owner: OwnerId) -> Option<SetId> {
        let taken = self.all().iter().find(|claim| claim.owner == owner)?.set;
        let others = self.all().iter().filter(|claim| claim.owner != owner);
        let others: Box<[Claim]> = others.copied().collect();
        *self = match *others {
            [only] => Self::One(only),
            _ => Self::Many(others),
        };
        Some(taken)
    }
}
