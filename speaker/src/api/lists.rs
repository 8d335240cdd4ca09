//! What is there.

use bellwether_bgp::net::Prefix;
use bellwether_proto::v1;
use prost::Message;
use tonic::Status;

use super::Identity;
use super::convert::refusal::invalid;
use super::convert::time::timestamp;
use super::convert::{drain, explain, owner, peer, route};
use super::service::Service;
use crate::model::Problems;
use crate::table::{PeerView, ResumeToken, RouteQuery, Summary, ViewCommand};

/// How many routes a page has, unless the client wants fewer or more.
const PAGE_ROUTES: u32 = 1000;
/// How many at most, whatever the client wants.
const MAX_PAGE_ROUTES: u32 = 10_000;
/// How many octets of routes a page has at most: clients refuse messages of more than four megabytes.
const MAX_PAGE_OCTETS: usize = 2 << 20;

impl Service {
    pub(super) async fn routes(
        &self,
        request: v1::ListRoutesRequest,
    ) -> Result<v1::ListRoutesResponse, Status> {
        let query = route_query(request)?;
        let only = query.prefix;
        let page = self.view(|reply| ViewCommand::Routes(query, reply)).await?;
        if let Some(prefix) = only.filter(|_| page.routes.is_empty()) {
            return Err(Status::not_found(format!("there is no route {prefix}")));
        }
        Ok(route_page(page.routes, page.more))
    }

    pub(super) async fn peers(
        &self,
        request: v1::ListPeersRequest,
    ) -> Result<v1::ListPeersResponse, Status> {
        let v1::ListPeersRequest { peer: only } = request;
        let mut peers = self.view(ViewCommand::Peers).await?;
        if !only.is_empty() {
            peers.retain(|view| is_named(view, &only));
            if peers.is_empty() {
                let what = format!("peer: none has the name or the address {only:?}");
                return Err(Status::not_found(what));
            }
        }
        Ok(v1::ListPeersResponse {
            peers: peers.into_iter().map(peer::to_proto).collect(),
        })
    }

    pub(super) async fn explanation(
        &self,
        request: v1::ExplainRequest,
    ) -> Result<v1::ExplainResponse, Status> {
        let v1::ExplainRequest { prefix, peer } = request;
        let mut problems = Problems::default();
        let prefix = problems.check("prefix", prefix.parse::<Prefix>());
        let Some(prefix) = prefix else {
            return Err(invalid(&problems));
        };
        let peer = Some(peer).filter(|peer| !peer.is_empty());
        let explain = |reply| ViewCommand::Explain(prefix, peer, reply);
        Ok(explain::to_proto(self.view(explain).await??))
    }
}

/// Where a watch goes on; an empty text is no token.
pub(super) fn resume(text: &str) -> Result<Option<ResumeToken>, Status> {
    if text.is_empty() {
        return Ok(None);
    }
    let mut problems = Problems::default();
    match problems.check("resume_token", text.parse()) {
        Some(token) => Ok(Some(token)),
        None => Err(invalid(&problems)),
    }
}

fn is_named(view: &PeerView, name: &str) -> bool {
    let address = name.parse().ok();
    view.peer.name.as_str() == name || Some(&view.peer.address) == address.as_ref()
}

fn route_query(request: v1::ListRoutesRequest) -> Result<RouteQuery, Status> {
    let v1::ListRoutesRequest {
        prefix,
        owner,
        page_size,
        page_token,
    } = request;
    let mut problems = Problems::default();
    let mut optional = |key: &str, text: String| {
        let text = Some(text).filter(|text| !text.is_empty())?;
        problems.check(key, text.parse::<Prefix>())
    };
    let prefix = optional("prefix", prefix);
    let after = optional("page_token", page_token);
    let owner = match owner.is_empty() {
        true => None,
        false => problems.check("owner", owner.parse()),
    };
    if !problems.is_empty() {
        return Err(invalid(&problems));
    }
    let limit = match page_size {
        0 => PAGE_ROUTES,
        size => size.min(MAX_PAGE_ROUTES),
    };
    Ok(RouteQuery {
        prefix,
        owner,
        after,
        limit: limit as usize,
    })
}

fn route_page(views: Vec<crate::table::RouteView>, more: bool) -> v1::ListRoutesResponse {
    let mut routes = Vec::new();
    let mut octets = 0;
    let mut last = None;
    let mut more = more;
    for view in views {
        let prefix = view.prefix;
        let route = route::to_proto(view);
        octets += route.encoded_len();
        if octets > MAX_PAGE_OCTETS && last.is_some() {
            more = true;
            break;
        }
        routes.push(route);
        last = Some(prefix);
    }
    let next = last.filter(|_| more).map(|prefix| prefix.to_string());
    v1::ListRoutesResponse {
        routes,
        next_page_token: next.unwrap_or_default(),
    }
}

pub(super) fn status(identity: &Identity, summary: Summary) -> v1::GetStatusResponse {
    let Summary {
        peers,
        established_peers,
        routes_ipv4,
        routes_ipv6,
        owners,
        drains,
    } = summary;
    let Identity {
        defaults,
        drain: _,
        listen,
        started,
    } = identity;
    v1::GetStatusResponse {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        asn: defaults.asn.number(),
        router_id: defaults.router_id.to_string(),
        started: Some(timestamp(*started)),
        listen: listen.iter().map(ToString::to_string).collect(),
        peers: u32::try_from(peers).unwrap_or(u32::MAX),
        established_peers: u32::try_from(established_peers).unwrap_or(u32::MAX),
        routes_ipv4: routes_ipv4 as u64,
        routes_ipv6: routes_ipv6 as u64,
        owners: owners.into_iter().map(owner::to_proto).collect(),
        drains: drains.into_iter().map(drain::to_proto).collect(),
    }
}
