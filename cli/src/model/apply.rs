use bellwether_proto::v1;
use serde::Serialize;

use super::RouteAttributes;

/// What a change did to an owner's set, or would do: message `ApplyResponse`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Applied {
    pub(crate) generation: u64,
    pub(crate) added: u32,
    pub(crate) changed: u32,
    pub(crate) removed: u32,
    pub(crate) unchanged: u32,
    pub(crate) differences: Vec<RouteDifference>,
    pub(crate) differences_left_off: u32,
}

/// A route as it is and as it would be: message `RouteDifference`. `None`: it is not in the set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RouteDifference {
    pub(crate) prefix: String,
    pub(crate) before: Option<RouteAttributes>,
    pub(crate) after: Option<RouteAttributes>,
}

impl Applied {
    /// Counts `next`, which was applied after this, as one with it.
    pub(crate) fn and(mut self, next: Self) -> Self {
        let Self {
            generation,
            added,
            changed,
            removed,
            unchanged,
            differences,
            differences_left_off,
        } = next;
        self.generation = generation;
        for (sum, count) in [
            (&mut self.added, added),
            (&mut self.changed, changed),
            (&mut self.removed, removed),
            (&mut self.unchanged, unchanged),
            (&mut self.differences_left_off, differences_left_off),
        ] {
            *sum = sum.saturating_add(count);
        }
        self.differences.extend(differences);
        self
    }
}

impl From<v1::ApplyResponse> for Applied {
    fn from(response: v1::ApplyResponse) -> Self {
        let v1::ApplyResponse {
            generation,
            added,
            changed,
            removed,
            unchanged,
            differences,
            differences_left_off,
        } = response;
        Self {
            generation,
            added,
            changed,
            removed,
            unchanged,
            differences: differences.into_iter().map(RouteDifference::from).collect(),
            differences_left_off,
        }
    }
}

impl From<v1::RouteDifference> for RouteDifference {
    fn from(difference: v1::RouteDifference) -> Self {
        let v1::RouteDifference {
            prefix,
            before,
            after,
        } = difference;
        Self {
            prefix,
            before: before.map(RouteAttributes::from),
            after: after.map(RouteAttributes::from),
        }
    }
}
