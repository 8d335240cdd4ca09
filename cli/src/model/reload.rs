use bellwether_proto::v1;
use serde::Serialize;

use super::{ConfigEffect, unless_empty};

/// What reading the configuration file again does, or would do: message `ReloadResponse`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Reload {
    pub(crate) problems: Vec<String>,
    pub(crate) differences: Vec<ConfigDifference>,
    pub(crate) applied: bool,
}

/// Message `ConfigDifference`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ConfigDifference {
    pub(crate) path: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) effect: ConfigEffect,
}

impl From<v1::ReloadResponse> for Reload {
    fn from(response: v1::ReloadResponse) -> Self {
        let v1::ReloadResponse {
            problems,
            differences,
            applied,
        } = response;
        Self {
            problems,
            differences: differences
                .into_iter()
                .map(ConfigDifference::from)
                .collect(),
            applied,
        }
    }
}

impl From<v1::ConfigDifference> for ConfigDifference {
    fn from(difference: v1::ConfigDifference) -> Self {
        let v1::ConfigDifference {
            path,
            before,
            after,
            effect,
        } = difference;
        Self {
            path,
            before: unless_empty(before),
            after: unless_empty(after),
            effect: ConfigEffect::from_number(effect),
        }
    }
}
