//! The speaker's answers as plain values: what tables are made of, and what `-o json` and `-o yaml` print.
//!
//! The JSON is part of the interface: field names and nesting are those of the messages in
//! `proto/bellwether/v1/speaker.proto`, every field is always there, `null` means not set (also where
//! proto3 has no better way to say so than an empty string or 0), times are RFC 3339 in UTC, and
//! durations are numbers of seconds.

mod apply;
mod drain;
mod event;
mod explain;
mod owner;
mod peer;
mod reload;
mod route;
mod seconds;
mod status;
mod words;

#[cfg(test)]
pub(crate) use event::{DeletedPeer, DeletedRoute, PeerKey, RouteKey};

pub(crate) use apply::{Applied, RouteDifference};
pub(crate) use drain::{DrainProgress, DrainTarget};
pub(crate) use event::{Change, PeerEvent, RouteEvent, Subject};
pub(crate) use explain::{Claim, Explanation, PeerExplanation, SentAttributes};
pub(crate) use owner::OwnerState;
pub(crate) use peer::{MessageCounters, Negotiated, Peer, PeerState};
pub(crate) use reload::{ConfigDifference, Reload};
pub(crate) use route::{Route, RouteAttributes, RouteState};
pub(crate) use seconds::Seconds;
pub(crate) use status::Status;
pub(crate) use words::{
    AdministrativeState, AdvertisementReason, ConfigEffect, DrainPhase, ExpiryAction, Family,
    SessionState, Standing,
};

use jiff::Timestamp;
use thiserror::Error;

/// A field of an answer that the contract says is there, and is not, or is out of range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the speaker's answer has no valid `{0}`")]
pub(crate) struct Malformed(pub(crate) &'static str);

/// Every message of a list, or what is wrong with the first that is malformed.
pub(crate) fn all<T: TryFrom<M, Error = Malformed>, M>(
    messages: Vec<M>,
) -> Result<Vec<T>, Malformed> {
    messages.into_iter().map(T::try_from).collect()
}

/// proto3's empty string as what it means in the contract: not set.
fn unless_empty(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// proto3's zero as what it means in the contract: not set.
fn unless_zero(number: u32) -> Option<u32> {
    (number != 0).then_some(number)
}

fn optional_time(
    field: &'static str,
    time: Option<prost_types::Timestamp>,
) -> Result<Option<Timestamp>, Malformed> {
    time.map(|prost_types::Timestamp { seconds, nanos }| Timestamp::new(seconds, nanos))
        .transpose()
        .map_err(|_| Malformed(field))
}

fn time(field: &'static str, time: Option<prost_types::Timestamp>) -> Result<Timestamp, Malformed> {
    optional_time(field, time)?.ok_or(Malformed(field))
}

fn seconds(
    field: &'static str,
    duration: Option<prost_types::Duration>,
) -> Result<Option<Seconds>, Malformed> {
    duration
        .map(|duration| duration.try_into().map(Seconds))
        .transpose()
        .map_err(|_| Malformed(field))
}
