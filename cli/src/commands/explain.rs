use bellwether_proto::v1::ExplainRequest;

use super::attributes::words;
use crate::connect::{Speaker, answer};
use crate::error::Error;
use crate::model::{
    AdvertisementReason, Claim, Explanation, PeerExplanation, SentAttributes, Standing,
};
use crate::output::{self, Cell, Format, Screen, Table, Tone};
use crate::prefix::Prefix;

/// Tells why a route is advertised or is not, to `peer` or to all.
pub(super) async fn run(
    mut speaker: Speaker,
    format: Format,
    prefix: Prefix,
    peer: Option<String>,
) -> Result<(), Error> {
    let request = ExplainRequest {
        prefix: prefix.to_string(),
        peer: peer.unwrap_or_default(),
    };
    let explanation = Explanation::from(answer(speaker.explain(request)).await?);
    output::show(format, &explanation, |screen| text(&explanation, screen))
}

fn text(explanation: &Explanation, screen: Screen) -> String {
    let Explanation {
        prefix,
        claims,
        peers,
    } = explanation;
    let advertised = peers.iter().filter(|peer| peer.advertised).count();
    let mut text = match (claims.is_empty(), peers.as_slice()) {
        (true, _) => format!("Nobody wants {prefix}: `bellctl announce {prefix}` announces it.\n"),
        (false, []) => format!("{prefix} is wanted, and there are no peers.\n"),
        (false, [one]) if one.advertised => format!("{prefix} is advertised to {}.\n", one.peer),
        (false, [one]) => format!("{prefix} is not advertised to {}.\n", one.peer),
        (false, _) => format!(
            "{prefix} is advertised to {advertised} of {} peers.\n",
            peers.len()
        ),
    };
    let claims = (!claims.is_empty()).then(|| claims_table(claims));
    let peers = (!peers.is_empty()).then(|| peers_table(peers));
    for table in [claims, peers].into_iter().flatten() {
        text.push('\n');
        text.push_str(&table.render(screen));
    }
    text
}

fn claims_table(claims: &[Claim]) -> Table {
    let mut table = Table::with_header(["OWNER", "IN FORCE", "STANDING", "ATTRIBUTES"]);
    for Claim {
        owner,
        attributes,
        standing,
        in_force,
    } in claims
    {
        let tone = match standing {
            Standing::Active | Standing::Unknown => Tone::Plain,
            Standing::Depreferred => Tone::Warning,
            Standing::Withdrawn => Tone::Bad,
        };
        table.row([
            Cell::from(owner),
            if *in_force { "yes" } else { "no" }.into(),
            Cell::toned(standing.to_string(), tone),
            match words(attributes) {
                words if words.is_empty() => "default".into(),
                words => words.into(),
            },
        ]);
    }
    table
}

fn peers_table(peers: &[PeerExplanation]) -> Table {
    let mut table = Table::with_header(["PEER", "ADVERTISED", "WHY", "AS SENT"]);
    for PeerExplanation {
        peer,
        advertised,
        reason,
        detail,
        sent,
    } in peers
    {
        let answer = if *advertised { "yes" } else { "no" };
        let why = match detail.is_empty() {
            true => reason.to_string(),
            false => detail.clone(),
        };
        table.row([
            Cell::from(peer),
            Cell::toned(answer, tone(*reason)),
            why.into(),
            sent.as_ref().map(sent_words).unwrap_or_default().into(),
        ]);
    }
    table
}

fn tone(reason: AdvertisementReason) -> Tone {
    match reason {
        AdvertisementReason::Advertised => Tone::Good,
        AdvertisementReason::Pending => Tone::Warning,
        _ => Tone::Bad,
    }
}

/// What the peer was sent, in the order of an UPDATE's attributes.
fn sent_words(sent: &SentAttributes) -> String {
    let SentAttributes {
        origin: _, // always igp
        as_path,
        next_hop,
        med,
        local_pref,
        communities,
        large_communities,
        depreferred,
    } = sent;
    let list = |values: &[String]| (!values.is_empty()).then(|| values.join(","));
    let number = |value: Option<u32>| value.map(|value| value.to_string());
    let values = [
        ("next-hop", Some(next_hop.clone())),
        ("as-path", (!as_path.is_empty()).then(|| as_path.clone())),
        ("med", number(*med)),
        ("local-pref", number(*local_pref)),
        ("community", list(communities)),
        ("large-community", list(large_communities)),
    ];
    let mut words: Vec<_> = values
        .into_iter()
        .filter_map(|(key, value)| value.map(|value| format!("{key} {value}")))
        .collect();
    if *depreferred {
        words.push("de-preferred".to_owned());
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::commands::samples;

    #[test]
    fn the_answer_stands_first_and_the_reasons_follow() {
        assert_snapshot!(text(&samples::explanation(), Screen::PLAIN));
    }

    #[test]
    fn it_fits_a_terminal_of_80_columns() {
        let screen = Screen {
            width: Some(80),
            colour: false,
        };
        let text = text(&samples::explanation(), screen);
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        assert_snapshot!(text);
    }

    #[test]
    fn a_prefix_that_nobody_wants_is_answered_with_how_to_announce_it() {
        let explanation = Explanation {
            claims: vec![],
            ..samples::explanation()
        };
        let text = text(&explanation, Screen::PLAIN);
        assert!(
            text.starts_with("Nobody wants 192.0.2.10/32: `bellctl announce"),
            "{text}"
        );
    }

    #[test]
    fn the_json_has_every_field_of_the_message() {
        let document = output::document(Format::Json, &samples::explanation());
        assert_snapshot!(document.unwrap().unwrap());
    }
}
