//! ORIGINATOR_ID and CLUSTER_LIST of route reflectors (RFC 4456 section 8).

use std::net::Ipv4Addr;

use super::{Attribute, Defect, one};
use crate::wire::{DecodeContext, parse};

/// The value of CLUSTER_LIST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClusterList<'a>(&'a [u8]);

impl<'a> ClusterList<'a> {
    /// The cluster identifiers, the last reflector's first.
    pub fn iter(self) -> impl Iterator<Item = Ipv4Addr> + 'a {
        parse::each(parse::number, self.0)
            .flatten()
            .map(|(_, bits)| Ipv4Addr::from_bits(bits))
    }
}

pub(super) fn read_originator<'a>(
    value: &'a [u8],
    _: &DecodeContext,
) -> Result<Attribute<'a>, Defect> {
    one(parse::number, value).map(|bits| Attribute::OriginatorId(Ipv4Addr::from_bits(bits)))
}

pub(super) fn read_clusters<'a>(
    value: &'a [u8],
    _: &DecodeContext,
) -> Result<Attribute<'a>, Defect> {
    Ok(Attribute::ClusterList(ClusterList(value)))
}
