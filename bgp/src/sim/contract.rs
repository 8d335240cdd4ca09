//! What a driver may rely on, checked from outside.

use std::collections::BTreeMap;

use crate::session::{ConnId, Event, Input, Output, Session, State};
use crate::time::Instant;

/// Watches what goes into a [`Session`] and what comes out, and notes where the session breaks its
/// contract.
#[derive(Clone, Debug)]
pub struct Contract {
    /// Connections that have not ended, and whether they are up.
    live: BTreeMap<ConnId, bool>,
    latest: Option<ConnId>,
    state: State,
    established: Option<ConnId>,
    breaches: Vec<String>,
}

impl Default for Contract {
    fn default() -> Self {
        Self {
            live: BTreeMap::new(),
            latest: None,
            state: State::Idle,
            established: None,
            breaches: Vec::new(),
        }
    }
}

impl Contract {
    /// A session that was just made.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `accept` returned this id.
    pub fn accepted(&mut self, id: ConnId) {
        self.begin(id, true);
    }

    /// `handle` is about to be called with this.
    pub fn input(&mut self, input: &Input<'_>) {
        match input {
            Input::Connected(id) => {
                if let Some(up) = self.live.get_mut(id) {
                    *up = true;
                }
            }
            Input::Closed(id, _) => {
                self.live.remove(id);
            }
            Input::Start
            | Input::Stop(_)
            | Input::Reconfigure { .. }
            | Input::Received(..)
            | Input::Sent(_)
            | Input::UpdatesSent(..)
            | Input::Timeout => {}
        }
    }

    /// `poll` returned this.
    pub fn output(&mut self, output: &Output) {
        match output {
            Output::Connect(id) => self.begin(*id, false),
            Output::Send(id, octets) => {
                let up = self.live.get(id) == Some(&true);
                self.demand(up, || format!("sends on {id:?}, which is not up"));
                self.demand(!octets.is_empty(), || "sends nothing".to_owned());
            }
            Output::Close(id) => {
                let was_live = self.live.remove(id).is_some();
                self.demand(was_live, || format!("closes {id:?}, which has ended"));
            }
            Output::Event(event) => self.event(event),
        }
    }

    /// `poll` has returned `None`.
    pub fn settled(&mut self, session: &Session) {
        let (told, state) = (self.state, session.state());
        self.demand(told == state, || format!("is in {state}, has told {told}"));
        let (told, established) = (self.established, session.established_connection());
        self.demand(told == established, || {
            format!("has {established:?} established, has told {told:?}")
        });
        let alive = told.is_none_or(|id| self.live.contains_key(&id));
        self.demand(alive, || format!("keeps {told:?}, which has ended"));
        let live = self.live.len();
        self.demand(live <= 2, || format!("has {live} connections"));
    }

    /// `handle` was called with `Timeout` at `now`, and `poll` has returned `None`.
    pub fn timed_out(&mut self, session: &Session, now: Instant) {
        let deadline = session.deadline();
        self.demand(deadline.is_none_or(|at| at > now), || {
            format!("still waits for {deadline:?} after a timeout at {now}")
        });
    }

    /// What was broken, in the order it was noticed.
    #[must_use]
    pub fn breaches(&self) -> &[String] {
        &self.breaches
    }

    fn begin(&mut self, id: ConnId, up: bool) {
        let unused = self.latest < Some(id);
        self.demand(unused, || format!("uses {id:?} again"));
        self.latest = self.latest.max(Some(id));
        self.live.insert(id, up);
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::StateChanged { from, to } => {
                let known = self.state;
                self.demand(*from == known && from != to, || {
                    format!("moves from {from} to {to}, was in {known}")
                });
                self.state = *to;
            }
            Event::Established(id, _) => {
                let (state, before) = (self.state, self.established);
                let first = before.is_none() && state == State::Established;
                self.demand(first, || {
                    format!("establishes {id:?} in {state} over {before:?}")
                });
                self.established = Some(*id);
            }
            Event::Down(_) => self.established = None,
            Event::RefreshRequested(_) | Event::Update(_) => {
                let established = self.established.is_some();
                self.demand(established, || "routes without a session".to_owned());
            }
        }
    }

    fn demand(&mut self, kept: bool, breach: impl FnOnce() -> String) {
        if !kept {
            self.breaches.push(breach());
        }
    }
}
