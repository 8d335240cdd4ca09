//! Nothing stays behind: labs of this process are removed when it is told to end.

use std::process;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::steps::Running;
use crate::error::{Doing, Result};

/// Labs that this process has made and must remove.
static LABS: Mutex<Vec<Arc<Running>>> = Mutex::new(Vec::new());

/// Puts a lab under the guard: it is removed on SIGINT, SIGTERM and SIGHUP, and the process ends as
/// by the signal.
pub(crate) fn watch(lab: &Arc<Running>) -> Result<()> {
    static HANDLER: OnceLock<()> = OnceLock::new();
    let mut labs = LABS.lock().unwrap_or_else(PoisonError::into_inner);
    if HANDLER.get().is_none() {
        let signals =
            Signals::new([SIGINT, SIGTERM, SIGHUP]).doing(|| "handle signals".to_owned())?;
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(|| on_signal(signals))
            .doing(|| "handle signals".to_owned())?;
        let _ = HANDLER.set(());
    }
    labs.push(Arc::clone(lab));
    Ok(())
}

/// Takes a lab out of the guard's care.
pub(crate) fn forget(lab: &Arc<Running>) {
    let mut labs = LABS.lock().unwrap_or_else(PoisonError::into_inner);
    labs.retain(|other| !Arc::ptr_eq(lab, other));
}

fn on_signal(mut signals: Signals) {
    if let Some(signal) = signals.forever().next() {
        // Held until the process ends: no thread can put another lab under the guard meanwhile.
        let labs = LABS.lock().unwrap_or_else(PoisonError::into_inner);
        for lab in labs.iter() {
            eprintln!("\nremoving the lab `{}`", lab.name());
            if let Err(error) = lab.down() {
                eprintln!("{error}");
            }
        }
        // A lab that is down refuses new nodes, so no thread can add anything between here and the
        // end.
        process::exit(128 + signal);
    }
}
