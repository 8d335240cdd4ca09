use super::Version;
use super::desired::Desired;
use super::route_set::{RouteId, RouteSet};

/// What has been encoded for some peers, and what is still to be.
///
/// Which attributes a route had when it was encoded is not kept: what is still to be encoded is,
/// and that always reads the table as it is then. So a route that changes ten times before its turn
/// comes is encoded once, and one that comes and goes in between not at all.
#[derive(Debug, Default)]
pub(super) struct AdjOut {
    /// Encoded as announced and not as withdrawn since.
    sent: RouteSet,
    /// To be announced, as new or with other attributes. All are exported now.
    announce: RouteSet,
    /// To be withdrawn. All are in `sent`, none is in `announce`.
    withdraw: RouteSet,
    batch: Option<Batch>,
}

/// Announcements in the order in which they pack best. A route that is not to be announced any more
/// is skipped, and one that is to be announced again is so as it is when its turn comes: a batch is
/// an order, not a state.
#[derive(Debug)]
struct Batch {
    /// The next one is at the end.
    order: Vec<RouteId>,
    version: Version,
}

impl AdjOut {
    /// A route was changed, or is wanted again. `exported`: it is to be advertised as it is now.
    pub(super) fn note(&mut self, id: RouteId, exported: bool) {
        if exported {
            self.withdraw.remove(id);
            self.announce.insert(id);
            return;
        }
        self.announce.remove(id);
        if self.sent.contains(id) {
            self.withdraw.insert(id);
        }
    }

    /// Nothing is to be encoded.
    pub(super) fn is_settled(&self) -> bool {
        self.unsettled() == 0
    }

    /// How many routes are to be encoded.
    pub(super) fn unsettled(&self) -> usize {
        self.announce.len() + self.withdraw.len()
    }

    /// All that peers have or are to have.
    pub(super) fn known(&self) -> Vec<RouteId> {
        self.sent.iter().chain(self.announce.iter()).collect()
    }

    /// Those to be encoded.
    pub(super) fn pending(&self) -> impl Iterator<Item = RouteId> {
        self.announce.iter().chain(self.withdraw.iter())
    }

    pub(super) fn is_pending(&self, id: RouteId) -> bool {
        self.announce.contains(id) || self.withdraw.contains(id)
    }

    pub(super) fn to_withdraw(&self) -> &RouteSet {
        &self.withdraw
    }

    pub(super) fn advertised(&self) -> u64 {
        self.sent.len() as u64
    }

    pub(super) fn next_withdrawal(&mut self) -> Option<RouteId> {
        self.withdraw.first()
    }

    pub(super) fn withdrawn(&mut self, id: RouteId) {
        self.withdraw.remove(id);
        self.sent.remove(id);
    }

    /// Whether a batch of announcements has been begun and not ended.
    pub(super) fn in_batch(&self) -> bool {
        self.batch.is_some()
    }

    /// Makes a batch of all that is to be announced now.
    pub(super) fn begin_batch(&mut self, desired: &Desired) {
        let mut order = desired.packing_order(&self.announce);
        order.reverse();
        self.batch = Some(Batch {
            order,
            version: desired.version(),
        });
    }

    /// The next one of the batch.
    pub(super) fn next_announcement(&mut self) -> Option<RouteId> {
        let order = &mut self.batch.as_mut()?.order;
        while let Some(id) = order.last().copied() {
            if self.announce.contains(id) {
                return Some(id);
            }
            order.pop();
        }
        None
    }

    /// The state of the table that the batch brought.
    pub(super) fn end_batch(&mut self) -> Option<Version> {
        self.batch.take().map(|batch| batch.version)
    }

    /// Whether the peers did not have it before.
    pub(super) fn announced(&mut self, id: RouteId) -> bool {
        self.announce.remove(id);
        self.sent.insert(id)
    }

    /// What was encoded up to here, but without these: `added` was announced since for the first
    /// time, `held` was changed or withdrawn.
    pub(super) fn rewind(&mut self, added: &[RouteId], held: &[RouteId]) {
        for id in added {
            self.sent.remove(*id);
        }
        self.sent.extend(held.iter().copied());
    }

    /// Only what was sent: nothing is pending.
    pub(super) fn sent_only(&self) -> Self {
        Self {
            sent: self.sent.clone(),
            ..Self::default()
        }
    }
}
