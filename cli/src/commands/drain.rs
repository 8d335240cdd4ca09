use bellwether_proto::v1::{self, DrainRequest, UndrainRequest};
use jiff::Timestamp;
use tokio_stream::StreamExt;

use crate::args::{Drain, Target};
use crate::connect::{Speaker, answer};
use crate::error::Error;
use crate::model::{DrainPhase, DrainProgress, DrainTarget};
use crate::output::{self, Format, left, note, printable};

/// Drains, and follows it to its end.
///
/// # Errors
/// [`Error::NotAsExpected`] if it was taken back meanwhile, [`Error::StreamEnded`] if nothing more is heard
/// of it; it goes on then, if the speaker does.
pub(super) async fn run(mut speaker: Speaker, format: Format, drain: Drain) -> Result<(), Error> {
    let request = request(drain)?;
    let mut steps = answer(speaker.drain(request)).await?;
    if format.is_text() {
        note(
            "The speaker does this by itself: to interrupt bellctl changes nothing, `bellctl undrain` takes it back.",
        );
    }
    while let Some(step) = steps.next().await {
        let step: DrainProgress = step
            .map_err(|status| ended(Error::from(status).to_string()))?
            .try_into()?;
        output::show_next(format, &step, || text(&step, Timestamp::now()))?;
        match step.phase {
            DrainPhase::Drained | DrainPhase::Depreferred => return Ok(()),
            DrainPhase::Undrained => {
                return Err(Error::NotAsExpected(
                    "somebody took the drain back".to_owned(),
                ));
            }
            DrainPhase::Depreferring
            | DrainPhase::Waiting
            | DrainPhase::Withdrawing
            | DrainPhase::Closing
            | DrainPhase::Unknown => {}
        }
    }
    Err(ended("the speaker closed it".to_owned()))
}

fn ended(why: String) -> Error {
    Error::StreamEnded {
        what: "the drain",
        why,
    }
}

fn request(drain: Drain) -> Result<DrainRequest, Error> {
    let Drain {
        target,
        wait,
        depreference_only,
        reason,
    } = drain;
    let wait = wait
        .map(|wait| {
            prost_types::Duration::try_from(*wait)
                .map_err(|_| Error::Usage(format!("--wait {wait}: too long")))
        })
        .transpose()?;
    Ok(DrainRequest {
        target: Some(message(target)),
        wait,
        depreference_only,
        communication: reason,
    })
}

fn message(target: Target) -> v1::DrainTarget {
    let Target { owner, peer } = target;
    DrainTarget { owner, peer }.into()
}

/// Takes a drain back.
pub(super) async fn undo(
    mut speaker: Speaker,
    format: Format,
    target: Target,
) -> Result<(), Error> {
    let target = message(target);
    let request = UndrainRequest {
        target: Some(target.clone()),
    };
    answer(speaker.undrain(request)).await?;
    let target = DrainTarget::from(target);
    output::show(format, &target, |_| {
        format!("{} is no longer drained\n", printable(&target.to_string()))
    })
}

/// A step as a line: when, what, how far.
fn text(step: &DrainProgress, now: Timestamp) -> String {
    format!("{:.0}  {}\n", now, printable(&sentence(step, now)))
}

/// How far a drain has come, as it stands in a sentence.
pub(super) fn sentence(step: &DrainProgress, now: Timestamp) -> String {
    let DrainProgress {
        target,
        phase,
        since: _, // the line is written when it is news
        until,
        peers_done,
        peers_total,
        communication: _, // who drains has said it
    } = step;
    let mut text = format!("{target}: {phase}");
    match phase {
        DrainPhase::Depreferring | DrainPhase::Withdrawing | DrainPhase::Closing => {
            text.push_str(&format!(", {peers_done} of {peers_total} peers"));
        }
        DrainPhase::Waiting
        | DrainPhase::Drained
        | DrainPhase::Depreferred
        | DrainPhase::Undrained
        | DrainPhase::Unknown => {}
    }
    if let Some(until) = until {
        text.push_str(&format!(", at most {} more", left(*until, now)));
    }
    text
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::commands::samples;

    #[test]
    fn each_step_is_one_line() {
        let lines = samples::drain_steps().map(|step| text(&step, samples::now()));
        assert_snapshot!(lines.collect::<String>());
    }

    #[test]
    fn each_step_is_one_line_of_json() {
        let lines = samples::drain_steps()
            .map(|step| output::one_of_many(Format::Json, &step).unwrap().unwrap());
        assert_snapshot!(lines.collect::<String>());
    }
}
