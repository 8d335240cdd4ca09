use bytes::{BufMut, Bytes, BytesMut};

use super::frame::{HEADER_OCTETS, put_message};
use super::{Capability, WireError, parameters, parse};
use crate::iana::MessageType;
use crate::net::{Asn, Family, FamilySet, HoldTime, RouterId};

/// The version of BGP (RFC 4271).
const VERSION: u8 = 4;
/// Where the My Autonomous System field begins, in octets from the start of the message.
const MY_AS: usize = HEADER_OCTETS + 1;

/// An OPEN (RFC 4271 section 4.2) whose fields were checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The sender's AS: the 4-octet AS capability's where there is one, the My Autonomous System
    /// field's otherwise.
    pub asn: Asn,
    /// What the sender proposes.
    pub hold_time: HoldTime,
    /// The sender.
    pub router_id: RouterId,
    /// In the order sent. [`Open::encode`] adds the 4-octet AS capability only if it is listed
    /// here.
    pub capabilities: Vec<Capability>,
}

impl Open {
    /// Families offered by multiprotocol capabilities. A speaker that sends none of them speaks
    /// IPv4 unicast, as all did before RFC 4760.
    #[must_use]
    pub fn families(&self) -> FamilySet {
        let offered = self
            .capabilities
            .iter()
            .filter_map(|capability| match capability {
                Capability::Multiprotocol { afi, safi } => Some((*afi, *safi)),
                _ => None,
            });
        let mut offered = offered.peekable();
        if offered.peek().is_none() {
            return FamilySet::from_iter([Family::Ipv4Unicast]);
        }
        offered
            .filter_map(|(afi, safi)| Family::from_identifiers(afi, safi))
            .collect()
    }

    /// Whether the 4-octet AS capability is there.
    #[must_use]
    pub fn four_octet_as(&self) -> bool {
        let four_octets = |capability: &_| matches!(capability, Capability::FourOctetAs(_));
        self.capabilities.iter().any(four_octets)
    }

    /// Whether the route refresh capability is there.
    #[must_use]
    pub fn route_refresh(&self) -> bool {
        self.capabilities.contains(&Capability::RouteRefresh)
    }

    /// The whole message. Capabilities are one optional parameter, in the extended form of RFC 9072
    /// only if they do not fit otherwise. Those that 4096 octets cannot hold are left out.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::new();
        put_message(&mut out, MessageType::Open, |out| {
            out.put_u8(VERSION);
            out.put_u16(self.asn.two_octets());
            out.put_u16(self.hold_time.as_secs());
            out.put_u32(self.router_id.bits());
            parameters::put(out, &self.capabilities);
        });
        out.freeze()
    }

    /// Reads the body of an OPEN.
    pub(super) fn decode(body: &[u8]) -> Result<Self, WireError> {
        let cut = |start: usize| {
            move |fault: parse::Fault| WireError::OpenCut {
                offset: start + fault.offset,
            }
        };
        // The version comes first: it decides what everything behind it means.
        let (version, body) =
            parse::exactly(parse::octet_and_rest, body).map_err(cut(HEADER_OCTETS))?;
        if version != VERSION {
            return Err(WireError::Version { version });
        }
        let fields = parse::exactly(parse::open, body).map_err(cut(MY_AS))?;
        let my_as =
            Asn::new(fields.my_as.into()).map_err(|_| WireError::ZeroAs { offset: MY_AS })?;
        let hold_time = HoldTime::from_secs(fields.hold_time).map_err(|_| WireError::HoldTime {
            seconds: fields.hold_time,
        })?;
        let router_id = RouterId::new(fields.identifier).map_err(|_| WireError::ZeroRouterId)?;
        let capabilities = parameters::read(fields.parameters_length, fields.parameters)?;
        let asn = four_octet_as(&capabilities)?.unwrap_or(my_as);
        Ok(Self {
            asn,
            hold_time,
            router_id,
            capabilities,
        })
    }
}

/// The AS that 4-octet AS capabilities name. RFC 5492 section 4 allows the same one several times;
/// two ASes in one OPEN are not a peer that anybody configured.
fn four_octet_as(capabilities: &[Capability]) -> Result<Option<Asn>, WireError> {
    let mut named = None;
    for capability in capabilities {
        match (capability, named) {
            (Capability::FourOctetAs(second), Some(first)) if *second != first => {
                return Err(WireError::TwoAses {
                    first,
                    second: *second,
                });
            }
            (Capability::FourOctetAs(asn), _) => named = Some(*asn),
            _ => {}
        }
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An OPEN's body: version 4, AS 65000, hold time 90 s, identifier 10.0.0.1, and what is given
    /// behind it.
    fn body(parameters_length: u8, parameters: &[u8]) -> Vec<u8> {
        let mut body = vec![4, 0xfd, 0xe8, 0, 90, 10, 0, 0, 1, parameters_length];
        body.extend(parameters);
        body
    }

    fn answer(body: &[u8]) -> (u8, u8, Vec<u8>) {
        let answer = Open::decode(body).unwrap_err().notification();
        (answer.code.value(), answer.subcode, answer.data.to_vec())
    }

    fn asn(number: u32) -> Asn {
        Asn::new(number).unwrap()
    }

    fn open(capabilities: Vec<Capability>) -> Open {
        Open {
            asn: asn(65000),
            hold_time: HoldTime::DEFAULT,
            router_id: "10.0.0.1".parse().unwrap(),
            capabilities,
        }
    }

    #[test]
    fn an_open_without_parameters_is_the_fixed_fields() {
        assert_eq!(Open::decode(&body(0, &[])), Ok(open(vec![])));
        assert_eq!(
            open(vec![]).encode().get(HEADER_OCTETS..),
            Some(&body(0, &[])[..])
        );
    }

    #[test]
    fn capabilities_share_one_parameter() {
        let open = open(vec![
            Capability::RouteRefresh,
            Capability::FourOctetAs(asn(65000)),
        ]);
        let parameter = [2, 8, 2, 0, 65, 4, 0, 0, 0xfd, 0xe8];
        assert_eq!(
            open.encode().get(HEADER_OCTETS..),
            Some(&body(10, &parameter)[..])
        );
        assert_eq!(Open::decode(&body(10, &parameter)), Ok(open));
    }

    #[test]
    fn an_as_of_four_octets_is_as_trans_in_the_field_of_two() {
        let open = Open {
            asn: asn(70000),
            ..open(vec![Capability::FourOctetAs(asn(70000))])
        };
        let encoded = open.encode();
        assert_eq!(
            encoded.get(MY_AS..MY_AS + 2),
            Some(&23456_u16.to_be_bytes()[..])
        );
        assert_eq!(Open::decode(&encoded[HEADER_OCTETS..]), Ok(open));
    }

    #[test]
    fn the_capability_has_the_last_word_on_the_as() {
        let parameter = [2, 6, 65, 4, 0, 1, 0x11, 0x70];
        assert_eq!(Open::decode(&body(8, &parameter)).unwrap().asn, asn(70000));
    }

    #[test]
    fn two_ases_in_one_open_are_answered_with_2_2() {
        let parameter = [2, 12, 65, 4, 0, 0, 0, 1, 65, 4, 0, 0, 0, 2];
        assert_eq!(answer(&body(14, &parameter)), (2, 2, vec![]));
    }

    #[test]
    fn each_field_that_cannot_be_has_its_subcode() {
        let with = |at: usize, octets: &[u8]| {
            let mut body = body(0, &[]);
            body[at..at + octets.len()].copy_from_slice(octets);
            answer(&body)
        };
        assert_eq!(with(0, &[3]), (2, 1, vec![0, 4]), "version 3");
        assert_eq!(with(0, &[5]), (2, 1, vec![0, 4]), "version 5");
        assert_eq!(with(1, &[0, 0]), (2, 2, vec![]), "AS 0");
        assert_eq!(with(5, &[0, 0, 0, 0]), (2, 3, vec![]), "identifier 0");
        assert_eq!(with(3, &[0, 1]), (2, 6, vec![]), "hold time 1");
        assert_eq!(with(3, &[0, 2]), (2, 6, vec![]), "hold time 2");
    }

    #[test]
    fn as_0_in_the_capability_is_answered_with_2_2() {
        assert_eq!(answer(&body(8, &[2, 6, 65, 4, 0, 0, 0, 0])), (2, 2, vec![]));
    }

    #[test]
    fn families_are_those_of_the_multiprotocol_capabilities() {
        let other = Capability::Multiprotocol { afi: 25, safi: 70 };
        let ipv6 = Capability::family(Family::Ipv6Unicast);
        let only_ipv6 = FamilySet::from_iter([Family::Ipv6Unicast]);
        assert_eq!(open(vec![other.clone(), ipv6]).families(), only_ipv6);
        assert_eq!(open(vec![other]).families(), FamilySet::EMPTY);
    }

    #[test]
    fn an_open_without_multiprotocol_capabilities_speaks_ipv4_unicast() {
        let ipv4 = FamilySet::from_iter([Family::Ipv4Unicast]);
        assert_eq!(open(vec![Capability::RouteRefresh]).families(), ipv4);
    }
}
