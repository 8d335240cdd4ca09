use bellwether_proto::v1;
use bellwether_proto::v1::speaker_server::Speaker;
use futures::stream::BoxStream;
use tonic::{Request, Response, Status, Streaming};

use super::convert::{drain, reload};
use super::{Identity, lists, sync, watch};
use crate::operate::ReloadHandle;
use crate::table::{Command, Gone, Reply, TableHandle, ViewCommand};

/// The service. Holds nothing but the ways to the table and to the operator, and who the speaker is.
#[derive(Debug)]
pub(super) struct Service {
    table: TableHandle,
    pub(super) identity: Identity,
    reload: ReloadHandle,
}

impl Service {
    pub(super) fn new(table: TableHandle, identity: Identity, reload: ReloadHandle) -> Self {
        Self {
            table,
            identity,
            reload,
        }
    }

    pub(super) async fn ask<T>(
        &self,
        command: impl FnOnce(Reply<T>) -> Command,
    ) -> Result<T, Gone> {
        self.table.ask(command).await
    }

    pub(super) async fn view<T>(
        &self,
        view: impl FnOnce(Reply<T>) -> ViewCommand,
    ) -> Result<T, Status> {
        Ok(self.ask(|reply| Command::View(view(reply))).await?)
    }
}

type Answers<T> = BoxStream<'static, Result<T, Status>>;

#[tonic::async_trait]
impl Speaker for Service {
    type SyncStream = Answers<v1::SyncResponse>;
    type WatchRoutesStream = Answers<v1::RouteEvent>;
    type WatchPeersStream = Answers<v1::PeerEvent>;
    type DrainStream = Answers<v1::DrainProgress>;

    async fn get_status(
        &self,
        request: Request<v1::GetStatusRequest>,
    ) -> Result<Response<v1::GetStatusResponse>, Status> {
        let v1::GetStatusRequest {} = request.into_inner();
        let summary = self.view(ViewCommand::Summary).await?;
        Ok(Response::new(lists::status(&self.identity, summary)))
    }

    async fn sync(
        &self,
        request: Request<Streaming<v1::SyncRequest>>,
    ) -> Result<Response<Self::SyncStream>, Status> {
        let inbound = request.into_inner();
        let stream = sync::stream(inbound, self.table.clone(), self.identity.defaults);
        Ok(Response::new(stream))
    }

    async fn watch_routes(
        &self,
        request: Request<v1::WatchRoutesRequest>,
    ) -> Result<Response<Self::WatchRoutesStream>, Status> {
        let v1::WatchRoutesRequest { resume_token } = request.into_inner();
        let resume = lists::resume(&resume_token)?;
        let watch = |reply| ViewCommand::WatchRoutes(resume, reply);
        let ticket = self.view(watch).await??;
        Ok(Response::new(watch::routes(ticket, self.table.clone())))
    }

    async fn watch_peers(
        &self,
        request: Request<v1::WatchPeersRequest>,
    ) -> Result<Response<Self::WatchPeersStream>, Status> {
        let v1::WatchPeersRequest { resume_token } = request.into_inner();
        let resume = lists::resume(&resume_token)?;
        let watch = |reply| ViewCommand::WatchPeers(resume, reply);
        let ticket = self.view(watch).await??;
        Ok(Response::new(watch::peers(ticket, self.table.clone())))
    }

    async fn drain(
        &self,
        request: Request<v1::DrainRequest>,
    ) -> Result<Response<Self::DrainStream>, Status> {
        let stream = self.begin_drain(request.into_inner()).await?;
        Ok(Response::new(stream))
    }

    async fn list_drains(
        &self,
        request: Request<v1::ListDrainsRequest>,
    ) -> Result<Response<v1::ListDrainsResponse>, Status> {
        let v1::ListDrainsRequest {} = request.into_inner();
        let drains = self.view(ViewCommand::Drains).await?;
        Ok(Response::new(v1::ListDrainsResponse {
            drains: drains.into_iter().map(drain::to_proto).collect(),
        }))
    }

    async fn reload(
        &self,
        request: Request<v1::ReloadRequest>,
    ) -> Result<Response<v1::ReloadResponse>, Status> {
        let v1::ReloadRequest { dry_run } = request.into_inner();
        let result = self.reload.reload(dry_run).await;
        Ok(Response::new(reload::to_proto(result, dry_run)?))
    }

    async fn announce(
        &self,
        request: Request<v1::AnnounceRequest>,
    ) -> Result<Response<v1::ApplyResponse>, Status> {
        let answer = self.announce_routes(request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn withdraw(
        &self,
        request: Request<v1::WithdrawRequest>,
    ) -> Result<Response<v1::ApplyResponse>, Status> {
        let answer = self.withdraw_routes(request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn replace(
        &self,
        request: Request<v1::ReplaceRequest>,
    ) -> Result<Response<v1::ApplyResponse>, Status> {
        let answer = self.replace_routes(request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn renew_lease(
        &self,
        request: Request<v1::RenewLeaseRequest>,
    ) -> Result<Response<v1::RenewLeaseResponse>, Status> {
        let answer = self.renew(request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn list_owners(
        &self,
        request: Request<v1::ListOwnersRequest>,
    ) -> Result<Response<v1::ListOwnersResponse>, Status> {
        let answer = self.owners(request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn list_routes(
        &self,
        request: Request<v1::ListRoutesRequest>,
    ) -> Result<Response<v1::ListRoutesResponse>, Status> {
        let answer = self.routes(request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn explain(
        &self,
        request: Request<v1::ExplainRequest>,
    ) -> Result<Response<v1::ExplainResponse>, Status> {
        let answer = self.explanation(request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn list_peers(
        &self,
        request: Request<v1::ListPeersRequest>,
    ) -> Result<Response<v1::ListPeersResponse>, Status> {
        let answer = self.peers(request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn reset_peer(
        &self,
        request: Request<v1::ResetPeerRequest>,
    ) -> Result<Response<v1::ResetPeerResponse>, Status> {
        let answer = self.reset(request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn shutdown_peer(
        &self,
        request: Request<v1::ShutdownPeerRequest>,
    ) -> Result<Response<v1::ShutdownPeerResponse>, Status> {
        let answer = self.shut_down(request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn enable_peer(
        &self,
        request: Request<v1::EnablePeerRequest>,
    ) -> Result<Response<v1::EnablePeerResponse>, Status> {
        let answer = self.enable(request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn undrain(
        &self,
        request: Request<v1::UndrainRequest>,
    ) -> Result<Response<v1::UndrainResponse>, Status> {
        let answer = self.end_drain(request.into_inner()).await?;
        Ok(Response::new(answer))
    }
}
