//! (Service address, node, peer) -> announce, or skip and why.
//!
//! A node's routes go to all of its peers, so that the decision falls into two halves: does the node
//! announce the address, and has it a session with the peer. Of the reasons against it, the first from
//! the general to the particular is told.

use std::net::IpAddr;

use super::{Backing, Reason};
use crate::validate::{
    Advertisement, Attributes, Config, MAX_COMMUNITY_OCTETS, Peer, Pool, selects,
};

/// What is to be done about an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Announce it, with these attributes.
    Announce(Attributes),
    /// Do not, and this is why.
    Skip(Reason),
}

/// The pool by whose permission an address is programmed and announced at all.
///
/// # Errors
///
/// When nobody may have the address.
pub fn permitted(config: &Config, address: IpAddr) -> Result<&Pool, Reason> {
    let pool = config.pool_of(address).ok_or(Reason::NotInPool)?;
    for (name, node) in &config.nodes {
        if node.addresses.contains(&address) {
            return Err(Reason::NodeAddress { node: name.clone() });
        }
        if let Some(network) = node
            .pod_networks
            .iter()
            .find(|network| network.contains(&address))
        {
            return Err(Reason::PodNetwork {
                node: name.clone(),
                network: *network,
            });
        }
    }
    Ok(pool)
}

/// Whether a node announces an address to any of its peers, and with which attributes.
///
/// # Errors
///
/// When it does not.
pub fn decide_node(
    config: &Config,
    address: IpAddr,
    backing: Backing,
    node: &str,
) -> Result<Attributes, Reason> {
    let pool = permitted(config, address)?;
    let attributes = advertised(config, pool, node)?;
    let state = config.nodes.get(node).ok_or(Reason::NodeMissing)?;
    if state.network_unavailable {
        return Err(Reason::NodeNetworkUnavailable);
    }
    if state.excluded {
        return Err(Reason::NodeExcluded);
    }
    match backing {
        Backing::None => Err(Reason::NoEndpoints),
        Backing::Elsewhere => Err(Reason::NoLocalEndpoints),
        Backing::Terminating => Err(Reason::LocalEndpointsTerminating),
        Backing::Served => Ok(attributes),
    }
}

/// Whether a node has a session with a peer.
///
/// # Errors
///
/// When it has not.
pub fn decide_peer(config: &Config, node: &str, peer: &Peer) -> Result<(), Reason> {
    let labels = &config.nodes.get(node).ok_or(Reason::NodeMissing)?.labels;
    if !selects(&peer.nodes, labels) {
        return Err(Reason::PeerNotSelected);
    }
    let before = config
        .peers
        .iter()
        .take_while(|other| other.name != peer.name);
    let mut rivals = before.filter(|other| other.address == peer.address);
    match rivals.find(|other| selects(&other.nodes, labels)) {
        Some(by) => Err(Reason::PeerAddressTaken {
            by: by.name.clone(),
            address: peer.address,
        }),
        None => Ok(()),
    }
}

/// The attributes by which a pool's addresses are announced from a node: communities united, and the
/// one `localPref` that is stated.
fn advertised(config: &Config, pool: &Pool, node: &str) -> Result<Attributes, Reason> {
    let of_pool: Vec<&Advertisement> = config
        .advertisements
        .iter()
        .filter(|it| it.selects_pool(pool))
        .collect();
    if of_pool.is_empty() {
        return Err(Reason::NoAdvertisement {
            pool: pool.name.clone(),
        });
    }
    let labels = &config.nodes.get(node).ok_or(Reason::NodeMissing)?.labels;
    let mut of_node = of_pool
        .iter()
        .filter(|it| selects(&it.nodes, labels))
        .peekable();
    if of_node.peek().is_none() {
        let advertisements = of_pool.iter().map(|it| it.name.clone()).collect();
        return Err(Reason::NodeNotSelected { advertisements });
    }
    let mut merged = Attributes::default();
    let mut states_pref: Option<&str> = None;
    for advertisement in of_node {
        let Attributes {
            communities,
            local_pref,
        } = &advertisement.attributes;
        merged.communities.extend(communities.iter().cloned());
        match (states_pref, local_pref) {
            (Some(other), Some(_)) if merged.local_pref != *local_pref => {
                let advertisements = [other.to_owned(), advertisement.name.clone()];
                return Err(Reason::ConflictingAdvertisements { advertisements });
            }
            (None, Some(_)) => {
                merged.local_pref = *local_pref;
                states_pref = Some(&advertisement.name);
            }
            _ => {}
        }
    }
    let octets = merged.community_octets();
    if octets > MAX_COMMUNITY_OCTETS {
        let advertisements = of_pool.iter().filter(|it| selects(&it.nodes, labels));
        return Err(Reason::TooManyCommunities {
            advertisements: advertisements.map(|it| it.name.clone()).collect(),
            octets,
        });
    }
    Ok(merged)
}
