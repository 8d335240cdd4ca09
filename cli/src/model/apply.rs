use bellwether_proto::v1;
use serde::Serialize;

/// What announcing or withdrawing did to an owner's set: message `ApplyResponse`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Applied {
    pub(crate) generation: u64,
    pub(crate) added: u32,
    pub(crate) changed: u32,
    pub(crate) removed: u32,
    pub(crate) unchanged: u32,
}

impl From<v1::ApplyResponse> for Applied {
    fn from(response: v1::ApplyResponse) -> Self {
        let v1::ApplyResponse {
            generation,
            added,
            changed,
            removed,
            unchanged,
        } = response;
        Self {
            generation,
            added,
            changed,
            removed,
            unchanged,
        }
    }
}
