//! What `lab-agent` says: the one thing that runs inside of nodes and the tests outside have in common.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a pod answers to a request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answer {
    /// The pod's name.
    pub pod: String,
    /// The address the request came from, as the pod sees it.
    pub client: String,
}

/// One request, as `lab-agent fetch --each` prints it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// When it began, in milliseconds since the first.
    pub at_ms: f64,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
    /// Who answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod: Option<String>,
    /// Which client address the pod saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Why nobody answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// All requests, the last line of what `lab-agent fetch` prints.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Summary {
    /// How many were sent.
    pub requests: u32,
    /// How many were not answered.
    pub failed: u32,
    /// How many answers each pod gave.
    pub pods: BTreeMap<String, u32>,
    /// How many answers named each client address.
    pub clients: BTreeMap<String, u32>,
    /// How many requests ended with each error.
    pub errors: BTreeMap<String, u32>,
    /// Between the start of the first failed request and the start of the last one, in milliseconds.
    pub failing_ms: f64,
    /// The slowest answer, in milliseconds.
    pub longest_ms: f64,
}

impl Summary {
    /// Counts one more request.
    pub fn add(&mut self, outcome: Outcome) {
        let Outcome {
            at_ms: _,
            took_ms,
            pod,
            client,
            error,
        } = outcome;
        self.requests += 1;
        self.failed += u32::from(error.is_some());
        self.longest_ms = self.longest_ms.max(took_ms);
        for (counts, key) in [
            (&mut self.pods, pod),
            (&mut self.clients, client),
            (&mut self.errors, error),
        ] {
            if let Some(key) = key {
                *counts.entry(key).or_default() += 1;
            }
        }
    }
}
