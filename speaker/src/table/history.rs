use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;

use thiserror::Error;

/// Up to where a watcher has heard of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ResumeToken {
    /// Tells one life of the speaker from another, and one kind of watch from another.
    life: u64,
    change: u64,
}

/// A text that no watch has given.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is not a resume token; give the last one of a watch, as it was")]
pub(crate) struct TokenError(String);

/// The keys that changed last, the oldest first. Kept from the first watch on: before it there is nobody who could resume.
#[derive(Debug)]
pub(super) struct History<K> {
    life: u64,
    /// The number of the change behind the newest one.
    next: u64,
    keys: VecDeque<K>,
    kept: bool,
}

impl<K: Ord + Clone> History<K> {
    /// Less than a megabyte of prefixes.
    const LIMIT: usize = 16_384;

    pub(super) fn new() -> Self {
        Self {
            life: RandomState::new().hash_one(0),
            next: 0,
            keys: VecDeque::new(),
            kept: false,
        }
    }

    /// Whether changes are to be noted.
    pub(super) fn is_kept(&self) -> bool {
        self.kept
    }

    pub(super) fn keep(&mut self) {
        self.kept = true;
    }

    pub(super) fn note(&mut self, keys: &[K]) {
        if !self.kept {
            return;
        }
        self.next += keys.len() as u64;
        let skip = keys.len().saturating_sub(Self::LIMIT);
        self.keys.extend(keys.iter().skip(skip).cloned());
        let excess = self.keys.len().saturating_sub(Self::LIMIT);
        self.keys.drain(..excess);
    }

    /// For who has heard of everything.
    pub(super) fn token(&self) -> ResumeToken {
        ResumeToken {
            life: self.life,
            change: self.next,
        }
    }

    /// What has changed since, at most `limit` keys; `None`: that is not known any more, or it is more.
    pub(super) fn since(&self, token: ResumeToken, limit: usize) -> Option<BTreeSet<K>> {
        let behind = self.next.checked_sub(token.change)?;
        let behind = usize::try_from(behind).ok()?;
        let from = self.keys.len().checked_sub(behind)?;
        let keys: BTreeSet<K> = self.keys.range(from..).cloned().collect();
        (token.life == self.life && keys.len() < limit).then_some(keys)
    }
}

impl fmt::Display for ResumeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{}", self.life, self.change)
    }
}

impl FromStr for ResumeToken {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let parts = text.split_once('-');
        let read = parts.and_then(|(life, change)| {
            Some(Self {
                life: u64::from_str_radix(life, 16).ok()?,
                change: change.parse().ok()?,
            })
        });
        read.ok_or_else(|| TokenError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> History<u32> {
        let mut history = History::new();
        history.keep();
        history
    }

    #[test]
    fn what_changed_since_is_told_once_each() {
        let mut history = kept();
        history.note(&[1]);
        let token = history.token();
        history.note(&[2, 3, 2]);
        assert_eq!(history.since(token, 10), Some(BTreeSet::from([2, 3])));
        assert_eq!(history.since(history.token(), 10), Some(BTreeSet::new()));
    }

    #[test]
    fn a_token_from_before_what_is_kept_is_not_resumed() {
        let mut history = kept();
        let token = history.token();
        let keys: Vec<u32> = (0..20_000).collect();
        history.note(&keys);
        assert_eq!(history.since(token, usize::MAX), None);
        assert_eq!(history.keys.len(), History::<u32>::LIMIT);
    }

    #[test]
    fn more_changes_than_the_watcher_may_have_waiting_are_not_resumed() {
        let mut history = kept();
        let token = history.token();
        history.note(&[1, 2, 3]);
        assert_eq!(history.since(token, 3), None);
    }

    #[test]
    fn a_token_of_another_life_is_not_resumed() {
        let (history, other) = (kept(), kept());
        assert_eq!(history.since(other.token(), 10), None);
    }

    #[test]
    fn a_token_from_the_future_is_not_resumed() {
        let history = kept();
        let token = ResumeToken {
            change: 7,
            ..history.token()
        };
        assert_eq!(history.since(token, 10), None);
    }

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let token = kept().token();
        assert_eq!(token.to_string().parse(), Ok(token));
        assert!("yesterday".parse::<ResumeToken>().is_err());
    }
}
