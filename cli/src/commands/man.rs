use std::fs;
use std::path::Path;

use clap::CommandFactory;
use clap_mangen::Man;

use crate::args::Args;
use crate::error::Error;
use crate::output;

/// Writes a page for each command into `folder`, or prints that of bellctl itself.
pub(super) fn run(folder: Option<&Path>) -> Result<(), Error> {
    let Some(folder) = folder else {
        let mut page = vec![];
        Man::new(Args::command())
            .render(&mut page)
            .map_err(Error::Output)?;
        return output::write(&String::from_utf8_lossy(&page));
    };
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Args::command(), folder))
        .map_err(|source| Error::File {
            path: folder.to_owned(),
            source,
        })
}
