//! What operators have done: which peers are shut down, and what is being drained.
//!
//! This only knows; [`TableTask::enforce`] makes it so, and can do so any number of times.

use std::collections::BTreeMap;

use bellwether_bgp::egress::{Export, PeerKey};
use bellwether_bgp::net::FamilySet;
use bellwether_bgp::time::Instant;
use tokio::sync::watch;
use tracing::info;

use super::TableTask;
use super::command::{Administrative, DrainView, OperatorCommand, TargetText};
use super::drain::{Drain, Phase};
use super::refusal::Refusal;
use super::standing::Standing;
use crate::clock::Now;
use crate::model::{DrainPlan, DrainTarget, Name};

/// How many clients may follow one drain.
const FOLLOWERS: usize = 64;

/// What operators have done and not taken back.
#[derive(Debug, Default)]
pub(super) struct Operator {
    /// With what the operator of the other side was told.
    shut_down: BTreeMap<Name, String>,
    drains: BTreeMap<DrainTarget, Followed>,
}

/// A drain, and who wants to know how it goes.
#[derive(Debug)]
struct Followed {
    drain: Drain,
    told: watch::Sender<DrainView>,
}

impl Operator {
    pub(super) fn drains(&self) -> Vec<DrainView> {
        let drains = self.drains.values();
        drains
            .map(|followed| followed.told.borrow().clone())
            .collect()
    }

    /// How an owner's routes stand, as far as drains go.
    pub(super) fn owner_standing(&self, owner: &Name) -> Standing {
        let drain = self.drains.get(&DrainTarget::Owner(owner.clone()));
        drain.map_or(Standing::Active, |followed| followed.drain.standing())
    }

    /// How that stands which a peer is sent.
    pub(super) fn peer_standing(&self, peer: &Name) -> Standing {
        let drains = self.of_peer(peer);
        drains.map(Drain::standing).max().unwrap_or_default()
    }

    pub(super) fn administrative(&self, peer: &Name) -> Administrative {
        if let Some(communication) = self.shut_down.get(peer) {
            return Administrative::ShutDown(communication.clone());
        }
        let drain = self.of_peer(peer).max_by_key(|drain| drain.standing());
        drain.map_or(Administrative::Enabled, |drain| {
            Administrative::Drained(drain.plan().communication.clone())
        })
    }

    /// Whether the peer is to have no session, and with which communication it ends.
    pub(super) fn held(&self, peer: &Name) -> Option<String> {
        let closing = || self.of_peer(peer).find(|drain| drain.closes());
        let shut_down = self.shut_down.get(peer).cloned();
        shut_down.or_else(|| Some(closing()?.plan().communication.clone()))
    }

    /// When a phase of a drain ends at the latest.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let drains = self.drains.values();
        drains
            .filter_map(|followed| followed.drain.deadline())
            .min()
    }

    fn of_peer(&self, peer: &Name) -> impl Iterator<Item = &Drain> {
        let targets = [DrainTarget::All, DrainTarget::Peer(peer.clone())];
        let drains = targets.into_iter();
        drains.filter_map(|target| Some(&self.drains.get(&target)?.drain))
    }
}

impl TableTask {
    pub(super) fn handle_operator(&mut self, command: OperatorCommand, now: Now) {
        // Whoever has gone does not want to know any more.
        match command {
            OperatorCommand::ResetPeer {
                peer,
                communication,
                reply,
            } => {
                let found = self.peers.find(&peer);
                let reset = found.map(|name| self.sessions.reset(name, communication));
                let _ = reply.send(reset);
            }
            OperatorCommand::ShutdownPeer {
                peer,
                communication,
                reply,
            } => {
                let _ = reply.send(self.shut_down(&peer, communication, now));
            }
            OperatorCommand::EnablePeer { peer, reply } => {
                let _ = reply.send(self.enable(&peer, now));
            }
            OperatorCommand::Drain {
                target,
                plan,
                reply,
            } => {
                let target = self.target(target);
                let begun = target.and_then(|target| self.drain(target, plan, now));
                let _ = reply.send(begun);
            }
            OperatorCommand::Undrain { target, reply } => {
                let target = self.target(target);
                let _ = reply.send(target.and_then(|target| self.undrain(&target, now)));
            }
        }
    }

    fn shut_down(&mut self, peer: &str, communication: String, now: Now) -> Result<(), Refusal> {
        let name = self.peers.find(peer)?.clone();
        info!(peer = %name, communication, "shut down by an operator");
        let known = self.operator.shut_down.entry(name.clone());
        known.or_insert(communication);
        self.reconcile(now);
        self.peer_watchers.mark(&[name]);
        Ok(())
    }

    fn enable(&mut self, peer: &str, now: Now) -> Result<(), Refusal> {
        let name = self.peers.find(peer)?.clone();
        if self.operator.shut_down.remove(&name).is_some() {
            info!(peer = %name, "enabled by an operator");
            self.reconcile(now);
            self.peer_watchers.mark(&[name]);
        }
        Ok(())
    }

    fn target(&self, target: TargetText) -> Result<DrainTarget, Refusal> {
        match target {
            TargetText::All => Ok(DrainTarget::All),
            TargetText::Owner(name) if self.knows(&name) => Ok(DrainTarget::Owner(name)),
            TargetText::Owner(name) => Err(Refusal::NoSuchOwner(name)),
            TargetText::Peer(text) => {
                let found = self.peers.find(&text);
                found.map(|name| DrainTarget::Peer(name.clone()))
            }
        }
    }

    fn knows(&self, owner: &Name) -> bool {
        self.owners.get(owner).is_some() || *owner == Name::config()
    }

    pub(super) fn drain(
        &mut self,
        target: DrainTarget,
        plan: DrainPlan,
        now: Now,
    ) -> Result<watch::Receiver<DrainView>, Refusal> {
        if let Some(followed) = self.operator.drains.get(&target) {
            if followed.told.receiver_count() >= FOLLOWERS {
                return Err(Refusal::TooManyFollowers { limit: FOLLOWERS });
            }
            return Ok(followed.told.subscribe());
        }
        info!(%target, wait = ?plan.wait, "drain begins");
        let drain = Drain::begin(target.clone(), plan, now);
        let (told, follower) = watch::channel(self.drain_view(&target, &drain));
        let followed = Followed { drain, told };
        self.operator.drains.insert(target.clone(), followed);
        self.enforce(&target, now);
        Ok(follower)
    }

    fn undrain(&mut self, target: &DrainTarget, now: Now) -> Result<(), Refusal> {
        let Some(mut followed) = self.operator.drains.remove(target) else {
            return Err(Refusal::NotDrained(target.clone()));
        };
        info!(%target, "drain is taken back");
        followed.drain.take_back(now);
        let view = self.drain_view(target, &followed.drain);
        followed.told.send_replace(view);
        self.enforce(target, now);
        Ok(())
    }

    /// Lets drains go on that can, and tells who follows them.
    pub(super) fn advance_drains(&mut self, now: Now) {
        let targets: Vec<DrainTarget> = self.operator.drains.keys().cloned().collect();
        for target in targets {
            while self.advance(&target, now) {
                self.enforce(&target, now);
            }
        }
    }

    /// Whether the drain has come to another phase.
    fn advance(&mut self, target: &DrainTarget, now: Now) -> bool {
        let Some(mut followed) = self.operator.drains.remove(target) else {
            return false;
        };
        let before = self.drain_view(target, &followed.drain);
        let done = before.peers_done >= before.peers_total;
        let stepped = followed.drain.step(done, now);
        let view = match stepped {
            true => self.drain_view(target, &followed.drain),
            false => before,
        };
        if stepped {
            info!(%target, phase = ?view.phase, "drain");
        }
        followed.told.send_if_modified(|told| {
            let news = *told != view;
            *told = view;
            news
        });
        self.operator.drains.insert(target.clone(), followed);
        stepped
    }

    fn drain_view(&self, target: &DrainTarget, drain: &Drain) -> DrainView {
        let (since, until) = drain.times();
        let (peers_done, peers_total) = self.told_peers(target, drain.phase());
        DrainView {
            target: target.clone(),
            phase: drain.phase(),
            since,
            until,
            peers_done,
            peers_total,
            communication: drain.plan().communication.clone(),
        }
    }

    /// Of the peers that a phase concerns, those that are where it wants them.
    fn told_peers(&self, target: &DrainTarget, phase: Phase) -> (u32, u32) {
        let concerns = |name: &Name| match target {
            DrainTarget::All | DrainTarget::Owner(_) => true,
            DrainTarget::Peer(peer) => peer == name,
        };
        let (mut done, mut total) = (0, 0);
        if phase == Phase::Closing {
            for (name, _) in self.peers.iter().filter(|(name, _)| concerns(name)) {
                total += 1;
                done += u32::from(!self.sessions.is_running(name));
            }
            return (done, total);
        }
        for (_, key) in self.sessions.keys().filter(|(name, _)| concerns(name)) {
            total += 1;
            done += u32::from(self.sessions.has_everything(key));
        }
        (done, total)
    }

    /// Makes what a drain concerns as the drains want it.
    fn enforce(&mut self, target: &DrainTarget, now: Now) {
        if let DrainTarget::Owner(owner) = target {
            self.place_owner(owner, now);
            return;
        }
        let keys = self.sessions.keys();
        let keys: Vec<(Name, PeerKey)> = keys.map(|(name, key)| (name.clone(), key)).collect();
        for (name, key) in keys {
            if let Some(export) = self.joined.get(&key) {
                let export = self.as_it_stands(&name, export.clone());
                self.desired.table_mut().change_export(key, export);
            }
        }
        self.sessions.feed_all(self.desired.table_mut());
        self.reconcile(now);
        let names: Vec<Name> = match target {
            DrainTarget::Peer(name) => vec![name.clone()],
            DrainTarget::All | DrainTarget::Owner(_) => {
                self.peers.iter().map(|(name, _)| name.clone()).collect()
            }
        };
        self.peer_watchers.mark(&names);
    }

    /// What a peer is to be sent, as the drains want it.
    pub(super) fn as_it_stands(&self, peer: &Name, export: Export) -> Export {
        match self.operator.peer_standing(peer) {
            Standing::Active => export,
            Standing::Depreferred => Export {
                depreferred: Some(self.settings.prepend),
                ..export
            },
            Standing::Withdrawn => Export {
                families: FamilySet::EMPTY,
                ..export
            },
        }
    }

    /// How an owner's routes stand, by its lease and by drains.
    pub(super) fn standing_of(&self, owner: &Name) -> Standing {
        let lease = self.owners.get(owner).map(|known| known.standing());
        let drain = self.operator.owner_standing(owner);
        drain.max(lease.unwrap_or_default())
    }

    pub(super) fn place_owner(&mut self, owner: &Name, now: Now) {
        let standing = self.standing_of(owner);
        if self.desired.place(owner, standing, now.wall) {
            self.sessions.feed_all(self.desired.table_mut());
        }
    }

    pub(super) fn reconcile(&mut self, now: Now) {
        let operator = &self.operator;
        let held = |name: &Name| operator.held(name);
        self.sessions.reconcile(&self.peers, held, now.wall);
    }
}
