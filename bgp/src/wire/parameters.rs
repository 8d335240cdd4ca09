//! The optional parameters of an OPEN, which are capabilities (RFC 5492), in the form of RFC 4271
//! or in the extended one of RFC 9072.

use bytes::{BufMut, BytesMut};

use super::frame::{HEADER_OCTETS, MAX_MESSAGE_OCTETS};
use super::{Capability, WireError, parse};
use crate::iana::OptionalParameter;

/// Where the optional parameters begin, in octets from the start of the message.
const START: usize = HEADER_OCTETS + 10;

/// The octets of capabilities that an OPEN has room for behind the heads of the extended form and
/// of one parameter in it.
const MAX_CAPABILITIES: usize = MAX_MESSAGE_OCTETS as usize - START - 3 - 3;

/// Appends the length of the optional parameters, and one that holds all capabilities; in the
/// extended form only if it does not fit otherwise. Capabilities from the first on that the message
/// has no room for are left out.
pub(super) fn put(out: &mut BytesMut, capabilities: &[Capability]) {
    let mut value = BytesMut::new();
    for capability in capabilities {
        let before = value.len();
        capability.put(&mut value);
        if value.len() > MAX_CAPABILITIES {
            value.truncate(before);
            break;
        }
    }
    put_heads(out, value.len());
    out.put_slice(&value);
}

/// Appends what is in front of so many octets of capabilities.
fn put_heads(out: &mut BytesMut, octets: usize) {
    let kind = OptionalParameter::Capabilities.value();
    match (u8::try_from(octets), u8::try_from(octets + 2)) {
        (Ok(0), _) => out.put_u8(0),
        (Ok(octets), Ok(all)) => {
            out.put_u8(all);
            out.put_u8(kind);
            out.put_u8(octets);
        }
        _ => {
            let octets = u16::try_from(octets).unwrap_or(u16::MAX);
            out.put_u8(u8::MAX);
            out.put_u8(OptionalParameter::ExtendedLength.value());
            out.put_u16(octets.saturating_add(3));
            out.put_u8(kind);
            out.put_u16(octets);
        }
    }
}

/// Reads all that is behind the length of the optional parameters. A parameter may hold several
/// capabilities, and there may be several parameters (RFC 5492 section 4).
pub(super) fn read(length: u8, octets: &[u8]) -> Result<Vec<Capability>, WireError> {
    let (parameters, start, extended) = form(length, octets)?;
    let head = if extended { 3 } else { 2 };
    let mut capabilities = Vec::new();
    for parameter in parse::each(|input| parse::parameter(input, extended), parameters) {
        let (offset, (kind, value)) = parameter.map_err(cut(start))?;
        let offset = start + offset;
        if kind != OptionalParameter::Capabilities.value() {
            let kind = OptionalParameter::from_value(kind);
            return Err(WireError::OptionalParameter { kind, offset });
        }
        read_capabilities(value, offset + head, &mut capabilities)?;
    }
    Ok(capabilities)
}

/// The parameters themselves, where they begin, and whether they have the extended form.
fn form(length: u8, octets: &[u8]) -> Result<(&[u8], usize, bool), WireError> {
    match (length, octets.split_first()) {
        // The length "MUST be ignored on receipt once the use of the extended format is determined
        // positively by inspection of the (Non-Ext.) OP Type field" (RFC 9072 section 2). Where it
        // is 0 there is no such field.
        (1.., Some((&kind, behind))) if kind == OptionalParameter::ExtendedLength.value() => {
            let parameters = parse::exactly(parse::block, behind).map_err(cut(START + 1))?;
            Ok((parameters, START + 3, true))
        }
        _ if usize::from(length) == octets.len() => Ok((octets, START, false)),
        _ => Err(WireError::ParametersLength {
            length,
            octets: octets.len(),
        }),
    }
}

/// Reads the capabilities of one parameter, which begin `start` octets into the message.
fn read_capabilities(
    octets: &[u8],
    start: usize,
    capabilities: &mut Vec<Capability>,
) -> Result<(), WireError> {
    for capability in parse::each(parse::capability, octets) {
        let (offset, (code, value)) = capability.map_err(cut(start))?;
        // Behind code and length.
        let offset = start + offset + 2;
        capabilities.push(Capability::decode(code, value, offset)?);
    }
    Ok(())
}

fn cut(start: usize) -> impl Fn(parse::Fault) -> WireError {
    move |fault| WireError::OpenCut {
        offset: start + fault.offset,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::iana::CapabilityCode;
    use crate::net::{Asn, Family};

    fn unknown(octets: usize) -> Capability {
        Capability::Unknown {
            code: 200,
            value: vec![7; octets].into(),
        }
    }

    /// The length of the parameters, and what is behind it.
    fn written(capabilities: &[Capability]) -> (u8, Bytes) {
        let mut out = BytesMut::new();
        put(&mut out, capabilities);
        let parameters = out.split_off(1);
        (out[0], parameters.freeze())
    }

    /// Parameters behind their right length.
    fn read_all(octets: &[u8]) -> Result<Vec<Capability>, WireError> {
        read(u8::try_from(octets.len()).unwrap(), octets)
    }

    #[test]
    fn several_capabilities_share_a_parameter() {
        let capabilities = [
            Capability::RouteRefresh,
            Capability::FourOctetAs(Asn::TRANS),
        ];
        let octets = [2, 8, 2, 0, 65, 4, 0, 0, 0x5b, 0xa0];
        assert_eq!(
            written(&capabilities),
            (10, Bytes::copy_from_slice(&octets))
        );
        assert_eq!(read_all(&octets).unwrap(), capabilities);
    }

    #[test]
    fn each_capability_may_have_a_parameter_of_its_own() {
        let capabilities = read_all(&[2, 2, 2, 0, 2, 6, 1, 4, 0, 1, 0, 1]);
        let expected = vec![
            Capability::RouteRefresh,
            Capability::family(Family::Ipv4Unicast),
        ];
        assert_eq!(capabilities, Ok(expected));
    }

    #[test]
    fn a_parameter_may_hold_no_capability() {
        assert_eq!(read_all(&[2, 0]), Ok(vec![]));
    }

    #[test]
    fn a_repeated_capability_is_no_error() {
        let twice = read_all(&[2, 4, 2, 0, 2, 0]);
        assert_eq!(twice, Ok(vec![Capability::RouteRefresh; 2]));
    }

    #[test]
    fn a_capability_is_not_read_beyond_its_length() {
        // GoBGP once took the octets of the next capability for the AS.
        let error = WireError::Capability {
            code: CapabilityCode::FourOctetAs,
            value: Bytes::new(),
            offset: START + 4,
        };
        assert_eq!(read_all(&[2, 8, 65, 0, 65, 4, 0, 0, 0, 1]), Err(error));
    }

    #[test]
    fn another_parameter_is_an_error_with_its_place() {
        for (octets, kind, offset) in [
            (&[1, 1, 0][..], OptionalParameter::Authentication, START),
            (&[2, 0, 9, 0], OptionalParameter::Unknown(9), START + 2),
        ] {
            assert_eq!(
                read_all(octets),
                Err(WireError::OptionalParameter { kind, offset })
            );
        }
    }

    #[test]
    fn a_length_other_than_that_of_the_parameters_is_an_error() {
        for (length, octets) in [(4, &[2, 0][..]), (2, &[2, 0, 0]), (0, &[255, 0, 0])] {
            let error = WireError::ParametersLength {
                length,
                octets: octets.len(),
            };
            assert_eq!(read(length, octets), Err(error));
        }
    }

    #[test]
    fn what_goes_beyond_what_holds_it_is_an_error_with_its_place() {
        for (what, octets, offset) in [
            ("a parameter", &[2, 1][..], 2),
            ("half a parameter", &[2], 1),
            ("half a capability", &[2, 1, 65], 3),
            ("a capability", &[2, 4, 65, 4, 0, 0], 4),
            ("extended length cut", &[255, 0], 1),
            (
                "octets behind the extended length",
                &[255, 0, 2, 2, 0, 0],
                5,
            ),
            ("extended length beyond the end", &[255, 0, 9, 2, 0, 0], 3),
            ("half an extended parameter", &[255, 0, 2, 2, 0], 4),
        ] {
            let error = WireError::OpenCut {
                offset: START + offset,
            };
            assert_eq!(read_all(octets), Err(error), "{what}");
        }
    }

    #[test]
    fn the_extended_form_is_known_by_its_type_whatever_the_length_says() {
        for length in [255, 1] {
            let capabilities = read(length, &[255, 0, 5, 2, 0, 2, 2, 0]);
            assert_eq!(
                capabilities,
                Ok(vec![Capability::RouteRefresh]),
                "length {length}"
            );
        }
    }

    #[test]
    fn the_extended_form_is_used_only_if_the_other_is_too_short() {
        for (octets, head) in [(251, &[2, 253][..]), (252, &[255, 1, 1, 2, 0, 254])] {
            let capabilities = [unknown(octets)];
            let (length, parameters) = written(&capabilities);
            assert_eq!(length, 255);
            assert!(parameters.starts_with(head), "{parameters:?}");
            assert_eq!(read(length, &parameters).unwrap(), capabilities);
        }
    }

    #[test]
    fn as_many_capabilities_as_the_message_holds_are_written() {
        let mut capabilities = vec![unknown(255); 15];
        capabilities.push(unknown(MAX_CAPABILITIES - 15 * 257 - 2));
        let (length, parameters) = written(&capabilities);
        assert_eq!(START + parameters.len(), 4096);
        assert_eq!(read(length, &parameters).unwrap(), capabilities);
    }

    #[test]
    fn capabilities_that_the_message_does_not_hold_are_left_out() {
        let (length, parameters) = written(&vec![unknown(255); 16]);
        assert_eq!(read(length, &parameters).unwrap(), vec![unknown(255); 15]);
    }
}
