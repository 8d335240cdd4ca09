//! The kernel's side of applying.

use std::fmt;

use tracing::debug;

use crate::forward::model::Desired;
use crate::forward::{Kernel, KernelError};

/// What forwards: the kernel, or, in tests of the order, something that writes down what it is told.
pub trait Forwarder: Send {
    /// Why it could not be done.
    type Error: fmt::Display + Send;

    /// Makes the kernel forward exactly what is desired, in one step. Blocks for microseconds.
    ///
    /// # Errors
    ///
    /// When nothing was changed.
    fn apply(&mut self, desired: &Desired) -> Result<(), Self::Error>;
}

impl Forwarder for Kernel {
    type Error = KernelError;

    fn apply(&mut self, desired: &Desired) -> Result<(), KernelError> {
        let applied = Kernel::apply(self, desired)?;
        if !applied.is_empty() {
            debug!(?applied, "nf_tables");
        }
        Ok(())
    }
}
