use bellwether_proto::v1;

use crate::args::Announce;
use crate::connect::{Speaker, answer};
use crate::error::Error;
use crate::model::Applied;
use crate::output::{self, Format};

/// Adds routes to the owner's set, or changes their attributes.
pub(super) async fn run(
    mut speaker: Speaker,
    format: Format,
    announce: Announce,
) -> Result<(), Error> {
    let owner = announce.owner.clone();
    let applied = Applied::from(answer(speaker.announce(request(announce))).await?);
    output::write(&match format {
        Format::Json => output::document(&applied)?,
        Format::Table | Format::Wide => sentence(&applied, &owner),
    })
}

fn request(announce: Announce) -> v1::AnnounceRequest {
    let Announce {
        prefixes,
        communities,
        large_communities,
        local_pref,
        med,
        prepend,
        next_hop,
        owner,
    } = announce;
    let attributes = v1::RouteAttributes {
        communities,
        large_communities,
        local_pref,
        med,
        prepend,
        next_hop: next_hop.map(|address| address.to_string()),
    };
    let routes = prefixes
        .iter()
        .map(|prefix| v1::Route {
            prefix: prefix.to_string(),
            attributes: Some(attributes.clone()),
        })
        .collect();
    v1::AnnounceRequest { owner, routes }
}

fn sentence(applied: &Applied, owner: &str) -> String {
    let Applied {
        generation,
        added,
        changed,
        removed: _, // announcing removes nothing
        unchanged,
    } = applied;
    format!(
        "{added} announced, {changed} changed, {unchanged} unchanged (owner {owner}, generation {generation})\n"
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Args, Command};

    fn requested(arguments: &[&str]) -> v1::AnnounceRequest {
        let line = ["bellctl", "announce"].iter().chain(arguments);
        match Args::try_parse_from(line).unwrap().command {
            Command::Announce(announce) => request(announce),
            other => panic!("parsed as {other:?}"),
        }
    }

    #[test]
    fn without_options_every_attribute_is_the_speakers_default() {
        let route = v1::Route {
            prefix: "192.0.2.10/32".to_owned(),
            attributes: Some(v1::RouteAttributes::default()),
        };
        assert_eq!(
            requested(&["192.0.2.10/32"]),
            v1::AnnounceRequest {
                owner: "cli".to_owned(),
                routes: vec![route],
            }
        );
    }

    #[test]
    fn every_prefix_gets_the_same_attributes() {
        let request = requested(&[
            "192.0.2.10/32",
            "192.0.2.11/32",
            "--community=64512:100,no-export",
            "--community=64512:101",
            "--large-community=64512:1:2",
            "--local-pref=200",
            "--med=0",
            "--prepend=2",
            "--next-hop=192.0.2.1",
            "--owner=deploy",
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
        assert_eq!(request.owner, "deploy");
        assert_eq!(
            request.routes,
            [route("192.0.2.10/32"), route("192.0.2.11/32")]
        );
    }

    #[test]
    fn the_sentence_counts_what_happened_and_says_for_whom() {
        let applied = Applied {
            generation: 7,
            added: 1,
            changed: 2,
            removed: 0,
            unchanged: 3,
        };
        assert_eq!(
            sentence(&applied, "cli"),
            "1 announced, 2 changed, 3 unchanged (owner cli, generation 7)\n"
        );
    }
}
