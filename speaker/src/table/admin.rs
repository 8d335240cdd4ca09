use super::TableTask;
use super::refusal::Refusal;
use crate::model::Name;

/// What operators do to sessions, whoever declared the peers. `peer` is a name or an address.
impl TableTask {
    pub(super) fn shut_peer_down(&mut self, peer: &str, words: String) -> Result<(), Refusal> {
        let name = self.peer_of(peer)?;
        self.sessions.administer(&name, |admin| {
            admin.shutdown.get_or_insert(words);
        });
        Ok(())
    }

    pub(super) fn enable_peer(&mut self, peer: &str) -> Result<(), Refusal> {
        let name = self.peer_of(peer)?;
        self.sessions
            .administer(&name, |admin| admin.shutdown = None);
        Ok(())
    }

    pub(super) fn reset_peer(&mut self, peer: &str, words: String) -> Result<(), Refusal> {
        let name = self.peer_of(peer)?;
        self.sessions.administer(&name, |admin| {
            admin.resets += 1;
            admin.reset_words = words;
        });
        Ok(())
    }

    fn peer_of(&self, text: &str) -> Result<Name, Refusal> {
        self.accepts_changes()?;
        self.peers
            .named(text)
            .cloned()
            .ok_or_else(|| Refusal::NoSuchPeer(text.to_owned()))
    }
}
