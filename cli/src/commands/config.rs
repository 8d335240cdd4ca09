use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use bellwether_proto::v1::ReloadRequest;

use crate::connect::{Speaker, answer};
use crate::error::Error;
use crate::model::{ConfigDifference, ConfigEffect, Reload};
use crate::output::{self, Cell, Format, Screen, Table, Tone, note};

/// Has bellwether-speaker itself check `file`: there is one reader of that format.
///
/// # Errors
/// [`Error::Problems`] if it finds any, which it tells by itself; [`Error::Program`] if it cannot be run.
pub(super) fn check(file: &Path) -> Result<(), Error> {
    let program = speaker_program();
    let status = Command::new(&program)
        .arg("--config")
        .arg(file)
        .arg("--check")
        .status()
        .map_err(|source| Error::Program {
            program: program.to_string_lossy().into_owned(),
            source,
        })?;
    match status.success() {
        true => Ok(()),
        false => Err(Error::Problems(format!(
            "{} is not a configuration that the speaker starts with",
            file.display()
        ))),
    }
}

/// The bellwether-speaker beside this program, whose version is the same, or that on PATH.
fn speaker_program() -> OsString {
    const NAME: &str = "bellwether-speaker";
    let beside = env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.join(NAME)));
    match beside {
        Some(program) if program.is_file() => program.into(),
        _ => NAME.into(),
    }
}

/// Has the speaker read its file again, or with `dry_run` only tell what that would change.
///
/// # Errors
/// [`Error::Problems`] if the file has any; they are shown.
pub(super) async fn reload(
    mut speaker: Speaker,
    format: Format,
    dry_run: bool,
) -> Result<(), Error> {
    let reload = Reload::from(answer(speaker.reload(ReloadRequest { dry_run })).await?);
    if reload.problems.is_empty() {
        return output::show(format, &reload, |screen| text(&reload, dry_run, screen));
    }
    if !format.is_text() {
        output::show(format, &reload, |_| String::new())?;
    }
    for problem in &reload.problems {
        note(problem);
    }
    let count = reload.problems.len();
    let (problems, consequence) = match (count, dry_run) {
        (1, true) => ("one problem", "a reload would change nothing"),
        (1, false) => ("one problem", "nothing was changed"),
        (_, true) => ("the problems above", "a reload would change nothing"),
        (_, false) => ("the problems above", "nothing was changed"),
    };
    Err(Error::Problems(format!(
        "the configuration file has {problems}: {consequence}"
    )))
}

fn text(reload: &Reload, dry_run: bool, screen: Screen) -> String {
    let Reload {
        problems: _, // none, or it is not shown like this
        differences,
        applied,
    } = reload;
    if differences.is_empty() {
        return "The configuration file says what is in force.\n".to_owned();
    }
    let mut text = table(differences).render(screen);
    let waiting = differences
        .iter()
        .any(|difference| difference.effect == ConfigEffect::Restart);
    text.push_str(match (dry_run, applied, waiting) {
        (true, ..) => "`bellctl config reload` would bring this into force.\n",
        (false, true, false) => "This is in force now.\n",
        (false, true, true) => "This is in force now, but for what needs a restart.\n",
        (false, false, _) => "Nothing of this was applied.\n",
    });
    text
}

fn table(differences: &[ConfigDifference]) -> Table {
    let mut table = Table::with_header(["KEY", "BEFORE", "AFTER", "EFFECT"]);
    for ConfigDifference {
        path,
        before,
        after,
        effect,
    } in differences
    {
        let tone = match effect {
            ConfigEffect::None | ConfigEffect::Unknown => Tone::Plain,
            ConfigEffect::SessionReset | ConfigEffect::Restart => Tone::Warning,
        };
        table.row([
            Cell::from(path),
            before.clone().unwrap_or_default().into(),
            after.clone().unwrap_or_default().into(),
            Cell::toned(effect.to_string(), tone),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::commands::samples;

    #[test]
    fn each_difference_is_shown_with_what_it_takes() {
        assert_snapshot!(text(&samples::reload(), true, Screen::PLAIN));
    }

    #[test]
    fn the_json_has_every_field_of_the_message() {
        let document = output::document(Format::Json, &samples::reload());
        assert_snapshot!(document.unwrap().unwrap());
    }

    #[test]
    fn a_file_that_says_what_is_in_force_is_said_so() {
        let reload = Reload {
            differences: vec![],
            ..samples::reload()
        };
        assert_eq!(
            text(&reload, false, Screen::PLAIN),
            "The configuration file says what is in force.\n"
        );
    }
}
