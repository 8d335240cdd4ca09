//! Label selectors.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::core::{Selector, SelectorExt};

use super::Problem;

/// Parses a field of selectors.
pub(super) fn parse(field: &str, selectors: &[LabelSelector]) -> Result<Vec<Selector>, Problem> {
    let parse = |(index, selector): (usize, &LabelSelector)| {
        Selector::try_from(selector.clone()).map_err(|error| {
            let value = serde_json::to_string(selector).unwrap_or_default();
            Problem::new(format!("{field}[{index}]"), value, error.to_string())
        })
    };
    selectors.iter().enumerate().map(parse).collect()
}

/// Whether one of the selectors matches; having none, as everywhere in these resources, selects all.
pub(crate) fn selects(selectors: &[Selector], labels: &BTreeMap<String, String>) -> bool {
    selectors.is_empty() || selectors.iter().any(|selector| selector.matches(labels))
}
