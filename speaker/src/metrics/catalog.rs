//! All metrics, a row each.

use std::time::{Duration, SystemTime};

use bellwether_bgp::session::{MessageCounts, State};
use prometheus_client::metrics::histogram::Histogram;

use super::Snapshot;
use crate::check::Health;
use crate::peer::FaultCounts;
use crate::table::PeerView;

/// A metric: what it is called, what it means, and where its values are.
#[derive(Debug)]
pub(super) struct Metric {
    /// With the base unit. A counter is shown with `_total` after it.
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    /// The names of its labels.
    pub(super) labels: &'static [&'static str],
    pub(super) read: Read,
}

/// How the values of a metric are read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Read {
    Gauge(fn(&Snapshot) -> Vec<Sample<f64>>),
    /// Only grows, until the speaker or, of a peer's, the peer is started again.
    Counter(fn(&Snapshot) -> Vec<Sample<u64>>),
    Histogram(fn(&Snapshot) -> Histogram),
}

/// One value.
#[derive(Debug)]
pub(super) struct Sample<V> {
    /// As many as the metric has names for.
    pub(super) labels: Vec<String>,
    pub(super) value: V,
}

/// In the order in which they are shown.
pub(super) const CATALOG: &[Metric] = &[
    Metric {
        name: "bellwether_build_info",
        help: "The version that runs; always 1",
        labels: &["version"],
        read: Read::Gauge(|_| vec![one([env!("CARGO_PKG_VERSION").to_owned()], 1.0)]),
    },
    Metric {
        name: "bellwether_uptime_seconds",
        help: "Time since the speaker was started",
        labels: &[],
        read: Read::Gauge(|snapshot| vec![one([], snapshot.uptime.as_secs_f64())]),
    },
    Metric {
        name: "bellwether_session_up",
        help: "Whether the session with the peer is Established (1) or not (0)",
        labels: &["peer"],
        read: Read::Gauge(|snapshot| each_peer(snapshot, |view| f64::from(u8::from(is_up(view))))),
    },
    Metric {
        name: "bellwether_session_state",
        help: "The state of the session (RFC 4271 section 8.2.2); 1 for the one that it is in",
        labels: &["peer", "state"],
        read: Read::Gauge(|snapshot| {
            let peers = snapshot.measures.peers.iter();
            peers
                .map(|view| {
                    let state = view.status.state.to_string();
                    one([peer(view), state], 1.0)
                })
                .collect()
        }),
    },
    Metric {
        name: "bellwether_session_uptime_seconds",
        help: "Time since the session was Established; 0 while it is not",
        labels: &["peer"],
        read: Read::Gauge(|snapshot| {
            each_peer(snapshot, |view| {
                let since = view.status.since.filter(|_| is_up(view));
                since.map_or(0.0, |since| seconds(snapshot.now.duration_since(since)))
            })
        }),
    },
    Metric {
        name: "bellwether_session_flaps",
        help: "Established sessions that ended",
        labels: &["peer"],
        read: Read::Counter(|snapshot| {
            each_peer(snapshot, |view| {
                let up = u64::from(is_up(view));
                view.status.established_count.saturating_sub(up)
            })
        }),
    },
    Metric {
        name: "bellwether_session_last_error_timestamp_seconds",
        help: "When the last session, or the last try for one, ended, and why (Unix time)",
        labels: &["peer", "reason"],
        read: Read::Gauge(|snapshot| {
            let peers = snapshot.measures.peers.iter();
            peers
                .filter_map(|view| {
                    let (reason, at) = view.status.last_error.clone()?;
                    let at = seconds(at.duration_since(SystemTime::UNIX_EPOCH));
                    Some(one([peer(view), reason], at))
                })
                .collect()
        }),
    },
    Metric {
        name: "bellwether_session_required",
        help: "Whether readiness waits for the peer (1) or not (0)",
        labels: &["peer"],
        read: Read::Gauge(|snapshot| {
            each_peer(snapshot, |view| f64::from(u8::from(view.peer.required)))
        }),
    },
    Metric {
        name: "bellwether_session_messages",
        help: "BGP messages by direction (sent, received) and type",
        labels: &["peer", "direction", "type"],
        read: Read::Counter(messages),
    },
    Metric {
        name: "bellwether_session_bytes",
        help: "Octets of BGP on TCP by direction (sent, received)",
        labels: &["peer", "direction"],
        read: Read::Counter(|snapshot| {
            let peers = snapshot.measures.peers.iter();
            peers
                .flat_map(|view| {
                    let traffic = view.status.traffic;
                    [
                        ("sent", traffic.octets_sent),
                        ("received", traffic.octets_received),
                    ]
                    .map(|(way, value)| one([peer(view), way.to_owned()], value))
                })
                .collect()
        }),
    },
    Metric {
        name: "bellwether_session_hold_time_slack_seconds",
        help: "The least time that was left on the hold timer when the peer gave a sign of life, in this session",
        labels: &["peer"],
        read: Read::Gauge(|snapshot| {
            let peers = snapshot.measures.peers.iter();
            peers
                .filter_map(|view| {
                    let slack = view.status.traffic.hold_slack?;
                    Some(one([peer(view)], slack.as_secs_f64()))
                })
                .collect()
        }),
    },
    Metric {
        name: "bellwether_session_update_faults",
        help: "Faults in received UPDATEs, by what was done about them (RFC 7606)",
        labels: &["peer", "action"],
        read: Read::Counter(faults),
    },
    Metric {
        name: "bellwether_session_advertised_routes",
        help: "Routes that the peer has been given",
        labels: &["peer"],
        read: Read::Gauge(|snapshot| each_peer(snapshot, |view| count(view.advertised_routes))),
    },
    Metric {
        name: "bellwether_session_received_routes",
        help: "Routes that the peer announces to us, which are counted and not used",
        labels: &["peer"],
        read: Read::Gauge(|snapshot| {
            each_peer(snapshot, |view| count(view.status.received_routes))
        }),
    },
    Metric {
        name: "bellwether_routes",
        help: "Routes that are wanted, by family",
        labels: &["family"],
        read: Read::Gauge(|snapshot| {
            let summary = &snapshot.measures.summary;
            [
                ("ipv4-unicast", summary.routes_ipv4),
                ("ipv6-unicast", summary.routes_ipv6),
            ]
            .map(|(family, routes)| one([family.to_owned()], count(routes as u64)))
            .into()
        }),
    },
    Metric {
        name: "bellwether_owner_routes",
        help: "Routes that the owner wants",
        labels: &["owner"],
        read: Read::Gauge(|snapshot| {
            let owners = snapshot.measures.summary.owners.iter();
            owners
                .map(|owner| one([owner.name.to_string()], count(owner.routes as u64)))
                .collect()
        }),
    },
    Metric {
        name: "bellwether_owner_connected",
        help: "Whether the owner has a Sync stream open (1) or not (0)",
        labels: &["owner"],
        read: Read::Gauge(|snapshot| {
            let owners = snapshot.measures.summary.owners.iter();
            owners
                .map(|owner| {
                    let connected = f64::from(u8::from(owner.connected));
                    one([owner.name.to_string()], connected)
                })
                .collect()
        }),
    },
    Metric {
        name: "bellwether_update_groups",
        help: "Groups of peers that are sent the same octets",
        labels: &[],
        read: Read::Gauge(|snapshot| vec![one([], count(snapshot.measures.update_groups as u64))]),
    },
    Metric {
        name: "bellwether_update_log_bytes",
        help: "Octets of UPDATEs that are kept because a peer has not read them yet",
        labels: &[],
        read: Read::Gauge(|snapshot| vec![one([], count(snapshot.measures.log_octets as u64))]),
    },
    Metric {
        name: "bellwether_peers_behind",
        help: "Established peers that were not given everything yet",
        labels: &[],
        read: Read::Gauge(|snapshot| vec![one([], count(snapshot.measures.peers_behind as u64))]),
    },
    Metric {
        name: "bellwether_convergence_seconds",
        help: "Time from a change being accepted until it was given to the last Established peer",
        labels: &[],
        read: Read::Histogram(|snapshot| snapshot.measures.convergence.clone()),
    },
    Metric {
        name: "bellwether_api_requests",
        help: "Calls of the gRPC API, by method",
        labels: &["method"],
        read: Read::Counter(|snapshot| {
            let requests = snapshot.requests.iter();
            requests
                .map(|(method, count)| one([method.clone()], *count))
                .collect()
        }),
    },
    Metric {
        name: "bellwether_check_healthy",
        help: "Whether the health check lets its routes be announced (1) or not (0)",
        labels: &["check"],
        read: Read::Gauge(|snapshot| {
            let checks = snapshot.operation.checks.iter();
            checks
                .map(|check| {
                    let healthy = match check.health {
                        Health::Healthy => 1.0,
                        Health::Unhealthy | Health::Unknown => 0.0,
                    };
                    one([check.name.to_string()], healthy)
                })
                .collect()
        }),
    },
    Metric {
        name: "bellwether_check_transitions",
        help: "How often the health of the check changed",
        labels: &["check"],
        read: Read::Counter(|snapshot| {
            let checks = snapshot.operation.checks.iter();
            checks
                .map(|check| one([check.name.to_string()], check.transitions))
                .collect()
        }),
    },
    Metric {
        name: "bellwether_check_probes",
        help: "Probes of the check, by result (success, failure)",
        labels: &["check", "result"],
        read: Read::Counter(|snapshot| {
            let checks = snapshot.operation.checks.iter();
            checks
                .flat_map(|check| {
                    [("success", check.successes), ("failure", check.failures)].map(
                        |(result, value)| {
                            let labels = [check.name.to_string(), result.to_owned()];
                            one(labels, value)
                        },
                    )
                })
                .collect()
        }),
    },
    Metric {
        name: "bellwether_check_probe_duration_seconds",
        help: "How long the last probe of the check took",
        labels: &["check"],
        read: Read::Gauge(|snapshot| {
            let checks = snapshot.operation.checks.iter();
            checks
                .map(|check| one([check.name.to_string()], check.last_seconds))
                .collect()
        }),
    },
    Metric {
        name: "bellwether_config_reloads",
        help: "How often the configuration was read again, by result (success, failure)",
        labels: &["result"],
        read: Read::Counter(|snapshot| {
            let reloads = &snapshot.operation.reloads;
            [
                ("success", reloads.successes),
                ("failure", reloads.failures),
            ]
            .map(|(result, value)| one([result.to_owned()], value))
            .into()
        }),
    },
    Metric {
        name: "bellwether_config_last_reload_successful",
        help: "Whether the file as it was last read is in force (1) or was refused (0)",
        labels: &[],
        read: Read::Gauge(|snapshot| {
            let refused = snapshot.operation.reloads.last == Some(false);
            vec![one([], if refused { 0.0 } else { 1.0 })]
        }),
    },
];

fn messages(snapshot: &Snapshot) -> Vec<Sample<u64>> {
    let mut samples = Vec::new();
    for view in &snapshot.measures.peers {
        for (way, counts) in [
            ("sent", view.status.sent),
            ("received", view.status.received),
        ] {
            let MessageCounts {
                open,
                update,
                notification,
                keepalive,
                route_refresh,
            } = counts;
            samples.extend(
                [
                    ("open", open),
                    ("update", update),
                    ("notification", notification),
                    ("keepalive", keepalive),
                    ("route-refresh", route_refresh),
                ]
                .map(|(kind, value)| one([peer(view), way.to_owned(), kind.to_owned()], value)),
            );
        }
    }
    samples
}

fn faults(snapshot: &Snapshot) -> Vec<Sample<u64>> {
    let peers = snapshot.measures.peers.iter();
    peers
        .flat_map(|view| {
            let FaultCounts {
                attribute_discard,
                treat_as_withdraw,
                session_reset,
            } = view.status.traffic.faults;
            [
                ("attribute-discard", attribute_discard),
                ("treat-as-withdraw", treat_as_withdraw),
                ("session-reset", session_reset),
            ]
            .map(|(action, value)| one([peer(view), action.to_owned()], value))
        })
        .collect()
}

fn each_peer<V>(snapshot: &Snapshot, value: impl Fn(&PeerView) -> V) -> Vec<Sample<V>> {
    let peers = snapshot.measures.peers.iter();
    peers.map(|view| one([peer(view)], value(view))).collect()
}

fn one<V, const N: usize>(labels: [String; N], value: V) -> Sample<V> {
    Sample {
        labels: labels.into(),
        value,
    }
}

fn peer(view: &PeerView) -> String {
    view.peer.name.to_string()
}

fn is_up(view: &PeerView) -> bool {
    view.status.state == State::Established
}

/// A clock that went back says nothing.
fn seconds(time: Result<Duration, std::time::SystemTimeError>) -> f64 {
    time.unwrap_or_default().as_secs_f64()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge is a floating-point number, exact up to 2^53"
)]
const fn count(value: u64) -> f64 {
    value as f64
}
