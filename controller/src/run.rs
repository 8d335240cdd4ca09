//! The roles' tasks.
//!
//! ```text
//!                Event                             Connected, Applied, Advertised, Lost
//!   source  ----------->  node role  <---------------------------------------------------  speaker link
//!  (folder)              planner, order  ------------------------------------------------>
//!                             |                           Change
//!                             v
//!                       kernel (netlink)
//! ```
//!
//! | channel | from | to | holds | when full |
//! |---|---|---|---|---|
//! | [`EVENT_QUEUE`] | source | node role | events | the source waits; nothing is lost |
//! | [`SPEAKER_QUEUE`] | speaker link | node role | events | the link waits, and so does the speaker |
//! | changes, one for each stream | node role | speaker link | changes | what follows gathers into one change |
//!
//! The tasks are in one JoinSet. None of them ends by itself: the first that does ends the process,
//! with its error. What is in the kernel and in the speaker stays as it is then, as on SIGTERM.

use std::path::PathBuf;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::apply::kernel::Forwarder;
use crate::apply::speaker::SpeakerLink;
use crate::node::NodeRole;
use crate::source::Event;

/// Objects that may wait to be planned.
const EVENT_QUEUE: usize = 1024;

/// Answers of the speaker that may wait to be heard.
const SPEAKER_QUEUE: usize = 64;

/// What the node role is made of.
pub struct Node<S, K> {
    /// The name of this node's Node object.
    pub name: String,
    /// Makes the source, given where its events go.
    pub source: S,
    /// What forwards.
    pub kernel: K,
    /// The speaker's Unix socket.
    pub speaker: PathBuf,
}

/// Runs the node role.
///
/// # Errors
///
/// The first task that ends, ends all.
pub async fn node<S, F, E, K>(node: Node<S, K>) -> anyhow::Result<()>
where
    S: FnOnce(mpsc::Sender<Event>) -> F,
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: std::error::Error + Send + Sync + 'static,
    K: Forwarder + 'static,
{
    let Node {
        name,
        source,
        kernel,
        speaker,
    } = node;
    let (events, told) = mpsc::channel(EVENT_QUEUE);
    let (answers, heard) = mpsc::channel(SPEAKER_QUEUE);
    let mut tasks = JoinSet::new();
    let source = source(events);
    tasks.spawn(async { anyhow::Ok(source.await?) });
    let link = SpeakerLink::new(speaker, answers);
    tasks.spawn(async { anyhow::Ok(link.run().await) });
    let role = NodeRole::new(name, kernel, told, heard);
    tasks.spawn(async { anyhow::Ok(role.run().await) });
    match tasks.join_next().await {
        Some(Ok(Ok(()))) | None => anyhow::bail!("a task ended that should not"),
        Some(Ok(Err(error))) => Err(error),
        Some(Err(panic)) => Err(panic.into()),
    }
}
