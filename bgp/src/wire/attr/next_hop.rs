//! NEXT_HOP (RFC 4271 section 5.1.3).

use std::net::Ipv4Addr;

use bytes::{BufMut, BytesMut};

use super::{Class, Defect, put_head};
use crate::iana::AttributeCode;

/// Appends NEXT_HOP.
pub fn put(out: &mut BytesMut, next_hop: Ipv4Addr) {
    put_head(out, Class::WellKnown, AttributeCode::NextHop, 4);
    out.put_slice(&next_hop.octets());
}

/// "Syntactic correctness means that the NEXT_HOP attribute represents a valid IP host address" (RFC 4271 section 6.3).
pub(super) fn decode(bits: u32) -> Result<Ipv4Addr, Defect> {
    let address = Ipv4Addr::from_bits(bits);
    if address.is_unspecified()
        || address.is_loopback()
        || address.is_multicast()
        || address.is_broadcast()
    {
        return Err(Defect::NextHop { address });
    }
    Ok(address)
}
