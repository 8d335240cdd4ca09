use bellwether_bgp::egress::{Changes, RouteAttributes};
use bellwether_bgp::net::Prefix;

/// What a change of an owner's routes would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Differences {
    /// In order, at most [`Self::LIMIT`].
    pub(crate) routes: Vec<Difference>,
    /// How many there are beyond these.
    pub(crate) left_off: u32,
    pub(crate) changes: Changes,
}

/// A route of an owner, as it is and as it would be; `None`: the owner does not want it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) prefix: Prefix,
    pub(crate) before: Option<RouteAttributes>,
    pub(crate) after: Option<RouteAttributes>,
}

impl Differences {
    /// Some hundred kilobytes: enough to read, and far from what a message may have.
    const LIMIT: usize = 1000;

    /// Takes note of a route, if it would not be as it is.
    pub(super) fn note(
        &mut self,
        prefix: Prefix,
        before: Option<&RouteAttributes>,
        after: Option<&RouteAttributes>,
    ) {
        let count = match (before, after) {
            (None, None) => return,
            (None, Some(_)) => &mut self.changes.added,
            (Some(_), None) => &mut self.changes.removed,
            (Some(before), Some(after)) if before == after => {
                self.changes.unchanged += 1;
                return;
            }
            (Some(_), Some(_)) => &mut self.changes.changed,
        };
        *count += 1;
        if self.routes.len() >= Self::LIMIT {
            self.left_off += 1;
            return;
        }
        self.routes.push(Difference {
            prefix,
            before: before.cloned(),
            after: after.cloned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_the_limit_is_counted() {
        let mut differences = Differences::default();
        for n in 0..1005_u32 {
            let prefix = Prefix::host(std::net::IpAddr::V4(n.into()));
            differences.note(prefix, None, Some(&RouteAttributes::default()));
        }
        assert_eq!(differences.routes.len(), 1000);
        assert_eq!(differences.left_off, 5);
        assert_eq!(differences.changes.added, 1005);
    }

    #[test]
    fn a_route_that_stays_as_it_is_is_no_difference() {
        let mut differences = Differences::default();
        let attributes = RouteAttributes::default();
        let prefix = "192.0.2.1/32".parse().unwrap();
        differences.note(prefix, Some(&attributes), Some(&attributes));
        assert!(differences.routes.is_empty());
        assert_eq!(differences.changes.unchanged, 1);
    }
}
