//! NEXT_HOP (RFC 4271 section 5.1.3).

use std::net::Ipv4Addr;

use bytes::{BufMut, BytesMut};

use super::{Attribute, Class, Defect, one, put_head};
use crate::iana::AttributeCode;
use crate::wire::{DecodeContext, parse};

/// Appends NEXT_HOP.
pub fn put(out: &mut BytesMut, next_hop: Ipv4Addr) {
    put_head(out, Class::WellKnown, AttributeCode::NextHop, 4);
    out.put_slice(&next_hop.octets());
}

/// "Syntactic correctness means that the NEXT_HOP attribute represents a valid IP host address"
/// (RFC 4271 section 6.3).
pub(super) fn read<'a>(value: &'a [u8], _: &DecodeContext) -> Result<Attribute<'a>, Defect> {
    let address = Ipv4Addr::from_bits(one(parse::number, value)?);
    if address.is_unspecified()
        || address.is_loopback()
        || address.is_multicast()
        || address.is_broadcast()
    {
        return Err(Defect::NextHop { address });
    }
    Ok(Attribute::NextHop(address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::attr::Action;
    use crate::wire::attr::tests::{action, attribute, encoded, internal, only};

    #[test]
    fn a_next_hop_comes_back() {
        let address = Ipv4Addr::new(192, 0, 2, 1);
        let octets = encoded(|out| put(out, address));
        assert_eq!(octets, [0x40, 3, 4, 192, 0, 2, 1]);
        assert_eq!(only(&octets, &internal()), Attribute::NextHop(address));
    }

    #[test]
    fn a_next_hop_that_is_no_host_is_treated_as_withdrawal() {
        for address in [
            [0, 0, 0, 0],
            [127, 0, 0, 1],
            [224, 0, 0, 5],
            [255, 255, 255, 255],
        ] {
            let octets = attribute(0x40, AttributeCode::NextHop, &address);
            assert_eq!(
                action(&octets, &internal()),
                Some(Action::TreatAsWithdraw),
                "{address:?}"
            );
        }
    }
}
