//! What the kernel and the speaker were told, in one order.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

const DEADLINE: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub struct Journal(Arc<watch::Sender<Vec<String>>>);

impl Journal {
    pub fn new() -> Journal {
        Journal(Arc::new(watch::Sender::new(Vec::new())))
    }

    pub fn note(&self, line: impl Into<String>) {
        self.0.send_modify(|lines| lines.push(line.into()));
    }

    pub fn lines(&self) -> Vec<String> {
        self.0.borrow().clone()
    }

    /// Waits until a line is there, and takes away all up to and with it.
    pub async fn until(&self, line: &str) -> Vec<String> {
        let mut changes = self.0.subscribe();
        let there = changes.wait_for(|lines| lines.iter().any(|it| it == line));
        if timeout(DEADLINE, there).await.is_err() {
            panic!("no {line:?} in {:#?}", self.lines());
        }
        let mut taken = Vec::new();
        self.0.send_modify(|lines| {
            let end = lines
                .iter()
                .position(|it| it == line)
                .map_or(0, |index| index + 1);
            taken = lines.drain(..end).collect();
        });
        taken
    }
}
