use serde::Serialize;

use crate::args::ContextAction;
use crate::contexts::{Contexts, environment};
use crate::error::Error;
use crate::output::{self, Format, Table, note};

/// A context as it is listed.
#[derive(Serialize)]
struct Listed {
    name: String,
    address: Option<String>,
    current: bool,
}

/// Lists the contexts, or makes one of them the current one.
pub(super) fn run(format: Format, action: ContextAction) -> Result<(), Error> {
    let contexts = Contexts::load(environment)?;
    match action {
        ContextAction::List => list(format, &contexts),
        ContextAction::Use { name } => {
            contexts.make_current(&name)?;
            note(&format!("bellctl now talks to {name}."));
            Ok(())
        }
    }
}

fn list(format: Format, contexts: &Contexts) -> Result<(), Error> {
    let current = contexts.current();
    let listed: Vec<_> = contexts
        .all()
        .map(|(name, context)| Listed {
            name: name.to_owned(),
            address: context.address.as_ref().map(ToString::to_string),
            current: current == Some(name),
        })
        .collect();
    if listed.is_empty() && format.is_text() {
        note(&format!(
            "No contexts in {}; `bellctl context --help` shows how they are written.",
            contexts.path().display()
        ));
        return Ok(());
    }
    output::show(format, &listed, |screen| {
        let mut table = Table::with_header(["CURRENT", "NAME", "ADDRESS"]);
        for Listed {
            name,
            address,
            current,
        } in &listed
        {
            let mark = if *current { "*" } else { "" };
            table.row([mark, name, address.as_deref().unwrap_or_default()]);
        }
        table.render(screen)
    })
}
