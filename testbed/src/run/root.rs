//! A node's view of the file system: the host's, with a layer of its own above.
//!
//! What the node writes goes into memory and is gone with it. `/run` and `/tmp` begin empty, `/sys`
//! shows the node's own network, `/dev` is the host's.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::unistd::{chdir, pivot_root};

/// Folders of the host where programs live, which may be file systems of their own. An overlay
/// shows only the one file system that it lies on.
const PROGRAM_FOLDERS: &[&str] = &["/usr", "/opt", "/nix"];

/// Gives the calling thread, which must have a mount namespace of its own, a new root. `scratch` is
/// an empty folder of the host to mount on; the host never sees what is mounted there.
pub(super) fn enter(scratch: &Path) -> io::Result<()> {
    let none: Option<&str> = None;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)?;
    mount_new("tmpfs", scratch, "mode=755")?;
    let [upper, work, root] = ["upper", "work", "root"].map(|name| scratch.join(name));
    for folder in [&upper, &work, &root] {
        fs::create_dir(folder)?;
    }
    let layers = format!(
        "lowerdir=/,upperdir={},workdir={}",
        upper.display(),
        work.display()
    );
    mount_new("overlay", &root, &layers)?;

    let own = fs::metadata("/")?.dev();
    for folder in PROGRAM_FOLDERS.iter().map(Path::new) {
        if fs::metadata(folder).is_ok_and(|metadata| metadata.dev() != own) {
            bind_recursive(folder, &root)?;
        }
    }
    bind_recursive(Path::new("/dev"), &root)?;
    mount_new("tmpfs", &root.join("dev/shm"), "mode=1777")?;
    mount_new("sysfs", &root.join("sys"), "")?;
    mount_new("tmpfs", &root.join("run"), "mode=755")?;
    mount_new("tmpfs", &root.join("tmp"), "mode=1777")?;

    // The manual's way without a folder for the old root: it is stacked under the new one, and
    // taken away from there.
    chdir(&root)?;
    pivot_root(".", ".")?;
    umount2(".", MntFlags::MNT_DETACH)?;
    chdir("/")?;
    Ok(())
}

fn mount_new(kind: &str, target: &Path, options: &str) -> io::Result<()> {
    let done = mount(
        Some(kind),
        target,
        Some(kind),
        MsFlags::empty(),
        Some(options),
    );
    done.map_err(|error| {
        io::Error::other(format!("mounting {kind} on {}: {error}", target.display()))
    })
}

fn bind_recursive(folder: &Path, root: &Path) -> io::Result<()> {
    let none: Option<&str> = None;
    let target = root.join(folder.strip_prefix("/").unwrap_or(folder));
    mount(
        Some(folder),
        &target,
        none,
        MsFlags::MS_BIND | MsFlags::MS_REC,
        none,
    )?;
    Ok(())
}
