//! IPAddressPool.

use std::collections::BTreeMap;

use super::Problem;
use super::address::{AddressRange, check_usable};
use crate::crd;

/// Addresses that Services may have.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    /// The object's name.
    pub name: String,
    /// The object's labels.
    pub labels: BTreeMap<String, String>,
    /// Never empty.
    pub ranges: Vec<AddressRange>,
}

pub(super) fn parse(name: &str, pool: &crd::IPAddressPool) -> Result<Pool, Problem> {
    let crd::IPAddressPoolSpec { addresses } = &pool.spec;
    if addresses.is_empty() {
        return Err(Problem::new(
            "spec.addresses",
            "[]",
            "a pool needs at least one prefix or range",
        ));
    }
    let mut ranges: Vec<AddressRange> = Vec::with_capacity(addresses.len());
    for (index, text) in addresses.iter().enumerate() {
        let wrong = |reason| Problem::new(format!("spec.addresses[{index}]"), text, reason);
        let range = AddressRange::parse(text).map_err(wrong)?;
        check_usable(range.first()).map_err(wrong)?;
        if let Some(other) = ranges.iter().find(|other| other.overlaps(&range)) {
            return Err(wrong(format!("overlaps with {other} of the same pool")));
        }
        ranges.push(range);
    }
    let labels = pool.metadata.labels.clone().unwrap_or_default();
    Ok(Pool {
        name: name.to_owned(),
        labels,
        ranges,
    })
}
