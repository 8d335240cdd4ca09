//! Two hosts, the network between them, and time.

use std::collections::BTreeMap;
use std::time::Duration;

use super::host::{Host, Side};
use super::link::{End, Link, LinkId, Parcel};
use crate::session::{Event, Input, Output, PeerConfig, Rng, Session};
use crate::time::Instant;

/// What goes wrong, from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing passes between the hosts for this long. TCP delivers it all afterwards.
    Cut(Duration),
    /// The side's system takes no octets for sending for this long, as if the other side had
    /// stopped reading.
    Stall(Side, Duration),
    /// Every connection is reset.
    Reset,
    /// Nobody listens on the side for this long.
    Refuse(Side, Duration),
    /// The side forgets everything without a word, and starts anew after this long.
    PowerLoss(Side, Duration),
    /// The side's connections end, and the other side is not told.
    HalfOpen(Side),
}

/// What is to happen at a time.
#[derive(Debug)]
pub(super) enum Happening {
    /// A parcel arrives at the side's end of a link.
    Arrival(LinkId, Side, Parcel),
    /// The side's system has taken octets for sending.
    Taken(LinkId, Side),
    /// The side has power again.
    Boot(Side),
}

/// Two sessions and what is between them.
#[derive(Debug)]
pub struct World {
    pub(super) now: Instant,
    pub(super) rng: Rng,
    left: Host,
    right: Host,
    pub(super) links: Vec<Link>,
    /// In the order of time; what is to happen at the same time, in the order in which it was
    /// caused.
    agenda: BTreeMap<(Instant, u64), Happening>,
    next_happening: u64,
    cut_until: Instant,
    pub(super) delay: (Duration, Duration),
    trace: Vec<String>,
}

impl World {
    /// Two hosts that have not started, 0.1 to 50 ms apart.
    #[must_use]
    pub fn new(left: PeerConfig, right: PeerConfig, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        Self {
            now: Instant::default(),
            left: Host::new(left, rng.next_u64()),
            right: Host::new(right, rng.next_u64()),
            rng,
            links: Vec::new(),
            agenda: BTreeMap::new(),
            next_happening: 0,
            cut_until: Instant::default(),
            delay: (Duration::from_micros(100), Duration::from_millis(50)),
            trace: Vec::new(),
        }
    }

    /// How long a parcel travels, from the shortest to the longest time.
    pub fn set_delay(&mut self, shortest: Duration, longest: Duration) {
        self.delay = (shortest, longest);
    }

    /// Starts both sessions.
    pub fn start(&mut self) {
        for side in Side::BOTH {
            self.command(side, Input::Start);
        }
    }

    /// Tells a session what its operator, or its driver, wants.
    pub fn command(&mut self, side: Side, input: Input<'_>) {
        self.handle(side, input);
    }

    /// Makes something go wrong.
    pub fn inject(&mut self, fault: Fault) {
        self.note(format!("{fault:?}"));
        match fault {
            Fault::Cut(time) => self.cut_until = self.now + time,
            Fault::Stall(side, time) => self.host(side).stalled_until = self.now + time,
            Fault::Refuse(side, time) => self.host(side).refuses_until = self.now + time,
            Fault::Reset => Side::BOTH.into_iter().for_each(|side| {
                self.end_connections(side, "connection reset");
            }),
            Fault::HalfOpen(side) => self.end_connections(side, "connection timed out"),
            Fault::PowerLoss(side, time) => {
                for link in &mut self.links {
                    link.set_end(side, End::Dead);
                }
                let until = self.now + time;
                let seed = self.rng.next_u64();
                self.host(side).lose_power(seed, until);
                self.schedule(until, Happening::Boot(side));
            }
        }
    }

    /// Lets the world go on until nothing happens before `end`.
    pub fn run_until(&mut self, end: Instant) {
        self.run_while(end, |_| true);
    }

    /// Lets the world go on for at most `limit`, until both sessions are Established on one
    /// connection.
    pub fn run_until_established(&mut self, limit: Duration) -> bool {
        let end = self.now + limit;
        self.run_while(end, |world| !world.is_established());
        self.is_established()
    }

    /// Whether both sessions are Established, on the two ends of the same connection.
    #[must_use]
    pub fn is_established(&self) -> bool {
        let ends = |link: &Link| Side::BOTH.map(|side| link.end(side).id());
        let established = Side::BOTH.map(|side| self.session(side).established_connection());
        let same = |link: &Link| ends(link) == established;
        established.iter().all(Option::is_some) && self.links.iter().any(same)
    }

    /// How many connections have not ended on either side.
    #[must_use]
    pub fn connections(&self) -> usize {
        let live = |link: &&Link| {
            let ids = Side::BOTH.map(|side| link.end(side).id());
            ids.iter().any(Option::is_some)
        };
        self.links.iter().filter(live).count()
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The side's session.
    #[must_use]
    pub fn session(&self, side: Side) -> &Session {
        match side {
            Side::Left => &self.left.session,
            Side::Right => &self.right.session,
        }
    }

    /// What the side's session has told, and when; also before it lost power.
    #[must_use]
    pub fn events(&self, side: Side) -> &[(Instant, Event)] {
        match side {
            Side::Left => &self.left.events,
            Side::Right => &self.right.events,
        }
    }

    /// Everything that has happened, a line each.
    #[must_use]
    pub fn trace(&self) -> &[String] {
        &self.trace
    }

    /// Where a session has broken its contract: see [`super::Contract`].
    #[must_use]
    pub fn breaches(&self) -> Vec<String> {
        let both = self.left.breaches().chain(self.right.breaches());
        both.cloned().collect()
    }

    /// Serves what is to happen up to `end` while `go_on` says so. If it never said no, the time is
    /// `end` afterwards.
    fn run_while(&mut self, end: Instant, go_on: impl Fn(&Self) -> bool) {
        while go_on(self) {
            let happening = self.agenda.keys().next().map(|(at, _)| *at);
            let deadline = |side| self.session(side).deadline().map(|at| (at, side));
            let timeout = Side::BOTH.into_iter().filter_map(deadline).min();
            // Octets go before a deadline at the same time, as the run loop of a session wants it.
            match (happening, timeout) {
                (Some(at), _) if at <= end && timeout.is_none_or(|(due, _)| at <= due) => {
                    self.serve_next();
                }
                (_, Some((due, side))) if due <= end => {
                    self.now = self.now.max(due);
                    self.handle(side, Input::Timeout);
                }
                _ => {
                    self.now = end;
                    return;
                }
            }
        }
    }

    fn serve_next(&mut self) {
        let Some(((at, order), happening)) = self.agenda.pop_first() else {
            return;
        };
        let now = self.now.max(at);
        self.now = now;
        match happening {
            Happening::Boot(side) => {
                // Unless the power went again in the meantime.
                if now >= self.host(side).off_until {
                    self.handle(side, Input::Start);
                }
            }
            Happening::Taken(link, side) => {
                if let Some(id) = self.link(link).and_then(|link| link.end(side).id()) {
                    self.handle(side, Input::Sent(id));
                }
            }
            Happening::Arrival(link, to, parcel) => {
                let off_until = self.host(to).off_until;
                let blocked_until = self.cut_until.max(off_until);
                if now < blocked_until {
                    let later = Happening::Arrival(link, to, parcel);
                    // With the number it had, so that nothing overtakes it.
                    self.agenda.insert((blocked_until, order), later);
                } else {
                    self.arrive(link, to, parcel);
                }
            }
        }
    }

    pub(super) fn handle(&mut self, side: Side, input: Input<'_>) {
        self.note(format!("{side}: {input:?}"));
        let timeout = matches!(input, Input::Timeout);
        let now = self.now;
        let host = self.host(side);
        host.contract.input(&input);
        host.session.handle(now, input);
        self.drain(side);
        if timeout {
            let host = self.host(side);
            host.contract.timed_out(&host.session, now);
        }
    }

    pub(super) fn drain(&mut self, side: Side) {
        while let Some(output) = self.host(side).session.poll() {
            self.note(format!("{side}: {output:?}"));
            self.host(side).contract.output(&output);
            match output {
                Output::Connect(id) => {
                    let link = LinkId(self.links.len());
                    self.links.push(Link::dialled_by(side, id));
                    self.send(link, side, Parcel::Syn);
                }
                Output::Send(id, octets) => {
                    if let Some(link) = self.find(side, id) {
                        self.send(link, side, Parcel::Octets(octets));
                    }
                }
                Output::Close(id) => self.close(side, id),
                Output::Event(event) => {
                    let now = self.now;
                    self.host(side).events.push((now, event));
                }
            }
        }
        let host = self.host(side);
        host.contract.settled(&host.session);
    }

    pub(super) fn schedule(&mut self, at: Instant, happening: Happening) {
        self.agenda.insert((at, self.next_happening), happening);
        self.next_happening += 1;
    }

    pub(super) fn note(&mut self, what: String) {
        self.trace.push(format!("{} {what}", self.now));
    }

    pub(super) fn host(&mut self, side: Side) -> &mut Host {
        match side {
            Side::Left => &mut self.left,
            Side::Right => &mut self.right,
        }
    }
}
