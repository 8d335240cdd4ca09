//! Keys and data of elements: fields side by side, each filled up to whole 32-bit registers.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::contents::Family;
use super::model::Frontend;

/// One field of a concatenation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// An address of the table's family.
    Address,
    /// A transport protocol's number.
    Protocol,
    /// A port, in network byte order.
    Port,
    /// A number below the count of candidates, in the host's byte order.
    Slot,
}

impl Field {
    /// The length in bytes, filled up to whole registers.
    pub(crate) fn padded_len(self, family: Family) -> usize {
        match self {
            Field::Address => family.address_len(),
            Field::Protocol | Field::Port | Field::Slot => 4,
        }
    }

    /// The number of its type in `nft`, by which listings know how to print it
    /// (`enum datatypes` in nftables' include/datatype.h). A slot prints as a mark: the only
    /// 32-bit number in host byte order that a concatenation may name.
    pub(crate) fn datatype(self, family: Family) -> u32 {
        match (self, family) {
            (Field::Address, Family::V4) => 7,
            (Field::Address, Family::V6) => 8,
            (Field::Protocol, _) => 12,
            (Field::Port, _) => 13,
            (Field::Slot, _) => 19,
        }
    }
}

/// The length in bytes of fields side by side.
pub(crate) fn padded_len(family: Family, fields: &[Field]) -> usize {
    fields.iter().map(|field| field.padded_len(family)).sum()
}

/// The type number of a concatenation: 6 bits a field.
pub(crate) fn datatype(family: Family, fields: &[Field]) -> u32 {
    fields
        .iter()
        .fold(0, |number, field| (number << 6) | field.datatype(family))
}

/// The bytes of a key, or of data.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key(Box<[u8]>);

impl Key {
    /// Bytes as the kernel gave them.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Key {
        Key(bytes.into())
    }

    /// The bytes as the kernel takes them.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// An address alone.
    pub(crate) fn address(address: IpAddr) -> Key {
        let mut bytes = Vec::with_capacity(16);
        push_address(&mut bytes, address);
        Key(bytes.into())
    }

    /// An address beside itself.
    pub(crate) fn address_twice(address: IpAddr) -> Key {
        let mut bytes = Vec::with_capacity(32);
        push_address(&mut bytes, address);
        push_address(&mut bytes, address);
        Key(bytes.into())
    }

    /// Address, protocol and port of a frontend.
    pub(crate) fn frontend(frontend: &Frontend) -> Key {
        Key(frontend_bytes(frontend).into())
    }

    /// A frontend and the slot of one of its candidates.
    pub(crate) fn slot(frontend: &Frontend, slot: u32) -> Key {
        let mut bytes = frontend_bytes(frontend);
        bytes.extend_from_slice(&slot.to_ne_bytes());
        Key(bytes.into())
    }

    /// Address and port of an endpoint.
    pub(crate) fn endpoint(address: IpAddr, port: u16) -> Key {
        let mut bytes = Vec::with_capacity(20);
        push_address(&mut bytes, address);
        push_port(&mut bytes, port);
        Key(bytes.into())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn frontend_bytes(frontend: &Frontend) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(28);
    push_address(&mut bytes, frontend.address);
    bytes.extend_from_slice(&[frontend.protocol.number(), 0, 0, 0]);
    push_port(&mut bytes, frontend.port);
    bytes
}

fn push_address(bytes: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => bytes.extend_from_slice(&address.octets()),
        IpAddr::V6(address) => bytes.extend_from_slice(&address.octets()),
    }
}

fn push_port(bytes: &mut Vec<u8>, port: u16) {
    bytes.extend_from_slice(&port.to_be_bytes());
    bytes.extend_from_slice(&[0, 0]);
}

/// Fields in the words of `nft`; bytes that do not fit the fields are shown as they are.
pub(crate) fn render(family: Family, fields: &[Field], key: &Key) -> String {
    if key.0.len() != padded_len(family, fields) {
        return format!("0x{key:?}");
    }
    let mut rest = &*key.0;
    let mut words = Vec::with_capacity(fields.len());
    for field in fields {
        let (bytes, behind) = rest.split_at(field.padded_len(family));
        words.push(render_field(*field, bytes));
        rest = behind;
    }
    words.join(" . ")
}

fn render_field(field: Field, bytes: &[u8]) -> String {
    match (field, bytes) {
        (Field::Address, &[a, b, c, d]) => Ipv4Addr::new(a, b, c, d).to_string(),
        (Field::Address, _) => match <[u8; 16]>::try_from(bytes) {
            Ok(octets) => Ipv6Addr::from(octets).to_string(),
            Err(_) => format!("{bytes:02x?}"),
        },
        (Field::Protocol, &[6, ..]) => "tcp".to_owned(),
        (Field::Protocol, &[17, ..]) => "udp".to_owned(),
        (Field::Protocol, &[132, ..]) => "sctp".to_owned(),
        (Field::Port, &[high, low, ..]) => u16::from_be_bytes([high, low]).to_string(),
        (Field::Slot, &[a, b, c, d]) => u32::from_ne_bytes([a, b, c, d]).to_string(),
        (Field::Protocol | Field::Port | Field::Slot, _) => format!("{bytes:02x?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forward::model::Protocol;

    fn frontend(address: &str) -> Frontend {
        Frontend {
            address: address.parse().unwrap(),
            protocol: Protocol::Udp,
            port: 53,
        }
    }

    #[test]
    fn a_slot_key_renders_as_nft_would_write_it() {
        use Field::{Address, Port, Protocol, Slot};
        let fields = &[Address, Protocol, Port, Slot];
        let v4 = Key::slot(&frontend("203.0.113.80"), 2);
        assert_eq!(
            render(Family::V4, fields, &v4),
            "203.0.113.80 . udp . 53 . 2"
        );
        let v6 = Key::slot(&frontend("2001:db8::80"), 2);
        assert_eq!(
            render(Family::V6, fields, &v6),
            "2001:db8::80 . udp . 53 . 2"
        );
    }

    #[test]
    fn a_key_of_foreign_length_renders_as_bytes() {
        let key = Key::from_bytes(&[1, 2, 3]);
        assert_eq!(render(Family::V4, &[Field::Address], &key), "0x010203");
    }
}
