use bellwether_bgp::net::Prefix;
use bellwether_proto::v1;
use bellwether_proto::v1::speaker_server::Speaker;
use futures::stream::BoxStream;
use prost::Message;
use tonic::{Request, Response, Status, Streaming};

use super::convert::refusal::invalid;
use super::convert::time::timestamp;
use super::convert::{owner, peer, route};
use super::{Identity, sync, watch};
use crate::model::Problems;
use crate::table::{
    Command, OwnerCommand, PeerView, RouteQuery, Summary, TableHandle, ViewCommand,
};

/// How many routes a page has, unless the client wants fewer or more.
const PAGE_ROUTES: u32 = 1000;
/// How many at most, whatever the client wants.
const MAX_PAGE_ROUTES: u32 = 10_000;
/// How many octets of routes a page has at most: clients refuse messages of more than four megabytes.
const MAX_PAGE_OCTETS: usize = 2 << 20;

/// The service. Holds nothing but the way to the table, and who the speaker is.
#[derive(Debug)]
pub(super) struct Service {
    table: TableHandle,
    identity: Identity,
}

impl Service {
    pub(super) fn new(table: TableHandle, identity: Identity) -> Self {
        Self { table, identity }
    }

    async fn view<T>(
        &self,
        view: impl FnOnce(crate::table::Reply<T>) -> ViewCommand,
    ) -> Result<T, Status> {
        Ok(self.table.ask(|reply| Command::View(view(reply))).await?)
    }
}

#[tonic::async_trait]
impl Speaker for Service {
    type SyncStream = BoxStream<'static, Result<v1::SyncResponse, Status>>;
    type WatchRoutesStream = BoxStream<'static, Result<v1::RouteEvent, Status>>;
    type WatchPeersStream = BoxStream<'static, Result<v1::PeerEvent, Status>>;

    async fn get_status(
        &self,
        request: Request<v1::GetStatusRequest>,
    ) -> Result<Response<v1::GetStatusResponse>, Status> {
        let v1::GetStatusRequest {} = request.into_inner();
        let summary = self.view(ViewCommand::Summary).await?;
        Ok(Response::new(status(&self.identity, summary)))
    }

    async fn sync(
        &self,
        request: Request<Streaming<v1::SyncRequest>>,
    ) -> Result<Response<Self::SyncStream>, Status> {
        let inbound = request.into_inner();
        let stream = sync::stream(inbound, self.table.clone(), self.identity.defaults);
        Ok(Response::new(stream))
    }

    async fn announce(
        &self,
        request: Request<v1::AnnounceRequest>,
    ) -> Result<Response<v1::ApplyResponse>, Status> {
        let v1::AnnounceRequest { owner, routes } = request.into_inner();
        let mut problems = Problems::default();
        let owner = owner::from_one_shot(&owner, &mut problems);
        let routes = route::from_proto(routes, "routes", &mut problems);
        let Some(owner) = owner.filter(|_| problems.is_empty()) else {
            return Err(invalid(&problems));
        };
        let announce = |reply| {
            Command::Owner(OwnerCommand::Announce {
                owner,
                routes,
                reply,
            })
        };
        let applied = self.table.ask(announce).await??;
        Ok(Response::new(route::applied(applied)))
    }

    async fn withdraw(
        &self,
        request: Request<v1::WithdrawRequest>,
    ) -> Result<Response<v1::ApplyResponse>, Status> {
        let v1::WithdrawRequest { owner, prefixes } = request.into_inner();
        let mut problems = Problems::default();
        let owner = owner::from_one_shot(&owner, &mut problems);
        let prefixes = route::prefixes(&prefixes, "prefixes", &mut problems);
        let Some(owner) = owner.filter(|_| problems.is_empty()) else {
            return Err(invalid(&problems));
        };
        let withdraw = |reply| {
            Command::Owner(OwnerCommand::Withdraw {
                owner,
                prefixes,
                reply,
            })
        };
        let applied = self.table.ask(withdraw).await??;
        Ok(Response::new(route::applied(applied)))
    }

    async fn list_routes(
        &self,
        request: Request<v1::ListRoutesRequest>,
    ) -> Result<Response<v1::ListRoutesResponse>, Status> {
        let query = route_query(request.into_inner())?;
        let only = query.prefix;
        let page = self.view(|reply| ViewCommand::Routes(query, reply)).await?;
        if let Some(prefix) = only.filter(|_| page.routes.is_empty()) {
            return Err(Status::not_found(format!("there is no route {prefix}")));
        }
        Ok(Response::new(route_page(page.routes, page.more)))
    }

    async fn watch_routes(
        &self,
        request: Request<v1::WatchRoutesRequest>,
    ) -> Result<Response<Self::WatchRoutesStream>, Status> {
        let v1::WatchRoutesRequest {} = request.into_inner();
        let ticket = self.view(ViewCommand::WatchRoutes).await?;
        Ok(Response::new(watch::routes(ticket, self.table.clone())))
    }

    async fn list_peers(
        &self,
        request: Request<v1::ListPeersRequest>,
    ) -> Result<Response<v1::ListPeersResponse>, Status> {
        let v1::ListPeersRequest { peer: only } = request.into_inner();
        let mut peers = self.view(ViewCommand::Peers).await?;
        if !only.is_empty() {
            peers.retain(|view| is_named(view, &only));
            if peers.is_empty() {
                let what = format!("peer: none has the name or the address {only:?}");
                return Err(Status::not_found(what));
            }
        }
        Ok(Response::new(v1::ListPeersResponse {
            peers: peers.into_iter().map(peer::to_proto).collect(),
        }))
    }

    async fn watch_peers(
        &self,
        request: Request<v1::WatchPeersRequest>,
    ) -> Result<Response<Self::WatchPeersStream>, Status> {
        let v1::WatchPeersRequest {} = request.into_inner();
        let ticket = self.view(ViewCommand::WatchPeers).await?;
        Ok(Response::new(watch::peers(ticket, self.table.clone())))
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

fn status(identity: &Identity, summary: Summary) -> v1::GetStatusResponse {
    let Summary {
        peers,
        established_peers,
        routes_ipv4,
        routes_ipv6,
        owners,
    } = summary;
    let Identity {
        defaults,
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
    }
}
