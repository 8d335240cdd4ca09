//! Nothing stays behind: what this process has made is undone when it is told to end.

use std::process;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::error::{Doing, Result};

/// Something outside of this process that has to go when the process does.
pub(crate) trait Undo: Send + Sync {
    /// Undoes it, whatever else goes on; afterwards it cannot be done again. The second time, nothing
    /// happens.
    ///
    /// # Errors
    /// When something of it stays.
    fn undo(&self) -> Result<()>;
}

/// What there is to undo, in the order in which it was done.
static DONE: Mutex<Vec<Arc<dyn Undo>>> = Mutex::new(Vec::new());

/// Undoes `deed` on SIGINT, SIGTERM and SIGHUP; the process ends then as by the signal.
pub(crate) fn watch(deed: Arc<dyn Undo>) -> Result<()> {
    static HANDLER: OnceLock<()> = OnceLock::new();
    let mut done = DONE.lock().unwrap_or_else(PoisonError::into_inner);
    if HANDLER.get().is_none() {
        let signals =
            Signals::new([SIGINT, SIGTERM, SIGHUP]).doing(|| "handle signals".to_owned())?;
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(|| on_signal(signals))
            .doing(|| "handle signals".to_owned())?;
        let _ = HANDLER.set(());
    }
    done.push(deed);
    Ok(())
}

/// Takes a deed out of the guard's care.
pub(crate) fn forget(deed: &Arc<impl Undo>) {
    let mut done = DONE.lock().unwrap_or_else(PoisonError::into_inner);
    done.retain(|other| !std::ptr::addr_eq(Arc::as_ptr(deed), Arc::as_ptr(other)));
}

fn on_signal(mut signals: Signals) {
    if let Some(signal) = signals.forever().next() {
        // Held until the process ends: no thread can put anything else under the guard meanwhile,
        // and what is undone cannot be done again, so nothing is added between here and the end.
        let done = DONE.lock().unwrap_or_else(PoisonError::into_inner);
        eprintln!("\nstopped: cleaning up");
        for deed in done.iter().rev() {
            if let Err(error) = deed.undo() {
                eprintln!("{error}");
            }
        }
        process::exit(128 + signal);
    }
}
