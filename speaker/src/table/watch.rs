//! Watches: who wants to hear of changes, and what he has not heard of yet.
//!
//! A watcher asks for its next events and gets them as they are then; there is no queue, only a set of keys that
//! changed since. While it is still being told what is there, a change behind the place it has come to needs no note.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::oneshot;

use super::history::{History, ResumeToken};
use super::refusal::Refusal;

/// One watch. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WatchId(u64);

/// What happened to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event<K, V> {
    /// New, or not as it was.
    Upsert(V),
    Delete(K),
    /// All that was there when the watch began has been told.
    Synced,
    /// What changed since the token follows.
    Resumed,
    /// There was a token, but everything follows.
    Snapshot,
}

/// The next events of a watch, at least one; or it did not ask for too long and is forgotten.
pub(crate) type Batch<K, V> = Result<Events<K, V>, Evicted>;

/// What a watch is told at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Events<K, V> {
    pub(crate) events: Vec<Event<K, V>>,
    /// Who has read these has heard of everything up to here. `None`: there is more.
    pub(crate) token: Option<ResumeToken>,
}

/// [`WAITING_EVENTS`] keys changed while the watcher did not ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Evicted;

/// How many changed keys wait for a watcher that does not ask.
pub(crate) const WAITING_EVENTS: usize = 4096;

/// How many watches there may be of one source.
const WATCHES: usize = 64;

/// How many events one answer has: some hundred kilobytes of routes.
const BATCH_EVENTS: usize = 256;

/// What is watched, in the order of its keys.
pub(super) trait Source {
    type Key: Ord + Clone;
    type View;

    /// The first key behind `after`, or of all.
    fn next(&self, after: Option<&Self::Key>) -> Option<Self::Key>;
    /// How the key is now; `None`: it is not there.
    fn view(&self, key: &Self::Key) -> Option<Self::View>;
}

/// All watchers of one source.
#[derive(Debug)]
pub(super) struct Watchers<K, V> {
    by_id: BTreeMap<WatchId, Watcher<K, V>>,
    last: u64,
    history: History<K>,
}

#[derive(Debug)]
struct Watcher<K, V> {
    /// Closed as soon as the client is gone.
    alive: oneshot::Sender<()>,
    /// What it is told first.
    greeting: Option<Greeting>,
    place: Place<K>,
    changed: BTreeSet<K>,
    parked: Option<oneshot::Sender<Batch<K, V>>>,
    evicted: bool,
}

#[derive(Clone, Copy, Debug)]
enum Greeting {
    Resumed,
    Snapshot,
}

/// How far the telling of what is there has come.
#[derive(Debug)]
enum Place<K> {
    Start,
    After(K),
    /// What is there has been told, or was known; [`Event::Synced`] has not.
    Last,
    End,
}

impl<K: Ord + Clone, V> Watchers<K, V> {
    pub(super) fn new() -> Self {
        Self {
            by_id: BTreeMap::new(),
            last: 0,
            history: History::new(),
        }
    }

    /// A watch that lasts as long as the other end of `alive` is held, and goes on from `resume` if that can be.
    ///
    /// # Errors
    /// There are too many.
    pub(super) fn open(
        &mut self,
        alive: oneshot::Sender<()>,
        resume: Option<ResumeToken>,
    ) -> Result<WatchId, Refusal> {
        self.by_id.retain(|_, watcher| !watcher.alive.is_closed());
        if self.by_id.len() >= WATCHES {
            return Err(Refusal::TooManyWatches { limit: WATCHES });
        }
        self.history.keep();
        self.last += 1;
        let id = WatchId(self.last);
        let missed = resume.map(|token| self.history.since(token, WAITING_EVENTS));
        let (greeting, place, changed) = match missed {
            None => (None, Place::Start, BTreeSet::new()),
            Some(None) => (Some(Greeting::Snapshot), Place::Start, BTreeSet::new()),
            Some(Some(keys)) => (Some(Greeting::Resumed), Place::Last, keys),
        };
        let watcher = Watcher {
            alive,
            greeting,
            place,
            changed,
            parked: None,
            evicted: false,
        };
        self.by_id.insert(id, watcher);
        Ok(id)
    }

    /// Whether anybody wants to know, now or when he comes back.
    pub(super) fn want_changes(&self) -> bool {
        self.history.is_kept()
    }

    /// Answers `reply` as soon as there are events for it.
    pub(super) fn ask(&mut self, id: WatchId, reply: oneshot::Sender<Batch<K, V>>) {
        if let Some(watcher) = self.by_id.get_mut(&id) {
            watcher.parked = Some(reply);
        }
    }

    /// Notes that these are not as they were.
    pub(super) fn mark(&mut self, keys: &[K]) {
        self.by_id.retain(|_, watcher| !watcher.alive.is_closed());
        self.history.note(keys);
        for watcher in self.by_id.values_mut() {
            watcher.mark(keys);
        }
    }

    /// Gives each watcher that asked the events that wait for it.
    pub(super) fn answer<S: Source<Key = K, View = V>>(&mut self, source: &S) {
        let token = self.history.token();
        for watcher in self.by_id.values_mut() {
            watcher.answer(source, token);
        }
    }
}

impl<K: Ord + Clone, V> Watcher<K, V> {
    fn mark(&mut self, keys: &[K]) {
        for key in keys {
            let told = match &self.place {
                Place::Start => false,
                Place::After(place) => key <= place,
                Place::Last | Place::End => true,
            };
            if told && !self.evicted {
                self.changed.insert(key.clone());
            }
            if self.changed.len() >= WAITING_EVENTS {
                self.evicted = true;
                self.changed.clear();
            }
        }
    }

    fn answer<S: Source<Key = K, View = V>>(&mut self, source: &S, token: ResumeToken) {
        if self.parked.is_none() {
            return;
        }
        let batch = match self.evicted {
            true => Err(Evicted),
            false => Ok(self.next_events(source, token)),
        };
        if batch.as_ref().is_ok_and(|batch| batch.events.is_empty()) {
            return;
        }
        if let Some(reply) = self.parked.take() {
            // The watch has just ended if nobody listens.
            let _ = reply.send(batch);
        }
    }

    fn next_events<S: Source<Key = K, View = V>>(
        &mut self,
        source: &S,
        token: ResumeToken,
    ) -> Events<K, V> {
        let greeting = self.greeting.take().map(|greeting| match greeting {
            Greeting::Resumed => Event::Resumed,
            Greeting::Snapshot => Event::Snapshot,
        });
        let mut events: Vec<Event<K, V>> = greeting.into_iter().collect();
        while events.len() < BATCH_EVENTS {
            let Some(key) = self.changed.pop_first() else {
                break;
            };
            events.push(match source.view(&key) {
                Some(view) => Event::Upsert(view),
                None => Event::Delete(key),
            });
        }
        while events.len() < BATCH_EVENTS {
            let after = match &self.place {
                Place::Start => None,
                Place::After(key) => Some(key),
                Place::Last => {
                    self.place = Place::End;
                    events.push(Event::Synced);
                    break;
                }
                Place::End => break,
            };
            let Some(key) = source.next(after) else {
                self.place = Place::Last;
                continue;
            };
            events.extend(source.view(&key).map(Event::Upsert));
            self.place = Place::After(key);
        }
        let all = matches!(self.place, Place::End) && self.changed.is_empty();
        Events {
            events,
            token: all.then_some(token),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Source for BTreeMap<u32, &'static str> {
        type Key = u32;
        type View = (u32, &'static str);

        fn next(&self, after: Option<&u32>) -> Option<u32> {
            self.keys()
                .copied()
                .find(|key| after.is_none_or(|after| key > after))
        }

        fn view(&self, key: &u32) -> Option<(u32, &'static str)> {
            self.get(key).map(|value| (*key, *value))
        }
    }

    type World = BTreeMap<u32, &'static str>;
    type Told = Option<Result<Vec<Event<u32, (u32, &'static str)>>, Evicted>>;

    struct Watch {
        watchers: Watchers<u32, (u32, &'static str)>,
        id: WatchId,
        token: Option<ResumeToken>,
        _alive: oneshot::Receiver<()>,
    }

    fn watch() -> Watch {
        resumed(Watchers::new(), None)
    }

    fn resumed(
        mut watchers: Watchers<u32, (u32, &'static str)>,
        token: Option<ResumeToken>,
    ) -> Watch {
        let (alive, held) = oneshot::channel();
        let id = watchers.open(alive, token).unwrap();
        Watch {
            watchers,
            id,
            token,
            _alive: held,
        }
    }

    impl Watch {
        fn ask(&mut self, world: &World) -> Told {
            let (reply, mut answer) = oneshot::channel();
            self.watchers.ask(self.id, reply);
            self.watchers.answer(world);
            let told = answer.try_recv().ok()?;
            if let Ok(told) = &told {
                self.token = told.token.or(self.token);
            }
            Some(told.map(|told| told.events))
        }
    }

    #[test]
    fn a_watch_goes_on_where_the_one_before_ended() {
        let mut world = World::from([(1, "a"), (2, "b")]);
        let mut first = watch();
        first.ask(&world);
        let Watch {
            mut watchers,
            token,
            ..
        } = first;
        world.insert(2, "c");
        watchers.mark(&[2]);
        let mut second = resumed(watchers, token);
        let told = [Event::Resumed, Event::Upsert((2, "c")), Event::Synced];
        assert_eq!(second.ask(&world), Some(Ok(told.to_vec())));
    }

    #[test]
    fn a_watch_of_another_life_is_told_that_everything_follows() {
        let world = World::from([(1, "a")]);
        let mut other = watch();
        other.ask(&world);
        let mut second = resumed(Watchers::new(), other.token);
        let told = [Event::Snapshot, Event::Upsert((1, "a")), Event::Synced];
        assert_eq!(second.ask(&world), Some(Ok(told.to_vec())));
    }

    #[test]
    fn there_is_no_token_while_there_is_more_to_tell() {
        let world: World = (0..300).map(|key| (key, "a")).collect();
        let mut watch = watch();
        watch.ask(&world);
        assert_eq!(watch.token, None);
        watch.ask(&world);
        assert!(watch.token.is_some());
    }

    #[test]
    fn watches_beyond_the_limit_are_refused() {
        let mut watchers: Watchers<u32, (u32, &str)> = Watchers::new();
        let mut held = Vec::new();
        for _ in 0..WATCHES {
            let (alive, kept) = oneshot::channel();
            watchers.open(alive, None).unwrap();
            held.push(kept);
        }
        let (alive, _kept) = oneshot::channel();
        let refused = watchers.open(alive, None);
        assert_eq!(refused, Err(Refusal::TooManyWatches { limit: WATCHES }));
    }

    #[test]
    fn what_is_there_is_told_first_and_then_synced() {
        let world = World::from([(1, "a"), (2, "b")]);
        let mut watch = watch();
        let told = [
            Event::Upsert((1, "a")),
            Event::Upsert((2, "b")),
            Event::Synced,
        ];
        assert_eq!(watch.ask(&world), Some(Ok(told.to_vec())));
        assert_eq!(watch.ask(&world), None);
    }

    #[test]
    fn a_change_is_told_as_it_is_when_asked() {
        let mut world = World::from([(1, "a"), (2, "b")]);
        let mut watch = watch();
        watch.ask(&world);
        world.insert(1, "c");
        world.remove(&2);
        watch.watchers.mark(&[1, 2, 1]);
        let told = [Event::Upsert((1, "c")), Event::Delete(2)];
        assert_eq!(watch.ask(&world), Some(Ok(told.to_vec())));
    }

    #[test]
    fn a_change_ahead_of_the_place_is_not_told_twice() {
        let mut world: World = (0..300).map(|key| (key, "a")).collect();
        let mut watch = watch();
        assert_eq!(watch.ask(&world).unwrap().unwrap().len(), BATCH_EVENTS);
        world.insert(10, "behind");
        world.insert(290, "ahead");
        watch.watchers.mark(&[10, 290]);
        let told = watch.ask(&world).unwrap().unwrap();
        let count = |event| told.iter().filter(|told| **told == event).count();
        assert_eq!(count(Event::Upsert((10, "behind"))), 1);
        assert_eq!(count(Event::Upsert((290, "ahead"))), 1);
        assert_eq!(told.last(), Some(&Event::Synced));
    }

    #[test]
    fn a_watcher_that_does_not_ask_is_evicted_at_4096_changes() {
        let world = World::new();
        let mut watch = watch();
        watch.ask(&world);
        let keys: Vec<u32> = (0..4095).collect();
        watch.watchers.mark(&keys);
        assert_eq!(watch.watchers.by_id[&watch.id].changed.len(), 4095);
        watch.watchers.mark(&[4095]);
        assert_eq!(watch.ask(&world), Some(Err(Evicted)));
    }

    #[test]
    fn a_watch_whose_client_is_gone_is_forgotten() {
        let Watch {
            mut watchers,
            _alive: alive,
            ..
        } = watch();
        drop(alive);
        watchers.mark(&[1]);
        assert!(watchers.by_id.is_empty());
    }
}
