//! `cargo lab images`: the container images that containerlab needs for our topologies.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::args::Images;
use crate::binaries;
use crate::image::{ALL, Recipe};

/// Builds the images that were asked for, with Docker's output on the terminal.
pub(super) fn build(images: &Images) -> Result<ExitCode> {
    let wanted = wanted(&images.names)?;
    let answer = Command::new("docker")
        .args(["version", "--format", "{{.Server.Version}}"])
        .output();
    let reachable = answer.is_ok_and(|output| output.status.success());
    ensure!(
        reachable,
        "no Docker daemon answers here; images are needed only to run the labs in containerlab \
         (`cargo lab up` needs none)"
    );
    let built = binaries::build(wanted.iter().copied())?;
    for recipe in wanted {
        build_one(recipe, &built, &images.base)
            .with_context(|| format!("building {}", recipe.image))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn wanted(names: &[String]) -> Result<Vec<&'static Recipe>> {
    if names.is_empty() {
        return Ok(ALL.iter().collect());
    }
    let find = |name: &String| {
        ALL.iter()
            .find(|recipe| recipe.folder() == name || recipe.image == name)
    };
    let unknown: Vec<_> = names
        .iter()
        .filter(|name| find(name).is_none())
        .map(String::as_str)
        .collect();
    if !unknown.is_empty() {
        bail!(
            "no image `{}`; there are {}",
            unknown.join("`, `"),
            ALL.iter()
                .map(Recipe::folder)
                .collect::<Vec<_>>()
                .join(", ")
        );
    }
    Ok(names.iter().filter_map(find).collect())
}

/// The build context is the image's folder and the binaries that it holds, side by side.
fn build_one(recipe: &Recipe, built: &Path, base: &str) -> Result<()> {
    let context = tempfile::tempdir()?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("images")
        .join(recipe.folder());
    for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
        let entry = entry?;
        fs::copy(entry.path(), context.path().join(entry.file_name()))?;
    }
    for binary in recipe.binaries {
        fs::copy(built.join(binary), context.path().join(binary))?;
    }
    let status = Command::new("docker")
        .args([
            "build",
            "--tag",
            recipe.image,
            "--build-arg",
            &format!("BASE={base}"),
        ])
        .arg(context.path())
        .stdin(Stdio::null())
        .status()?;
    ensure!(status.success(), "docker build ended with {status}");
    Ok(())
}
