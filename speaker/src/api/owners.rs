//! What owners want, said at once: the one-shot calls.

use bellwether_proto::v1;
use tonic::Status;

use super::convert::refusal::invalid;
use super::convert::{lease, owner, route};
use super::service::Service;
use crate::model::{Name, Problems};
use crate::table::{Command, OneShot, Options, OwnerCommand, ViewCommand};

impl Service {
    pub(super) async fn announce_routes(
        &self,
        request: v1::AnnounceRequest,
    ) -> Result<v1::ApplyResponse, Status> {
        let v1::AnnounceRequest {
            owner,
            routes,
            dry_run,
            expect_generation,
            lease,
        } = request;
        let mut problems = Problems::default();
        let routes = route::from_proto(routes, "routes", &mut problems);
        let options = options(dry_run, expect_generation, lease, &mut problems);
        self.one_shot(&owner, OneShot::Announce(routes), options, problems)
            .await
    }

    pub(super) async fn withdraw_routes(
        &self,
        request: v1::WithdrawRequest,
    ) -> Result<v1::ApplyResponse, Status> {
        let v1::WithdrawRequest {
            owner,
            prefixes,
            dry_run,
            expect_generation,
            lease,
        } = request;
        let mut problems = Problems::default();
        let prefixes = route::prefixes(&prefixes, "prefixes", &mut problems);
        let options = options(dry_run, expect_generation, lease, &mut problems);
        self.one_shot(&owner, OneShot::Withdraw(prefixes), options, problems)
            .await
    }

    pub(super) async fn replace_routes(
        &self,
        request: v1::ReplaceRequest,
    ) -> Result<v1::ApplyResponse, Status> {
        let v1::ReplaceRequest {
            owner,
            routes,
            dry_run,
            expect_generation,
            lease,
        } = request;
        let mut problems = Problems::default();
        let routes = route::from_proto(routes, "routes", &mut problems);
        let options = options(dry_run, expect_generation, lease, &mut problems);
        self.one_shot(&owner, OneShot::Replace(routes), options, problems)
            .await
    }

    async fn one_shot(
        &self,
        owner: &str,
        change: OneShot,
        options: Options,
        mut problems: Problems,
    ) -> Result<v1::ApplyResponse, Status> {
        let owner = self::owner(owner, &mut problems)?;
        let ask = |reply| {
            Command::Owner(OwnerCommand::OneShot {
                owner,
                change,
                options,
                reply,
            })
        };
        Ok(route::outcome(self.ask(ask).await??))
    }

    pub(super) async fn renew(
        &self,
        request: v1::RenewLeaseRequest,
    ) -> Result<v1::RenewLeaseResponse, Status> {
        let v1::RenewLeaseRequest { owner, lease } = request;
        let mut problems = Problems::default();
        let lease = lease::from_proto(lease, "lease", &mut problems);
        let owner = self::owner(&owner, &mut problems)?;
        let ask = |reply| {
            Command::Owner(OwnerCommand::Renew {
                owner,
                lease,
                reply,
            })
        };
        let owner = self.ask(ask).await??;
        Ok(v1::RenewLeaseResponse {
            owner: Some(owner::to_proto(owner)),
        })
    }

    pub(super) async fn owners(
        &self,
        request: v1::ListOwnersRequest,
    ) -> Result<v1::ListOwnersResponse, Status> {
        let v1::ListOwnersRequest { owner: only } = request;
        let mut owners = self.view(ViewCommand::Summary).await?.owners;
        if !only.is_empty() {
            owners.retain(|owner| owner.name.as_str() == only);
            if owners.is_empty() {
                let what = format!("owner: there is none with the name {only:?}");
                return Err(Status::not_found(what));
            }
        }
        Ok(v1::ListOwnersResponse {
            owners: owners.into_iter().map(owner::to_proto).collect(),
        })
    }
}

/// The owner of a call in which nothing else is wrong either.
fn owner(text: &str, problems: &mut Problems) -> Result<Name, Status> {
    let owner = owner::from_one_shot(text, problems);
    owner
        .filter(|_| problems.is_empty())
        .ok_or_else(|| invalid(problems))
}

fn options(
    dry_run: bool,
    expect_generation: Option<u64>,
    lease: Option<v1::Lease>,
    problems: &mut Problems,
) -> Options {
    Options {
        dry_run,
        expect_generation,
        lease: lease::from_proto(lease, "lease", problems),
    }
}
