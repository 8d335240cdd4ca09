use bellwether_bgp::net::{Family, FamilySet};
use bellwether_proto::v1;

pub(in crate::api) fn to_proto(families: FamilySet) -> Vec<i32> {
    families
        .iter()
        .map(|family| match family {
            Family::Ipv4Unicast => v1::Family::Ipv4Unicast.into(),
            Family::Ipv6Unicast => v1::Family::Ipv6Unicast.into(),
        })
        .collect()
}

/// The family of this number.
pub(in crate::api) fn from_proto(number: i32) -> Result<Family, String> {
    match v1::Family::try_from(number) {
        Ok(v1::Family::Ipv4Unicast) => Ok(Family::Ipv4Unicast),
        Ok(v1::Family::Ipv6Unicast) => Ok(Family::Ipv6Unicast),
        Ok(v1::Family::Unspecified) | Err(_) => Err(format!(
            "{number} is not a family (1 is IPv4 unicast, 2 is IPv6 unicast)"
        )),
    }
}
