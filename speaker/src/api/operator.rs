//! What operators do to sessions and drains.

use bellwether_proto::v1;
use futures::stream::{self, BoxStream, StreamExt};
use tokio::sync::watch;
use tonic::Status;

use super::convert::drain;
use super::convert::refusal::invalid;
use super::service::Service;
use crate::model::Problems;
use crate::table::{Command, DrainView, OperatorCommand, Refusal, Reply};

impl Service {
    pub(super) async fn reset(
        &self,
        request: v1::ResetPeerRequest,
    ) -> Result<v1::ResetPeerResponse, Status> {
        let v1::ResetPeerRequest {
            peer,
            communication,
        } = request;
        let communication = communication_of(communication)?;
        self.operate(|reply| OperatorCommand::ResetPeer {
            peer,
            communication,
            reply,
        })
        .await?;
        Ok(v1::ResetPeerResponse {})
    }

    pub(super) async fn shut_down(
        &self,
        request: v1::ShutdownPeerRequest,
    ) -> Result<v1::ShutdownPeerResponse, Status> {
        let v1::ShutdownPeerRequest {
            peer,
            communication,
        } = request;
        let communication = communication_of(communication)?;
        self.operate(|reply| OperatorCommand::ShutdownPeer {
            peer,
            communication,
            reply,
        })
        .await?;
        Ok(v1::ShutdownPeerResponse {})
    }

    pub(super) async fn enable(
        &self,
        request: v1::EnablePeerRequest,
    ) -> Result<v1::EnablePeerResponse, Status> {
        let v1::EnablePeerRequest { peer } = request;
        self.operate(|reply| OperatorCommand::EnablePeer { peer, reply })
            .await?;
        Ok(v1::EnablePeerResponse {})
    }

    pub(super) async fn begin_drain(
        &self,
        request: v1::DrainRequest,
    ) -> Result<BoxStream<'static, Result<v1::DrainProgress, Status>>, Status> {
        let mut problems = Problems::default();
        let (target, plan) = drain::from_proto(request, self.identity.drain, &mut problems);
        let Some(target) = target.filter(|_| problems.is_empty()) else {
            return Err(invalid(&problems));
        };
        let told = self.operate(|reply| OperatorCommand::Drain {
            target,
            plan,
            reply,
        });
        Ok(progress(told.await?))
    }

    pub(super) async fn end_drain(
        &self,
        request: v1::UndrainRequest,
    ) -> Result<v1::UndrainResponse, Status> {
        let v1::UndrainRequest { target } = request;
        let mut problems = Problems::default();
        let Some(target) = drain::target(target, &mut problems) else {
            return Err(invalid(&problems));
        };
        self.operate(|reply| OperatorCommand::Undrain { target, reply })
            .await?;
        Ok(v1::UndrainResponse {})
    }

    async fn operate<T>(
        &self,
        command: impl FnOnce(Reply<Result<T, Refusal>>) -> OperatorCommand,
    ) -> Result<T, Status> {
        let answer = self.ask(|reply| Command::Operator(command(reply))).await?;
        Ok(answer?)
    }
}

fn communication_of(text: String) -> Result<String, Status> {
    let mut problems = Problems::default();
    let text = drain::communication(text, &mut problems);
    match problems.is_empty() {
        true => Ok(text),
        false => Err(invalid(&problems)),
    }
}

/// How a drain goes: as it is now, then each time it changed since the client read the last answer, until its last phase.
fn progress(
    mut told: watch::Receiver<DrainView>,
) -> BoxStream<'static, Result<v1::DrainProgress, Status>> {
    told.mark_changed();
    stream::unfold(Some(told), |told| async {
        let mut told = told?;
        if told.changed().await.is_err() {
            let gone = crate::table::Gone;
            return Some((Err(gone.into()), None));
        }
        let view = told.borrow_and_update().clone();
        let goes_on = !drain::is_last(view.phase);
        Some((Ok(drain::to_proto(view)), goes_on.then_some(told)))
    })
    .boxed()
}
