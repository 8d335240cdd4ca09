use std::collections::VecDeque;
use std::future::Future;

use bellwether_bgp::net::Prefix;
use bellwether_proto::v1;
use futures::stream::{self, BoxStream, StreamExt};
use tonic::Status;

use super::convert::{peer, route};
use crate::model::Name;
use crate::table::{
    Batch, Command, Event, Events, Gone, PeerView, ResumeToken, RouteView, TableHandle,
    ViewCommand, WatchTicket,
};

/// The events of a watch of routes, for as long as somebody reads them.
pub(super) fn routes(
    ticket: WatchTicket,
    table: TableHandle,
) -> BoxStream<'static, Result<v1::RouteEvent, Status>> {
    events(ticket, route_event, move |id| {
        let table = table.clone();
        async move {
            let ask = |reply| Command::View(ViewCommand::RouteEvents(id, reply));
            table.ask(ask).await
        }
    })
}

/// As [`routes`].
pub(super) fn peers(
    ticket: WatchTicket,
    table: TableHandle,
) -> BoxStream<'static, Result<v1::PeerEvent, Status>> {
    events(ticket, peer_event, move |id| {
        let table = table.clone();
        async move {
            let ask = |reply| Command::View(ViewCommand::PeerEvents(id, reply));
            table.ask(ask).await
        }
    })
}

/// Asks for a batch when the last one was read. The ticket lives in the stream: who stops reading has stopped watching.
fn events<K, V, M, Asked>(
    ticket: WatchTicket,
    convert: fn(Event<K, V>, String) -> M,
    ask: impl Fn(crate::table::WatchId) -> Asked + Send + 'static,
) -> BoxStream<'static, Result<M, Status>>
where
    K: Send + 'static,
    V: Send + 'static,
    M: Send + 'static,
    Asked: Future<Output = Result<Batch<K, V>, Gone>> + Send + 'static,
{
    let start = Some((ticket, VecDeque::new(), ask));
    stream::unfold(start, move |state| async move {
        let (ticket, mut waiting, ask) = state?;
        if waiting.is_empty() {
            match ask(ticket.id).await {
                Ok(Ok(batch)) => waiting = with_token(batch),
                Ok(Err(evicted)) => return Some((Err(evicted.into()), None)),
                Err(gone) => return Some((Err(gone.into()), None)),
            }
        }
        let (event, token) = waiting.pop_front()?;
        let token = token.map_or_else(String::new, |token: ResumeToken| token.to_string());
        Some((Ok(convert(event, token)), Some((ticket, waiting, ask))))
    })
    .boxed()
}

/// Each event with the token of who has read it, if there is one.
fn with_token<K, V>(batch: Events<K, V>) -> VecDeque<(Event<K, V>, Option<ResumeToken>)> {
    let Events { events, token } = batch;
    let mut waiting: VecDeque<_> = events.into_iter().map(|event| (event, None)).collect();
    if let Some(last) = waiting.back_mut() {
        last.1 = token;
    }
    waiting
}

fn route_event(event: Event<Prefix, RouteView>, resume_token: String) -> v1::RouteEvent {
    let (kind, route) = match event {
        Event::Upsert(view) => (v1::EventType::Upsert, Some(route::to_proto(view))),
        Event::Delete(prefix) => (v1::EventType::Delete, Some(route::deleted(prefix))),
        Event::Synced => (v1::EventType::Synced, None),
        Event::Resumed => (v1::EventType::Resumed, None),
        Event::Snapshot => (v1::EventType::Snapshot, None),
    };
    v1::RouteEvent {
        r#type: kind.into(),
        route,
        resume_token,
    }
}

fn peer_event(event: Event<Name, PeerView>, resume_token: String) -> v1::PeerEvent {
    let (kind, peer) = match event {
        Event::Upsert(view) => (v1::EventType::Upsert, Some(peer::to_proto(view))),
        Event::Delete(name) => (v1::EventType::Delete, Some(peer::deleted(&name))),
        Event::Synced => (v1::EventType::Synced, None),
        Event::Resumed => (v1::EventType::Resumed, None),
        Event::Snapshot => (v1::EventType::Snapshot, None),
    };
    v1::PeerEvent {
        r#type: kind.into(),
        peer,
        resume_token,
    }
}
