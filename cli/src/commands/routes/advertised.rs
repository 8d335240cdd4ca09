//! What one peer has of us now: the routes that it was sent, with the attributes as they were sent.

use std::time::Duration;

use bellwether_proto::v1::ExplainRequest;
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use tokio::time;
use tonic::Code;

use crate::connect::{Speaker, answer};
use crate::error::Error;
use crate::model::{Explanation, RouteState, SentAttributes};
use crate::output::{self, Format, Progress, Screen, Table, note};
use crate::prefix::Prefix;

/// So many explanations are under way at a time: one alone would wait for the network most of the time.
const UNDER_WAY: usize = 16;

/// How long to wait when the speaker has had enough requests for the moment.
const PAUSE: Duration = Duration::from_millis(200);

/// A route that the peer has.
#[derive(Serialize)]
struct Sent {
    route: RouteState,
    sent: Option<SentAttributes>,
}

/// Shows the routes of `owner` (`None`: of anybody), or only `prefix`, that `peer` has now.
///
/// # Errors
/// [`Error::NotFound`] if there is no such peer, or it does not have `prefix`.
pub(in crate::commands) async fn run(
    mut speaker: Speaker,
    format: Format,
    prefix: Option<Prefix>,
    owner: Option<String>,
    peer: String,
) -> Result<(), Error> {
    // Also where there is no route, a peer that is not there is an error.
    crate::commands::peers::list(&mut speaker, Some(peer.clone())).await?;
    let routes = super::list(&mut speaker, prefix, owner).await?;
    let progress = Progress::of(routes.len(), "routes looked at");
    let sent: Vec<Option<Sent>> = stream::iter(routes)
        .map(|route| look(&speaker, &peer, route))
        .buffered(UNDER_WAY)
        .inspect_ok(|_| progress.advance(1))
        .try_collect()
        .await?;
    drop(progress);
    let sent: Vec<Sent> = sent.into_iter().flatten().collect();
    if let (Some(prefix), true) = (prefix, sent.is_empty()) {
        return Err(Error::NotFound(format!(
            "{peer} does not have {prefix}: `bellctl explain {prefix} --peer {peer}` tells why"
        )));
    }
    if sent.is_empty() && format.is_text() {
        note(&format!("{peer} has no routes."));
        return Ok(());
    }
    output::show(format, &sent, |screen| table(&sent, screen))
}

/// `route` as `peer` was sent it; nothing if it was not.
async fn look(speaker: &Speaker, peer: &str, route: RouteState) -> Result<Option<Sent>, Error> {
    let request = ExplainRequest {
        prefix: route.route.prefix.clone(),
        peer: peer.to_owned(),
    };
    let mut speaker = speaker.clone();
    let response = loop {
        match answer(speaker.explain(request.clone())).await {
            Err(Error::Refused {
                code: Code::ResourceExhausted,
                ..
            }) => time::sleep(PAUSE).await,
            other => break other?,
        }
    };
    let explanation = Explanation::from(response);
    let advertised = explanation.peers.into_iter().find(|peer| peer.advertised);
    Ok(advertised.map(|explanation| Sent {
        route,
        sent: explanation.sent,
    }))
}

fn table(routes: &[Sent], screen: Screen) -> String {
    let mut table = Table::with_header([
        "PREFIX",
        "NEXT HOP",
        "LOCAL PREF",
        "MED",
        "COMMUNITIES",
        "LARGE COMMUNITIES",
        "AS PATH",
    ])
    .expendable(&["LARGE COMMUNITIES", "LOCAL PREF"]);
    let number = |value: Option<u32>| value.map(|value| value.to_string()).unwrap_or_default();
    for Sent { route, sent } in routes {
        let prefix = route.route.prefix.clone();
        let Some(SentAttributes {
            origin: _, // always igp
            as_path,
            next_hop,
            med,
            local_pref,
            communities,
            large_communities,
            depreferred: _, // the community says so
        }) = sent
        else {
            table.row([prefix]);
            continue;
        };
        table.row([
            prefix,
            next_hop.clone(),
            number(*local_pref),
            number(*med),
            communities.join(","),
            large_communities.join(","),
            as_path.clone(),
        ]);
    }
    table.render(screen)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::commands::samples;

    #[test]
    fn a_line_for_each_route_as_it_was_sent() {
        let explanation = samples::explanation();
        let sent = explanation.peers.into_iter().next().unwrap().sent;
        let routes = [Sent {
            route: samples::plain_route(),
            sent,
        }];
        assert_snapshot!(table(&routes, Screen::PLAIN));
    }
}
