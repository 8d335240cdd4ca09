use bellwether_proto::v1::WithdrawRequest;

use super::apply;
use crate::args::Withdraw;
use crate::connect::{Speaker, answer};
use crate::error::Error;
use crate::model::{Applied, RouteAttributes};
use crate::output::{Format, Progress, note};

/// Takes routes out of the owner's set.
pub(super) async fn run(
    speaker: impl AsyncFnOnce() -> Result<Speaker, Error>,
    format: Format,
    withdraw: Withdraw,
) -> Result<(), Error> {
    let Withdraw {
        prefixes,
        file,
        change,
    } = withdraw;
    let routes = apply::routes(&prefixes, &file, &RouteAttributes::default())?;
    let lease = apply::lease(&change)?;
    let mut speaker = speaker().await?;
    let progress = Progress::of(routes.len(), "routes sent");
    let mut applied = Applied::default();
    let mut expect_generation = change.expect_generation;
    for (index, part) in routes.chunks(apply::ROUTES_A_REQUEST).enumerate() {
        let request = WithdrawRequest {
            owner: change.owner.clone(),
            prefixes: part.iter().map(|route| route.prefix.clone()).collect(),
            dry_run: change.dry_run,
            expect_generation,
            lease,
        };
        let answered = apply::expected(&change, answer(speaker.withdraw(request)).await);
        if answered.is_err() && index != 0 {
            let done = index * apply::ROUTES_A_REQUEST;
            note(&format!("The first {done} routes are withdrawn."));
        }
        applied = applied.and(answered?.into());
        progress.advance(part.len());
        expect_generation = expect_generation.map(|_| applied.generation);
    }
    drop(progress);
    apply::show(format, &change, &applied, sentence)
}

fn sentence(applied: &Applied) -> String {
    format!("{} withdrawn", applied.removed)
}
