use bellwether_proto::v1;

use super::{apply, attributes};
use crate::args::Announce;
use crate::connect::{Speaker, answer};
use crate::error::Error;
use crate::model::Applied;
use crate::output::{Format, Progress};

/// Adds routes to the owner's set, or changes their attributes.
pub(super) async fn run(
    speaker: impl AsyncFnOnce() -> Result<Speaker, Error>,
    format: Format,
    announce: Announce,
) -> Result<(), Error> {
    let Announce {
        prefixes,
        file,
        attributes,
        change,
    } = announce;
    let routes = apply::routes(&prefixes, &file, &attributes::given(attributes))?;
    let lease = apply::lease(&change)?;
    let mut speaker = speaker().await?;
    let progress = Progress::of(routes.len(), "routes sent");
    let mut applied = Applied::default();
    let mut expect_generation = change.expect_generation;
    for (index, part) in routes.chunks(apply::ROUTES_A_REQUEST).enumerate() {
        let request = v1::AnnounceRequest {
            owner: change.owner.clone(),
            routes: part.iter().cloned().map(v1::Route::from).collect(),
            dry_run: change.dry_run,
            expect_generation,
            lease,
        };
        let part_applied = apply::expected(&change, answer(speaker.announce(request)).await)
            .map_err(|error| after(index * apply::ROUTES_A_REQUEST, error))?;
        progress.advance(part.len());
        applied = applied.and(part_applied.into());
        // A dry run leaves the generation as it is.
        expect_generation = expect_generation.map(|_| applied.generation);
    }
    drop(progress);
    apply::show(format, &change, &applied, sentence)
}

/// `error`, with what was done before it.
fn after(done: usize, error: Error) -> Error {
    match (done, error) {
        (0, error) => error,
        (done, Error::InvalidArgument(why)) => Error::InvalidArgument(format!(
            "{why}\n  That is counted from route {done}; those before it are announced."
        )),
        (done, error) => {
            crate::output::note(&format!("The first {done} routes are announced."));
            error
        }
    }
}

fn sentence(applied: &Applied) -> String {
    let Applied {
        generation: _, // follows it
        added,
        changed,
        removed: _, // announcing removes nothing
        unchanged,
        differences: _, // not of a dry run
        differences_left_off: _,
    } = applied;
    format!("{added} announced, {changed} changed, {unchanged} unchanged")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Args, Command};

    fn routes(arguments: &[&str]) -> Vec<v1::Route> {
        let line = ["bellctl", "announce"].iter().chain(arguments);
        match Args::try_parse_from(line).unwrap().command {
            Command::Announce(announce) => {
                let attributes = attributes::given(announce.attributes);
                let routes = apply::routes(&announce.prefixes, &announce.file, &attributes);
                routes.unwrap().into_iter().map(v1::Route::from).collect()
            }
            other => panic!("parsed as {other:?}"),
        }
    }

    #[test]
    fn without_options_every_attribute_is_the_speakers_default() {
        let route = v1::Route {
            prefix: "192.0.2.10/32".to_owned(),
            attributes: Some(v1::RouteAttributes::default()),
        };
        assert_eq!(routes(&["192.0.2.10/32"]), [route]);
    }

    #[test]
    fn every_prefix_gets_the_same_attributes() {
        let routes = routes(&[
            "192.0.2.10/32",
            "192.0.2.11/32",
            "--community=64512:100,no-export",
            "--community=64512:101",
            "--large-community=64512:1:2",
            "--local-pref=200",
            "--med=0",
            "--prepend=2",
            "--next-hop=192.0.2.1",
        ]);
        let attributes = v1::RouteAttributes {
            communities: ["64512:100", "no-export", "64512:101"]
                .map(String::from)
                .into(),
            large_communities: vec!["64512:1:2".to_owned()],
            local_pref: Some(200),
            med: Some(0),
            prepend: 2,
            next_hop: Some("192.0.2.1".to_owned()),
        };
        let route = |prefix: &str| v1::Route {
            prefix: prefix.to_owned(),
            attributes: Some(attributes.clone()),
        };
        assert_eq!(routes, [route("192.0.2.10/32"), route("192.0.2.11/32")]);
    }

    #[test]
    fn the_sentence_counts_what_happened() {
        let applied = Applied {
            added: 1,
            changed: 2,
            unchanged: 3,
            ..Applied::default()
        };
        assert_eq!(sentence(&applied), "1 announced, 2 changed, 3 unchanged");
    }
}
