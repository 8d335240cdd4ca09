//! The workspace's own binaries: built by cargo, found beside this program.

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::image::Recipe;
use crate::plan::Sources;
use crate::topology::Topology;

/// One line of `cargo build --message-format=json`.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
}

/// Builds the binaries that these images hold, with cargo's progress on stderr. Returns the folder
/// where they are.
///
/// # Errors
/// When cargo is not there or the workspace does not compile.
pub fn build<'a>(recipes: impl IntoIterator<Item = &'a Recipe>) -> Result<PathBuf> {
    let wanted: BTreeSet<&str> = recipes
        .into_iter()
        .flat_map(|recipe| recipe.binaries)
        .copied()
        .collect();
    if wanted.is_empty() {
        return beside_this_program();
    }
    cargo_build(&[], wanted)
}

/// Builds these binaries as they are shipped, with cargo's progress on stderr. Returns the folder
/// where they are.
///
/// # Errors
/// As [`build`].
pub fn build_release(names: &[&str]) -> Result<PathBuf> {
    cargo_build(&["--release"], names.iter().copied().collect())
}

fn cargo_build(options: &[&str], wanted: BTreeSet<&str>) -> Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--message-format=json-render-diagnostics"])
        .args(options)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    for name in wanted {
        command.args(["--bin", name]);
    }
    let failed =
        |why: String| Error::Binaries(format!("cannot build the workspace's binaries: {why}"));
    let output = command
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(format!("cargo ended with {}", output.status)));
    }
    let lines = output.stdout.split(|&byte| byte == b'\n');
    let mut executables =
        lines.filter_map(|line| serde_json::from_slice::<Message>(line).ok()?.executable);
    let folder = executables
        .next()
        .and_then(|file| file.parent().map(Path::to_owned));
    folder.ok_or_else(|| failed("cargo named none".to_owned()))
}

/// The folder to which cargo built this program (or, for a test, the binaries that it tests).
///
/// # Errors
/// When the system does not tell.
pub fn beside_this_program() -> Result<PathBuf> {
    let program = env::current_exe().map_err(|error| {
        Error::Binaries(format!("cannot find this program's own file: {error}"))
    })?;
    let folder = program.parent().unwrap_or(Path::new("/"));
    // Test programs are in `deps`, one below the binaries.
    let above = folder.parent().filter(|_| folder.ends_with("deps"));
    Ok(above.unwrap_or(folder).to_owned())
}

/// Whether all that the topology's images hold is there.
///
/// # Errors
/// Names the first file that is not.
pub fn check(topology: &Topology, sources: &Sources) -> Result<()> {
    let recipes = topology.images();
    let binaries = recipes.flat_map(|recipe| recipe.binaries);
    let absent = binaries
        .map(|name| sources.binaries.join(name))
        .find(|file| !file.is_file());
    absent.map_or(Ok(()), |file| {
        Err(Error::Binaries(format!(
            "{} is not built: `cargo build` does it",
            file.display()
        )))
    })
}
