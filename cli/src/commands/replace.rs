use bellwether_proto::v1;

use super::{apply, attributes};
use crate::args::Replace;
use crate::connect::{Speaker, answer};
use crate::error::Error;
use crate::model::Applied;
use crate::output::Format;

/// The speaker's limit on one message. The set is replaced in one step, so that it cannot be taken apart.
const LARGEST_REQUEST: usize = 4 << 20;

/// Makes these routes the owner's whole set.
pub(super) async fn run(
    speaker: impl AsyncFnOnce() -> Result<Speaker, Error>,
    format: Format,
    replace: Replace,
) -> Result<(), Error> {
    let Replace {
        prefixes,
        file,
        none,
        attributes,
        change,
    } = replace;
    let routes = match none {
        true => vec![],
        false => apply::routes(&prefixes, &file, &attributes::given(attributes))?,
    };
    let count = routes.len();
    let request = v1::ReplaceRequest {
        owner: change.owner.clone(),
        routes: routes.into_iter().map(v1::Route::from).collect(),
        dry_run: change.dry_run,
        expect_generation: change.expect_generation,
        lease: apply::lease(&change)?,
    };
    let size = prost::Message::encoded_len(&request);
    if size > LARGEST_REQUEST {
        return Err(Error::Usage(format!(
            "{count} routes are {size} octets, and one request has at most {LARGEST_REQUEST}\n  \
             Announce them with `bellctl announce --file`, which takes several requests, or in the names of several owners."
        )));
    }
    let mut speaker = speaker().await?;
    let applied: Applied = apply::expected(&change, answer(speaker.replace(request)).await)?.into();
    apply::show(format, &change, &applied, sentence)
}

fn sentence(applied: &Applied) -> String {
    let Applied {
        generation: _, // follows it
        added,
        changed,
        removed,
        unchanged,
        differences: _, // not of a dry run
        differences_left_off: _,
    } = applied;
    format!("{added} announced, {changed} changed, {removed} withdrawn, {unchanged} unchanged")
}
