use bellwether_proto::v1;
use jiff::Timestamp;
use serde::Serialize;

use super::{DrainProgress, Malformed, OwnerState, time};

/// Who the speaker is: message `GetStatusResponse`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Status {
    pub(crate) version: String,
    pub(crate) asn: u32,
    pub(crate) router_id: String,
    pub(crate) started: Timestamp,
    pub(crate) listen: Vec<String>,
    pub(crate) peers: u32,
    pub(crate) established_peers: u32,
    pub(crate) routes_ipv4: u64,
    pub(crate) routes_ipv6: u64,
    pub(crate) owners: Vec<OwnerState>,
    pub(crate) drains: Vec<DrainProgress>,
}

impl TryFrom<v1::GetStatusResponse> for Status {
    type Error = Malformed;

    fn try_from(response: v1::GetStatusResponse) -> Result<Self, Malformed> {
        let v1::GetStatusResponse {
            version,
            asn,
            router_id,
            started,
            listen,
            peers,
            established_peers,
            routes_ipv4,
            routes_ipv6,
            owners,
            drains,
        } = response;
        Ok(Self {
            version,
            asn,
            router_id,
            started: time("GetStatusResponse.started", started)?,
            listen,
            peers,
            established_peers,
            routes_ipv4,
            routes_ipv6,
            owners: super::all(owners)?,
            drains: super::all(drains)?,
        })
    }
}
