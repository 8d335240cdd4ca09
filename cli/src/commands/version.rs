use serde::Serialize;

use crate::error::Error;
use crate::output::{self, Format};

#[derive(Serialize)]
struct Version {
    version: &'static str,
}

/// Prints bellctl's own version.
pub(super) fn run(format: Format) -> Result<(), Error> {
    let version = Version {
        version: env!("CARGO_PKG_VERSION"),
    };
    output::show(format, &version, |_| {
        format!("bellctl {}\n", version.version)
    })
}
