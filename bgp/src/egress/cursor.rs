use super::Version;
use super::log::Chunk;

/// A peer's place in the log of its subgroup.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cursor {
    /// The next chunk to be read.
    position: u64,
    /// The state of the table before this position.
    pulled: Version,
    /// The state that the peer's transport has accepted in full.
    accepted: Version,
    /// Something before this position may not have been accepted yet.
    outstanding: bool,
    /// How many routes the peer has before this position.
    advertised: u64,
}

impl Cursor {
    /// Of a peer that has everything before this position.
    pub(super) fn at_head(self, position: u64, covered: Version) -> Self {
        Self {
            position,
            pulled: covered,
            accepted: covered,
            outstanding: false,
            advertised: self.advertised,
        }
    }

    /// Of a peer that has `pulled` as before, and goes on at the beginning of another log.
    pub(super) fn restarted(self, pulled: Version) -> Self {
        let accepted = if self.outstanding {
            self.accepted
        } else {
            pulled
        };
        Self {
            position: 0,
            pulled,
            accepted,
            ..self
        }
    }

    /// Of a peer that has no state of the table any more, because it is to have another form of it.
    pub(super) fn behind(self) -> Self {
        Self {
            pulled: Version::default(),
            accepted: Version::default(),
            ..self
        }
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    pub(super) fn pulled(&self) -> Version {
        self.pulled
    }

    pub(super) fn accepted(&self) -> Version {
        self.accepted
    }

    /// All before this position has been accepted.
    pub(super) fn is_accepted(&self) -> bool {
        !self.outstanding
    }

    pub(super) fn advertised(&self) -> u64 {
        self.advertised
    }

    pub(super) fn accept(&mut self) {
        self.accepted = self.pulled;
        self.outstanding = false;
    }

    pub(super) fn read(&mut self, chunk: &Chunk) {
        self.position += 1;
        self.pulled = chunk.covered;
        self.advertised = chunk.advertised;
        self.outstanding = true;
    }
}
