use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How often each method of the API was called.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requests(Arc<Mutex<BTreeMap<String, u64>>>);

impl Requests {
    /// Clients choose what they call; the methods that there are are fewer. Further names are counted as [`Self::OTHER`].
    const LIMIT: usize = 64;
    const OTHER: &str = "other";

    /// Counts a request by the path of its URL, as `/bellwether.v1.Speaker/Announce`.
    pub(crate) fn count(&self, path: &str) {
        let method = path.rsplit('/').next().unwrap_or_default();
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = counts.contains_key(method) || counts.len() < Self::LIMIT;
        let method = if known { method } else { Self::OTHER };
        *counts.entry(method.to_owned()).or_default() += 1;
    }

    /// All that were called.
    pub(super) fn counts(&self) -> Vec<(String, u64)> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .iter()
            .map(|(method, count)| (method.clone(), *count))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_counted_by_its_own_name() {
        let requests = Requests::default();
        requests.count("/bellwether.v1.Speaker/Announce");
        requests.count("/bellwether.v1.Speaker/Announce");
        assert_eq!(requests.counts(), [("Announce".to_owned(), 2)]);
    }

    #[test]
    fn invented_names_do_not_pile_up() {
        let requests = Requests::default();
        for n in 0..1000 {
            requests.count(&format!("/x/{n}"));
        }
        assert_eq!(requests.counts().len(), Requests::LIMIT + 1);
    }
}
