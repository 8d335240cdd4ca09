//! Our own speaker: routes by a `Sync` stream, the probe and churn by `Announce` and `Withdraw`.

use std::fmt::Write;
use std::mem;
use std::path::Path;

use anyhow::Result;
use bellwether_proto::v1::speaker_client::SpeakerClient;
use bellwether_proto::v1::sync_request::Message;
use bellwether_proto::v1::{
    AnnounceRequest, Route, RouteAttributes, SyncBegin, SyncChange, SyncCommit, SyncHello,
    SyncRequest, WithdrawRequest, sync_response,
};
use futures::FutureExt;
use futures::stream;
use tonic::Status;

use super::rpc::Rpc;
use super::{Churn, Daemon};
use crate::bench::namespace::Namespace;
use crate::bench::work::{Entry, Work};

const PROGRAM: &str = "/usr/local/bin/bellwether-speaker";
const CONFIG: &str = "/etc/bellwether/speaker.toml";
const SOCKET: &str = "/run/bellwether/speaker.sock";

/// Who wants the routes, the probe, and what churn makes of the routes. The smallest name decides.
const OWNER: &str = "work";
const PROBE_OWNER: &str = "probe";
const CHURN_OWNER: &str = "churn";

/// Routes in one message: some 200 KiB.
const CHUNK: usize = 4096;

pub(super) fn version(speaker: &Path) -> Result<String> {
    super::version_line(speaker, "--version")
}

pub(super) fn start(namespace: &Namespace, work: &Work, speaker: &Path) -> Result<Bellwether> {
    namespace.show(speaker, PROGRAM)?;
    namespace.write(CONFIG, &config(work))?;
    namespace.spawn(&[PROGRAM, "--config", CONFIG, "--log-level", "warn"])?;
    Ok(Bellwether {
        rpc: Rpc::unix(namespace, SOCKET)?,
        snapshot: snapshot(work),
        work: *work,
    })
}

fn config(work: &Work) -> String {
    let (asn, peer_asn, own) = (Work::ASN, Work::PEER_ASN, Work::ADDRESS);
    let mut text = format!(
        "asn = {asn}\nrouter-id = \"{own}\"\nlisten = [\"{own}:179\"]\n\
         [api]\nsocket = \"{SOCKET}\"\n"
    );
    for address in work.peer_addresses() {
        let _ = write!(
            text,
            "[[peers]]\nname = \"{address}\"\naddress = \"{address}\"\nasn = {peer_asn}\n\
             passive = true\n"
        );
    }
    text
}

pub(super) struct Bellwether {
    rpc: Rpc,
    /// Made before the clock runs.
    snapshot: Vec<SyncRequest>,
    work: Work,
}

impl Daemon for Bellwether {
    fn load(&mut self) -> Result<()> {
        let requests = stream::iter(mem::take(&mut self.snapshot));
        self.rpc.ask(|channel| {
            async move {
                let mut answers = SpeakerClient::new(channel)
                    .sync(requests)
                    .await?
                    .into_inner();
                while let Some(answer) = answers.message().await? {
                    if let Some(sync_response::Message::Applied(_)) = answer.message {
                        return Ok(());
                    }
                }
                Err(Status::aborted(
                    "the stream ended before the snapshot was applied",
                ))
            }
            .boxed()
        })
    }

    fn probe(&mut self, announced: bool) -> Result<()> {
        let owner = PROBE_OWNER.to_owned();
        self.rpc.ask(|channel| {
            let mut client = SpeakerClient::new(channel);
            async move {
                if announced {
                    let routes = vec![route(Work::PROBE_ENTRY)];
                    client
                        .announce(AnnounceRequest {
                            owner,
                            routes,
                            ..AnnounceRequest::default()
                        })
                        .await
                } else {
                    let prefixes = vec![format!("{}/32", Work::PROBE)];
                    client
                        .withdraw(WithdrawRequest {
                            owner,
                            prefixes,
                            ..WithdrawRequest::default()
                        })
                        .await
                }
            }
            .boxed()
        })?;
        Ok(())
    }

    fn churn(&mut self, namespace: &Namespace) -> Result<Box<dyn Churn>> {
        Ok(Box::new(BellwetherChurn {
            rpc: Rpc::unix(namespace, SOCKET)?,
            work: self.work,
        }))
    }
}

struct BellwetherChurn {
    rpc: Rpc,
    work: Work,
}

impl Churn for BellwetherChurn {
    fn change(&mut self, changed: bool) -> Result<()> {
        let request = AnnounceRequest {
            owner: CHURN_OWNER.to_owned(),
            routes: self.work.churned(changed).map(route).collect(),
            ..AnnounceRequest::default()
        };
        self.rpc.ask(|channel| {
            async move { SpeakerClient::new(channel).announce(request).await }.boxed()
        })?;
        Ok(())
    }
}

fn snapshot(work: &Work) -> Vec<SyncRequest> {
    let mut entries = work.entries();
    let mut requests = vec![
        Message::Hello(SyncHello {
            owner: OWNER.to_owned(),
            lease: None,
        }),
        Message::Begin(SyncBegin {}),
    ];
    loop {
        let routes: Vec<_> = entries.by_ref().take(CHUNK).map(route).collect();
        if routes.is_empty() {
            break;
        }
        requests.push(Message::Change(SyncChange {
            upsert_routes: routes,
            ..SyncChange::default()
        }));
    }
    requests.push(Message::Commit(SyncCommit { generation: 1 }));
    let request = |message| SyncRequest {
        message: Some(message),
    };
    requests.into_iter().map(request).collect()
}

fn route(entry: Entry) -> Route {
    let Entry { address, community } = entry;
    Route {
        prefix: format!("{address}/32"),
        attributes: Some(RouteAttributes {
            communities: vec![community.to_string()],
            ..RouteAttributes::default()
        }),
    }
}
