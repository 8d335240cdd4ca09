//! One end of the world: a session and the system it runs on.

use std::fmt;

use super::Contract;
use crate::session::{Event, PeerConfig, Session};
use crate::time::Instant;

/// One of the two speakers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The first configuration's.
    Left,
    /// The second configuration's.
    Right,
}

impl Side {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Left, Self::Right];

    /// The one on the other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Left => "left",
            Self::Right => "right",
        })
    }
}

#[derive(Debug)]
pub(super) struct Host {
    pub(super) config: PeerConfig,
    pub(super) session: Session,
    pub(super) contract: Contract,
    /// Of sessions that were lost with the power.
    past_breaches: Vec<String>,
    pub(super) events: Vec<(Instant, Event)>,
    /// Without power until then.
    pub(super) off_until: Instant,
    /// Nobody listens until then.
    pub(super) refuses_until: Instant,
    /// The system takes no octets for sending until then.
    pub(super) stalled_until: Instant,
}

impl Host {
    pub(super) fn new(config: PeerConfig, seed: u64) -> Self {
        Self {
            session: Session::new(config.clone(), seed),
            config,
            contract: Contract::new(),
            past_breaches: Vec::new(),
            events: Vec::new(),
            off_until: Instant::default(),
            refuses_until: Instant::default(),
            stalled_until: Instant::default(),
        }
    }

    /// All that the session knew is gone. What it has told stays.
    pub(super) fn lose_power(&mut self, seed: u64, until: Instant) {
        self.past_breaches
            .extend_from_slice(self.contract.breaches());
        self.session = Session::new(self.config.clone(), seed);
        self.contract = Contract::new();
        self.off_until = until;
    }

    pub(super) fn breaches(&self) -> impl Iterator<Item = &String> {
        self.past_breaches.iter().chain(self.contract.breaches())
    }
}
