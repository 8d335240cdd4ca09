use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bellwether_bgp::session::State;

use super::*;
use crate::check::Health;
use crate::model::{Name, test_peer};
use crate::operate::{CheckStatus, Operation};
use crate::peer::PeerStatus;
use crate::table::{Administrative, Measures, OwnerView, PeerView, Standing, Summary};
use prometheus_client::metrics::histogram::Histogram;

const NOW: Duration = Duration::from_secs(1_000);

/// One of everything.
fn snapshot() -> Snapshot {
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let mut status = PeerStatus::idle(Some(at(400)));
    status.state = State::Established;
    status.established_count = 3;
    status.last_error = Some(("the hold timer \"ran\" out".to_owned(), at(390)));
    status.sent.update = 7;
    status.traffic.hold_slack = Some(Duration::from_millis(60_500));
    status.traffic.faults.treat_as_withdraw = 2;
    let peer = PeerView {
        peer: Arc::new(test_peer("tor1", "10.0.0.254")),
        owner: Name::config(),
        status,
        advertised_routes: 5,
        administrative: Administrative::Enabled,
        synchronized: true,
    };
    let owner = OwnerView {
        name: Name::cli(),
        generation: 1,
        routes: 5,
        peers: 0,
        connected: false,
        lease: None,
        lease_expires: None,
        lease_expired: false,
        standing: Standing::Active,
        last_heard: None,
    };
    let check = CheckStatus {
        name: "dns".parse().unwrap(),
        health: Health::Healthy,
        successes: 12,
        failures: 1,
        transitions: 1,
        last_seconds: 0.25,
    };
    Snapshot {
        now: SystemTime::UNIX_EPOCH + NOW,
        uptime: NOW,
        measures: Measures {
            summary: Summary {
                peers: 1,
                established_peers: 1,
                routes_ipv4: 4,
                routes_ipv6: 1,
                owners: vec![owner],
                drains: Vec::new(),
            },
            peers: vec![peer],
            update_groups: 1,
            log_octets: 64,
            peers_behind: 0,
            convergence: Histogram::new([0.1]),
        },
        operation: Operation {
            checks: vec![check],
            ..Operation::default()
        },
        requests: vec![("Announce".to_owned(), 9)],
    }
}

fn lines() -> Vec<String> {
    let text = text(snapshot()).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_session_can_be_read_from_its_metrics() {
    let lines = lines();
    for expected in [
        "bellwether_session_up{peer=\"tor1\"} 1.0",
        "bellwether_session_state{peer=\"tor1\",state=\"Established\"} 1.0",
        "bellwether_session_uptime_seconds{peer=\"tor1\"} 600.0",
        "bellwether_session_flaps_total{peer=\"tor1\"} 2",
        "bellwether_session_last_error_timestamp_seconds{peer=\"tor1\",\
         reason=\"the hold timer \\\"ran\\\" out\"} 390.0",
        "bellwether_session_messages_total{peer=\"tor1\",direction=\"sent\",type=\"update\"} 7",
        "bellwether_session_hold_time_slack_seconds{peer=\"tor1\"} 60.5",
        "bellwether_session_update_faults_total{peer=\"tor1\",action=\"treat-as-withdraw\"} 2",
        "bellwether_session_advertised_routes{peer=\"tor1\"} 5.0",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{lines:#?}");
    }
}

#[test]
fn the_rest_of_the_speaker_can_be_read_too() {
    let lines = lines();
    for expected in [
        "bellwether_routes{family=\"ipv4-unicast\"} 4.0",
        "bellwether_owner_routes{owner=\"cli\"} 5.0",
        "bellwether_update_log_bytes 64.0",
        "bellwether_api_requests_total{method=\"Announce\"} 9",
        "bellwether_check_healthy{check=\"dns\"} 1.0",
        "bellwether_check_probes_total{check=\"dns\",result=\"failure\"} 1",
        "bellwether_config_last_reload_successful 1.0",
        "bellwether_convergence_seconds_count 0",
        "# EOF",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{lines:#?}");
    }
}

#[test]
fn every_sample_has_as_many_labels_as_its_metric_names() {
    let snapshot = snapshot();
    for metric in CATALOG {
        let lengths: Vec<usize> = match metric.read {
            Read::Gauge(read) => read(&snapshot).iter().map(|s| s.labels.len()).collect(),
            Read::Counter(read) => read(&snapshot).iter().map(|s| s.labels.len()).collect(),
            Read::Histogram(_) => continue,
        };
        assert!(!lengths.is_empty(), "{} shows nothing", metric.name);
        for length in lengths {
            assert_eq!(length, metric.labels.len(), "{}", metric.name);
        }
    }
}

/// What `docs/metrics.md` says.
fn document() -> String {
    let mut text = "# Metrics of the speaker\n\n\
        `[metrics] listen` in the configuration file has the speaker serve them by HTTP under `/metrics`, in the text\n\
        format of OpenMetrics. Times are in seconds, sizes in octets.\n\n\
        | metric | type | labels | meaning |\n|---|---|---|---|\n"
        .to_owned();
    for metric in CATALOG {
        let (kind, suffix) = match metric.read {
            Read::Gauge(_) => ("gauge", ""),
            Read::Counter(_) => ("counter", "_total"),
            Read::Histogram(_) => ("histogram", ""),
        };
        let labels: Vec<String> = metric.labels.iter().map(|l| format!("`{l}`")).collect();
        writeln!(
            text,
            "| `{}{suffix}` | {kind} | {} | {} |",
            metric.name,
            labels.join(", "),
            metric.help
        )
        .unwrap();
    }
    text
}

/// `UPDATE_DOCS=1 cargo test -p bellwether-speaker` writes the file anew.
#[test]
fn the_documentation_lists_every_metric() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/metrics.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, document()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), document());
}
