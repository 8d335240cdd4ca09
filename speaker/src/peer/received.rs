use std::collections::HashSet;
use std::time::Duration;

use bellwether_bgp::net::{Family, Prefix};
use bellwether_bgp::time::Instant;
use bellwether_bgp::wire::ReceivedUpdate;
use tracing::warn;

use crate::log::Throttle;

/// What a peer announces to us: counted, and never used.
#[derive(Debug)]
pub(super) struct Received {
    routes: u64,
    /// Which they are, while there is a limit to them: one that is announced twice is one. At most one more than the limit.
    known_ipv4: HashSet<Prefix>,
    /// Likewise.
    known_ipv6: HashSet<Prefix>,
    faults: Throttle,
}

impl Default for Received {
    fn default() -> Self {
        Self {
            routes: 0,
            known_ipv4: HashSet::new(),
            known_ipv6: HashSet::new(),
            faults: Throttle::new(Duration::from_secs(60)),
        }
    }
}

impl Received {
    /// Announced and not withdrawn since, as far as counting tells: one that is announced twice counts twice.
    pub(super) fn routes(&self) -> u64 {
        self.routes
    }

    pub(super) fn update(&mut self, update: &ReceivedUpdate, limit: Option<u32>, now: Instant) {
        let ReceivedUpdate {
            withdrawn,
            announced,
            end_of_rib: _,
            faults,
        } = update;
        self.routes = self
            .routes
            .saturating_sub(withdrawn.len() as u64)
            .saturating_add(announced.len() as u64);
        if let Some(limit) = limit {
            self.learn(withdrawn, announced, limit);
        }
        for fault in faults {
            if let Some(held_back) = self.faults.pass(now) {
                warn!(held_back, "a fault in an UPDATE (RFC 7606): {}", fault.what);
            }
        }
    }

    /// The family of which there are more than `limit`.
    pub(super) fn beyond(&self, limit: u32) -> Option<Family> {
        let counts = [
            (Family::Ipv4Unicast, &self.known_ipv4),
            (Family::Ipv6Unicast, &self.known_ipv6),
        ];
        let mut beyond = counts
            .iter()
            .filter(|(_, known)| known.len() > limit as usize);
        beyond.next().map(|(family, _)| *family)
    }

    fn learn(&mut self, withdrawn: &[Prefix], announced: &[Prefix], limit: u32) {
        for prefix in withdrawn {
            self.known(prefix.family()).remove(prefix);
        }
        for prefix in announced {
            let known = self.known(prefix.family());
            if known.len() <= limit as usize {
                known.insert(*prefix);
            }
        }
    }

    fn known(&mut self, family: Family) -> &mut HashSet<Prefix> {
        match family {
            Family::Ipv4Unicast => &mut self.known_ipv4,
            Family::Ipv6Unicast => &mut self.known_ipv6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: u32 = 2;

    fn hear(received: &mut Received, withdrawn: &[&str], announced: &[&str]) -> Option<Family> {
        let prefixes = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        let update = ReceivedUpdate {
            withdrawn: prefixes(withdrawn),
            announced: prefixes(announced),
            ..ReceivedUpdate::default()
        };
        received.update(&update, Some(LIMIT), Instant::default());
        received.beyond(LIMIT)
    }

    #[test]
    fn a_route_that_is_announced_again_is_not_one_more() {
        let mut received = Received::default();
        for _ in 0..3 {
            let beyond = hear(&mut received, &[], &["192.0.2.1/32", "192.0.2.2/32"]);
            assert_eq!(beyond, None);
        }
        let beyond = hear(&mut received, &[], &["192.0.2.3/32"]);
        assert_eq!(beyond, Some(Family::Ipv4Unicast));
    }

    #[test]
    fn a_route_that_was_withdrawn_makes_room() {
        let mut received = Received::default();
        hear(&mut received, &[], &["192.0.2.1/32", "192.0.2.2/32"]);
        let beyond = hear(&mut received, &["192.0.2.1/32"], &["192.0.2.3/32"]);
        assert_eq!(beyond, None);
    }

    #[test]
    fn each_family_has_the_limit_for_itself() {
        let mut received = Received::default();
        hear(&mut received, &[], &["192.0.2.1/32", "192.0.2.2/32"]);
        let six = ["2001:db8::1/128", "2001:db8::2/128"];
        assert_eq!(hear(&mut received, &[], &six), None);
        let beyond = hear(&mut received, &[], &["2001:db8::3/128"]);
        assert_eq!(beyond, Some(Family::Ipv6Unicast));
    }

    #[test]
    fn beyond_the_limit_one_route_alone_is_remembered() {
        let mut received = Received::default();
        for last in 0..100 {
            hear(&mut received, &[], &[&format!("192.0.2.{last}/32")]);
        }
        assert_eq!(received.known_ipv4.len(), 3);
        assert_eq!(received.routes(), 100);
    }
}
