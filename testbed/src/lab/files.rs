//! The files of a topology: which they are, and copies of them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Doing, Error, Result};
use crate::topology::Topology;

/// The topology file that `path` names, or the only one in that folder.
///
/// # Errors
/// [`Error::NoTopology`].
pub fn topology_file(path: &Path) -> Result<PathBuf> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let entries = fs::read_dir(path).doing(|| format!("read {}", path.display()))?;
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| {
        let name = file.to_string_lossy();
        name.ends_with(".clab.yml") || name.ends_with(".clab.yaml")
    });
    match <[PathBuf; 1]>::try_from(files) {
        Ok([file]) => Ok(file),
        Err(files) => Err(Error::NoTopology {
            folder: path.to_owned(),
            found: files.len(),
        }),
    }
}

/// Lets a topology speak of a copy of its folder, which need not be there yet.
pub(super) fn move_to(topology: &mut Topology, copy: &Path) {
    let Some(folder) = topology.file.parent().map(Path::to_owned) else {
        return;
    };
    let binds = topology.nodes.iter_mut().flat_map(|node| &mut node.binds);
    for path in binds
        .map(|bind| &mut bind.source)
        .chain([&mut topology.file])
    {
        if let Ok(inside) = path.strip_prefix(&folder) {
            *path = copy.join(inside);
        }
    }
}

pub(super) fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
