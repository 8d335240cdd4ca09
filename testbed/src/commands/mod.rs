//! What each command of `cargo lab` does.

mod images;
mod list;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::args::{Args, Command};
use crate::topology::Topology;
use crate::{Lab, Options, bench, binaries, demo, graph, lab, suite};

/// Does what the command line asks for.
///
/// # Errors
/// With a text for the person who asked.
pub fn run(args: Args) -> Result<ExitCode> {
    match args.command {
        Command::Demo(wanted) => demo::run(&wanted),
        Command::Test(wanted) => suite::run(&wanted),
        Command::Bench(wanted) => bench::run(&wanted),
        Command::List => list::list(),
        Command::Up { lab, binaries } => up(&lab, binaries),
        Command::Down { lab } => Ok(Lab::remove(&lab).map(|()| ExitCode::SUCCESS)?),
        Command::Exec { lab, node, command } => exec(&lab, &node, &command),
        Command::Graph { lab, format } => {
            let picture = graph::draw(&Topology::read(&find(&lab)?)?, format);
            say!("{}", picture.trim_end());
            Ok(ExitCode::SUCCESS)
        }
        Command::Images(images) => images::build(&images),
    }
}

/// The folder of the labs that come with the project.
fn labs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("labs")
}

/// A topology file by its path, its folder's path, or the name of a lab that comes with the
/// project.
fn find(named: &Path) -> Result<PathBuf> {
    let known = labs().join(named);
    let path = if named.exists() || !known.is_dir() {
        named.to_owned()
    } else {
        known
    };
    let file = lab::topology_file(&path)?;
    if !file.exists() {
        bail!(
            "there is no lab and no file `{}`; `cargo lab list` shows the labs",
            named.display()
        );
    }
    Ok(file)
}

fn up(named: &Path, binaries: Option<PathBuf>) -> Result<ExitCode> {
    let file = find(named)?;
    let binaries = match binaries {
        Some(folder) => folder,
        None => binaries::build(Topology::read(&file)?.images())?,
    };
    let begin = Instant::now();
    let lab = Lab::deploy(
        &file,
        &Options {
            binaries: Some(binaries),
            ..Options::default()
        },
    )?;
    let (name, nodes) = (lab.name().to_owned(), lab.topology().nodes.clone());
    lab.keep()?;
    say!(
        "the lab `{name}` is up: {} nodes in {:.2?}",
        nodes.len(),
        begin.elapsed()
    );
    if let Some(node) = nodes.first() {
        say!(
            "look around:  cargo lab exec {name} {} -- ip address",
            node.name
        );
    }
    say!("remove it:    cargo lab down {name}");
    Ok(ExitCode::SUCCESS)
}

fn exec(lab: &str, node: &str, command: &[String]) -> Result<ExitCode> {
    let status = Lab::attach(lab)?.exec_here(node, command)?;
    let code = status
        .code()
        .context(format!("the command was ended: {status}"))?;
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)))
}
