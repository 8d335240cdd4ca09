//! `cargo lab list`.

use std::collections::BTreeMap;
use std::fs;
use std::process::ExitCode;

use anyhow::Result;

use crate::lab;
use crate::run::claim::Claim;
use crate::run::state::{self, State};
use crate::topology::Topology;

/// Prints the labs that come with the project and those that run, one a line.
pub(super) fn list() -> Result<ExitCode> {
    let mut labs: BTreeMap<String, String> = known();
    for name in state::names() {
        let place = labs.entry(name.clone()).or_default();
        *place = format!("{:10} {place}", condition(&name));
    }
    let width = labs.keys().map(String::len).max().unwrap_or(0);
    for (name, about) in labs {
        say!("{name:width$}  {}", about.trim_end());
    }
    Ok(ExitCode::SUCCESS)
}

/// Labs of the project, and what their topology says.
fn known() -> BTreeMap<String, String> {
    let folders = fs::read_dir(super::labs()).into_iter().flatten().flatten();
    let lab = |folder: fs::DirEntry| {
        let file = lab::topology_file(&folder.path()).ok()?;
        match Topology::read(&file) {
            Ok(lab) => Some((
                lab.name.clone(),
                format!("{} nodes, {} links", lab.nodes.len(), lab.links.len()),
            )),
            Err(problems) => Some((
                folder.file_name().to_string_lossy().into_owned(),
                problems.to_string(),
            )),
        }
    };
    folders.filter_map(lab).collect()
}

fn condition(lab: &str) -> &'static str {
    match State::read(lab) {
        _ if Claim::is_held(lab) => "in use",
        Some(state) if state.kept && state.is_alive() => "running",
        _ => "left over",
    }
}
