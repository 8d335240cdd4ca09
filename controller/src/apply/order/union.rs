//! What the kernel is to have: what is wanted, and what routers may still send packets for.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::forward::model::{Desired, Forwarding, Frontend, Protocol};
use crate::plan::NodeNetwork;

/// What is wanted, and beside it the union with what is held. An address is held while routers may
/// still send packets to it although it is not to be announced any more.
#[derive(Debug, Default)]
pub(super) struct Union {
    wanted: Desired,
    union: Desired,
}

impl Union {
    /// What the kernel is to have.
    pub(super) fn desired(&self) -> &Desired {
        &self.union
    }

    /// Takes effect with `settle` of its address.
    pub(super) fn want_frontend(&mut self, frontend: Frontend, forwarding: Option<Forwarding>) {
        match forwarding {
            Some(forwarding) => self.wanted.frontends.insert(frontend, forwarding),
            None => self.wanted.frontends.remove(&frontend),
        };
    }

    /// Takes effect with `settle` of its address.
    pub(super) fn want_vip(&mut self, vip: IpAddr, wanted: bool) {
        if wanted {
            self.wanted.vips.insert(vip)
        } else {
            self.wanted.vips.remove(&vip)
        };
    }

    /// Takes effect at once.
    pub(super) fn want_node(&mut self, node: NodeNetwork) {
        let NodeNetwork {
            addresses,
            pod_networks,
        } = node;
        self.union.node_addresses = addresses;
        self.union.pod_networks = pod_networks;
    }

    /// Brings the union up to date for one address. Says whether it changed.
    pub(super) fn settle(&mut self, address: IpAddr, held: bool) -> bool {
        let mut changed = false;
        for frontend in self.frontends(address) {
            let forwarding = self.forwarding(&frontend, held);
            if self.union.frontends.get(&frontend) == forwarding.as_ref() {
                continue;
            }
            changed = true;
            match forwarding {
                Some(forwarding) => self.union.frontends.insert(frontend, forwarding),
                None => self.union.frontends.remove(&frontend),
            };
        }
        if self.wanted.vips.contains(&address) {
            changed |= self.union.vips.insert(address);
        } else if !held {
            changed |= self.union.vips.remove(&address);
        }
        changed
    }

    /// The frontends of an address, wanted or in the union.
    fn frontends(&self, address: IpAddr) -> BTreeSet<Frontend> {
        let first = Frontend {
            address,
            protocol: Protocol::Tcp,
            port: 0,
        };
        let mine = |frontend: &&Frontend| frontend.address == address;
        let from = |desired: &Desired| -> Vec<Frontend> {
            let range = desired
                .frontends
                .range(first..)
                .map(|(frontend, _)| frontend);
            range.take_while(mine).copied().collect()
        };
        from(&self.wanted)
            .into_iter()
            .chain(from(&self.union))
            .collect()
    }

    /// A held frontend keeps the endpoints it had for clients from outside until it is given others.
    fn forwarding(&self, frontend: &Frontend, held: bool) -> Option<Forwarding> {
        let wanted = self.wanted.frontends.get(frontend);
        let now = self
            .union
            .frontends
            .get(frontend)
            .filter(|now| held && !now.external.is_empty());
        match (wanted, now) {
            (Some(wanted), Some(now)) if wanted.external.is_empty() => Some(Forwarding {
                internal: wanted.internal.clone(),
                ..now.clone()
            }),
            (Some(wanted), _) => Some(wanted.clone()),
            (None, now) => now.cloned(),
        }
    }
}
