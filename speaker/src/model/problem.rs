use std::fmt;

/// Everything that is wrong with what somebody declared, each with the path of its key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Problems(Vec<Problem>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Problem {
    key: String,
    what: String,
}

impl Problems {
    /// Notes that the value of `key` is wrong; `what` carries the value. The first fault of a key is enough: a value of
    /// the wrong type is not missing as well.
    pub(crate) fn add(&mut self, key: impl Into<String>, what: impl fmt::Display) {
        let key = key.into();
        if self.0.iter().all(|problem| problem.key != key) {
            let what = what.to_string();
            self.0.push(Problem { key, what });
        }
    }

    /// The value, or its error noted under `key`.
    pub(crate) fn check<T, E: fmt::Display>(
        &mut self,
        key: &str,
        value: Result<T, E>,
    ) -> Option<T> {
        value.map_err(|error| self.add(key, error)).ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Key and fault of each, in the order they were found.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|Problem { key, what }| (key.as_str(), what.as_str()))
    }

    /// `key: what` each, in the order they were found.
    pub(crate) fn iter(&self) -> impl Iterator<Item = String> {
        self.0
            .iter()
            .map(|Problem { key, what }| format!("{key}: {what}"))
    }
}
