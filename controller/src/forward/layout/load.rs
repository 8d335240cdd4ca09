//! Loading what rules look at: fields of keys side by side, as `key` lays them out.

use crate::forward::contents::{Family, SetName};
use crate::forward::key::{Field, padded_len};
use crate::forward::nft::expression::{Conntrack, Expression, Header, Register};

/// Loads the destination's address, protocol and port.
pub(super) fn frontend(family: Family) -> Vec<Expression> {
    let key = SetName::Frontends.key();
    vec![
        destination(family, Register::FIRST),
        Expression::Protocol {
            to: register_of(family, key, Field::Protocol),
        },
        // TCP, UDP and SCTP begin with the source port and the destination port.
        Expression::Payload {
            from: Header::Transport,
            offset: 2,
            len: 2,
            to: register_of(family, key, Field::Port),
        },
    ]
}

pub(super) fn source(family: Family, to: Register) -> Expression {
    let offset = match family {
        Family::V4 => 12,
        Family::V6 => 8,
    };
    address_at(family, offset, to)
}

pub(super) fn destination(family: Family, to: Register) -> Expression {
    let offset = match family {
        Family::V4 => 16,
        Family::V6 => 24,
    };
    address_at(family, offset, to)
}

fn address_at(family: Family, offset: u32, to: Register) -> Expression {
    let len = registers(family, &[Field::Address]) * 4;
    Expression::Payload {
        from: Header::Network,
        offset,
        len,
        to,
    }
}

/// Matches if the connection has one of these bits.
pub(super) fn any_bit(key: Conntrack, bits: u32) -> Vec<Expression> {
    vec![
        Expression::Conntrack {
            key,
            to: Register::FIRST,
        },
        Expression::Mask(bits),
        Expression::NotEqual(vec![0; 4]),
    ]
}

pub(super) fn second_address(family: Family) -> Register {
    Register(registers(family, &[Field::Address]))
}

/// The register of a field within a key or data loaded from the first register on.
pub(super) fn register_of(family: Family, fields: &[Field], field: Field) -> Register {
    let before: Vec<Field> = fields
        .iter()
        .copied()
        .take_while(|other| *other != field)
        .collect();
    Register(registers(family, &before))
}

/// The registers that fields fill.
fn registers(family: Family, fields: &[Field]) -> u32 {
    (padded_len(family, fields) / 4) as u32
}
