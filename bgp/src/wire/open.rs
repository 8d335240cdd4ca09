use bytes::{BufMut, Bytes, BytesMut};

use super::frame::{HEADER_OCTETS, MAX_MESSAGE_OCTETS, put_message};
use super::{Capability, WireError, parse};
use crate::iana::{MessageType, OptionalParameter};
use crate::net::{Asn, Family, FamilySet, HoldTime, RouterId};

/// The version of BGP (RFC 4271).
const VERSION: u8 = 4;
/// Where the body, its AS, and its optional parameters begin, in octets from the start of the
/// message.
const BODY: usize = HEADER_OCTETS;
const MY_AS: usize = BODY + 1;
const PARAMETERS: usize = BODY + 10;

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
        let mut capabilities = BytesMut::new();
        for capability in &self.capabilities {
            let before = capabilities.len();
            capability.put(&mut capabilities);
            if capabilities.len() > MAX_CAPABILITIES {
                capabilities.truncate(before);
                break;
            }
        }
        let mut out = BytesMut::new();
        put_message(&mut out, MessageType::Open, |out| {
            out.put_u8(VERSION);
            out.put_u16(self.asn.two_octets());
            out.put_u16(self.hold_time.as_secs());
            out.put_u32(self.router_id.bits());
            put_parameter(out, &capabilities);
        });
        out.freeze()
    }

    /// Reads the body of an OPEN.
    pub(super) fn decode(body: &[u8]) -> Result<Self, WireError> {
        let cut = |fault: parse::Fault| WireError::OpenCut {
            offset: BODY + fault.offset,
        };
        // The version comes first: it decides what everything behind it means.
        let (version, body) = parse::exactly(parse::octet_and_rest, body).map_err(cut)?;
        if version != VERSION {
            return Err(WireError::Version { version });
        }
        let fields = parse::exactly(parse::open, body).map_err(cut)?;
        let my_as =
            Asn::new(fields.my_as.into()).map_err(|_| WireError::ZeroAs { offset: MY_AS })?;
        let hold_time = HoldTime::from_secs(fields.hold_time).map_err(|_| WireError::HoldTime {
            seconds: fields.hold_time,
        })?;
        let router_id = RouterId::new(fields.identifier).map_err(|_| WireError::ZeroRouterId)?;
        let capabilities = capabilities(fields.parameters_length, fields.parameters)?;
        let asn = four_octet_as(&capabilities)?.unwrap_or(my_as);
        Ok(Self {
            asn,
            hold_time,
            router_id,
            capabilities,
        })
    }
}

/// The octets of capabilities that the extended form has room for: 4096 less header, fixed fields,
/// the extended form's own four octets, and type and length of the parameter.
const MAX_CAPABILITIES: usize = MAX_MESSAGE_OCTETS as usize - PARAMETERS - 3 - 3;

/// Appends the length of the optional parameters, and one that holds the capabilities.
fn put_parameter(out: &mut BytesMut, capabilities: &[u8]) {
    let kind = OptionalParameter::Capabilities.value();
    let short = u8::try_from(capabilities.len())
        .ok()
        .and_then(|n| Some((n, n.checked_add(2)?)));
    match short {
        Some((0, _)) => out.put_u8(0),
        Some((length, with_head)) => {
            out.put_u8(with_head);
            out.put_u8(kind);
            out.put_u8(length);
        }
        None => {
            let length = u16::try_from(capabilities.len()).unwrap_or(u16::MAX);
            out.put_u8(u8::MAX);
            out.put_u8(OptionalParameter::ExtendedLength.value());
            out.put_u16(length.saturating_add(3));
            out.put_u8(kind);
            out.put_u16(length);
        }
    }
    out.put_slice(capabilities);
}

/// The capabilities in all optional parameters. A parameter may hold several (RFC 5492 section 4).
fn capabilities(length: u8, parameters: &[u8]) -> Result<Vec<Capability>, WireError> {
    let extended = OptionalParameter::ExtendedLength.value();
    let mut capabilities = Vec::new();
    // "... is determined positively by inspection of the (Non-Ext.) OP Type field" (RFC 9072
    // section 2), whatever the length in front of it says, unless that is 0.
    if let (1.., Some((&first, behind))) = (length, parameters.split_first())
        && first == extended
    {
        let start = PARAMETERS + 1;
        let parameters =
            parse::exactly(parse::block, behind).map_err(|fault| WireError::OpenCut {
                offset: start + fault.offset,
            })?;
        collect(
            parse::extended_parameter,
            parameters,
            start + 2,
            3,
            &mut capabilities,
        )?;
    } else if usize::from(length) == parameters.len() {
        collect(
            parse::code_and_value,
            parameters,
            PARAMETERS,
            2,
            &mut capabilities,
        )?;
    } else {
        return Err(WireError::ParametersLength {
            length,
            octets: parameters.len(),
        });
    }
    Ok(capabilities)
}

/// Reads parameters that begin at `start`, each with a head of `head` octets.
fn collect<'a>(
    shape: impl Fn(&'a [u8]) -> parse::Parsed<'a, (u8, &'a [u8])>,
    parameters: &'a [u8],
    start: usize,
    head: usize,
    capabilities: &mut Vec<Capability>,
) -> Result<(), WireError> {
    for parameter in parse::each(shape, parameters) {
        let (offset, (kind, value)) = parameter.map_err(|fault| WireError::OpenCut {
            offset: start + fault.offset,
        })?;
        let offset = start + offset;
        if kind != OptionalParameter::Capabilities.value() {
            let kind = OptionalParameter::from_value(kind);
            return Err(WireError::OptionalParameter { kind, offset });
        }
        let start = offset + head;
        for capability in parse::each(parse::code_and_value, value) {
            let (offset, (code, value)) = capability.map_err(|fault| WireError::OpenCut {
                offset: start + fault.offset,
            })?;
            capabilities.push(Capability::decode(code, value, start + offset)?);
        }
    }
    Ok(())
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
    use crate::iana::ErrorCode;
    use crate::wire::Notification;

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

    fn parameters(octets: &[u8]) -> Result<Vec<Capability>, WireError> {
        let length = u8::try_from(octets.len()).unwrap();
        Open::decode(&body(length, octets)).map(|open| open.capabilities)
    }

    fn asn(number: u32) -> Asn {
        Asn::new(number).unwrap()
    }

    fn unknown(code: u8, value: &'static [u8]) -> Capability {
        Capability::Unknown {
            code,
            value: Bytes::from_static(value),
        }
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
    fn each_capability_may_have_a_parameter_of_its_own() {
        let capabilities = parameters(&[2, 2, 2, 0, 2, 6, 1, 4, 0, 1, 0, 1]);
        let expected = vec![
            Capability::RouteRefresh,
            Capability::family(Family::Ipv4Unicast),
        ];
        assert_eq!(capabilities, Ok(expected));
    }

    #[test]
    fn a_repeated_capability_is_no_error() {
        let twice = parameters(&[2, 12, 65, 4, 0, 1, 0, 0, 65, 4, 0, 1, 0, 0]);
        assert_eq!(twice, Ok(vec![Capability::FourOctetAs(asn(65536)); 2]));
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
    fn a_capability_is_not_read_beyond_its_length() {
        // GoBGP once took the octets of the next capability for the AS.
        let parameter = [2, 8, 65, 0, 65, 4, 0, 0, 0, 1];
        let error = Open::decode(&body(10, &parameter)).unwrap_err();
        assert_eq!(
            error.notification(),
            Notification::new(ErrorCode::OpenMessage, 0)
        );
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
    fn another_parameter_is_answered_with_2_4() {
        assert_eq!(
            answer(&body(3, &[1, 1, 0])),
            (2, 4, vec![]),
            "authentication"
        );
        assert_eq!(answer(&body(2, &[9, 0])), (2, 4, vec![]), "unknown");
    }

    #[test]
    fn lengths_that_do_not_fit_are_answered_with_2_0() {
        for (what, length, parameters) in [
            ("length beyond the message", 4, &[2, 0][..]),
            ("octets behind the parameters", 2, &[2, 0, 0]),
            ("parameter beyond the parameters", 2, &[2, 1]),
            ("half a parameter", 1, &[2]),
            ("half a capability", 3, &[2, 1, 65]),
            ("capability beyond its parameter", 6, &[2, 4, 65, 4, 0, 0]),
            ("extended length cut", 255, &[255, 0]),
            ("extended length too small", 255, &[255, 0, 0, 2, 0, 0]),
            ("extended length too large", 255, &[255, 0, 9, 2, 0, 0]),
            ("extended parameter cut", 255, &[255, 0, 2, 2, 0]),
        ] {
            assert_eq!(answer(&body(length, parameters)), (2, 0, vec![]), "{what}");
        }
    }

    #[test]
    fn the_extended_form_is_known_by_its_type_whatever_the_length_says() {
        for length in [255, 1] {
            let open = Open::decode(&body(length, &[255, 0, 5, 2, 0, 2, 2, 0])).unwrap();
            assert_eq!(
                open.capabilities,
                [Capability::RouteRefresh],
                "length {length}"
            );
        }
    }

    #[test]
    fn many_capabilities_take_the_extended_form_and_come_back() {
        let open = open(vec![unknown(200, &[0; 10]); 255]);
        let encoded = open.encode();
        assert_eq!(
            encoded.get(PARAMETERS - 1..=PARAMETERS),
            Some(&[255, 255][..])
        );
        assert_eq!(Open::decode(&encoded[HEADER_OCTETS..]), Ok(open));
    }

    #[test]
    fn the_classic_form_is_used_as_long_as_it_fits() {
        let open = open(vec![unknown(200, &[0; 251])]);
        let encoded = open.encode();
        assert_eq!(
            encoded.get(PARAMETERS - 1..=PARAMETERS),
            Some(&[255, 2][..])
        );
        assert_eq!(Open::decode(&encoded[HEADER_OCTETS..]), Ok(open));
    }

    #[test]
    fn capabilities_beyond_4096_octets_are_left_out() {
        let encoded = open(vec![unknown(200, &[0; 255]); 16]).encode();
        let decoded = Open::decode(&encoded[HEADER_OCTETS..]).unwrap();
        assert_eq!(decoded.capabilities.len(), 15);
        assert!(encoded.len() <= usize::from(MAX_MESSAGE_OCTETS));
    }

    #[test]
    fn an_open_of_4096_octets_is_read() {
        let rest = MAX_CAPABILITIES - 15 * 257 - 2;
        let mut capabilities = vec![unknown(200, &[0; 255]); 15];
        capabilities.push(Capability::Unknown {
            code: 201,
            value: vec![1; rest].into(),
        });
        let open = open(capabilities);
        let encoded = open.encode();
        assert_eq!(encoded.len(), 4096);
        assert_eq!(Open::decode(&encoded[HEADER_OCTETS..]), Ok(open));
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
