//! How far the generations of one Sync stream have come on the wire.

use std::collections::VecDeque;

use bellwether_bgp::egress::{self, Version};
use tokio::sync::oneshot;

/// How many of the Established peers have everything up to a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Advertised {
    pub(crate) generation: u64,
    pub(crate) peers_done: u32,
    pub(crate) peers_total: u32,
}

/// Generations that are not everywhere yet, the oldest first, and who asked for news of them.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pending: VecDeque<Pending>,
    parked: Option<oneshot::Sender<Advertised>>,
}

#[derive(Debug)]
struct Pending {
    generation: u64,
    version: Version,
    reported: Option<egress::Progress>,
}

impl Progress {
    /// A client that writes faster than the slowest peer reads does not hear of its oldest generations: that a later
    /// one is everywhere says the same of them.
    const LIMIT: usize = 64;

    /// This generation is this state of the table.
    pub(super) fn add(&mut self, generation: u64, version: Version) {
        if self.pending.len() >= Self::LIMIT {
            self.pending.pop_front();
        }
        self.pending.push_back(Pending {
            generation,
            version,
            reported: None,
        });
    }

    /// Answers `reply` as soon as there is news.
    pub(super) fn ask(&mut self, reply: oneshot::Sender<Advertised>) {
        self.parked = Some(reply);
    }

    /// Gives whoever asked the oldest news, if there is any.
    pub(super) fn answer(&mut self, progress: impl Fn(Version) -> egress::Progress) {
        if self.parked.is_none() {
            return;
        }
        let Some(news) = self.news(progress) else {
            return;
        };
        if let Some(reply) = self.parked.take() {
            // The stream has just ended if nobody listens.
            let _ = reply.send(news);
        }
    }

    fn news(&mut self, progress: impl Fn(Version) -> egress::Progress) -> Option<Advertised> {
        for index in 0..self.pending.len() {
            let pending = self.pending.get_mut(index)?;
            let now = progress(pending.version);
            let complete = now.done >= now.total;
            if pending.reported == Some(now) && !complete {
                continue;
            }
            pending.reported = Some(now);
            let news = Advertised {
                generation: pending.generation,
                peers_done: now.done,
                peers_total: now.total,
            };
            if complete {
                self.pending.remove(index);
            }
            return Some(news);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(progress: &mut Progress, done: u32, total: u32) -> Option<Advertised> {
        let (reply, mut answer) = oneshot::channel();
        progress.ask(reply);
        progress.answer(|_| egress::Progress { done, total });
        answer.try_recv().ok()
    }

    fn advertised(generation: u64, peers_done: u32, peers_total: u32) -> Option<Advertised> {
        Some(Advertised {
            generation,
            peers_done,
            peers_total,
        })
    }

    #[test]
    fn each_change_is_told_once_and_the_last_one_is_complete() {
        let mut progress = Progress::default();
        progress.add(5, Version(1));
        assert_eq!(ask(&mut progress, 0, 2), advertised(5, 0, 2));
        assert_eq!(ask(&mut progress, 0, 2), None);
        assert_eq!(ask(&mut progress, 1, 2), advertised(5, 1, 2));
        assert_eq!(ask(&mut progress, 2, 2), advertised(5, 2, 2));
        assert_eq!(ask(&mut progress, 2, 2), None);
    }

    #[test]
    fn without_peers_a_generation_is_complete_at_once() {
        let mut progress = Progress::default();
        progress.add(1, Version(1));
        assert_eq!(ask(&mut progress, 0, 0), advertised(1, 0, 0));
        assert_eq!(ask(&mut progress, 0, 1), None);
    }

    #[test]
    fn each_generation_is_told_to_its_end() {
        let mut progress = Progress::default();
        progress.add(1, Version(1));
        progress.add(2, Version(2));
        assert_eq!(ask(&mut progress, 1, 1), advertised(1, 1, 1));
        assert_eq!(ask(&mut progress, 1, 1), advertised(2, 1, 1));
    }

    #[test]
    fn only_the_latest_generations_are_kept() {
        let mut progress = Progress::default();
        for generation in 0..1000 {
            progress.add(generation, Version(generation));
        }
        assert_eq!(progress.pending.len(), Progress::LIMIT);
        assert_eq!(ask(&mut progress, 0, 1), advertised(1000 - 64, 0, 1));
    }
}
