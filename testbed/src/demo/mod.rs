//! `cargo lab demo`: the main job, told step by step with what each step shows.

mod route_watch;
mod story;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use crate::Signal;
use crate::agent::Summary;
use crate::args::Demo;
use crate::labs::first_light::{FirstLight, NODES, SOON};
use crate::labs::router::{host_prefix, kernel_next_hops};
use crate::labs::web::{PODS, VIP_IPV4, Web, vips};
use crate::{binaries, image};
use route_watch::RouteWatch;
use story::Story;

/// The lab's name, also for `--keep`.
const LAB: &str = "demo";

/// Requests of each count of who answers.
const REQUESTS: u32 = 300;

/// What was seen; printed by `--json`. Times are in milliseconds and end when the router's kernel has the new route.
#[derive(Debug, Default, Serialize)]
struct Seen {
    /// From the last command of the lab's set-up to the last route.
    announced_ms: f64,
    /// Nodes over which the router's kernel spreads each address.
    next_hops: BTreeMap<IpAddr, BTreeSet<String>>,
    /// Requests to each address under externalTrafficPolicy Cluster, and under Local.
    cluster: BTreeMap<IpAddr, Summary>,
    local: BTreeMap<IpAddr, Summary>,
    /// From the manifest that takes a node's last pod to the next hop's end.
    withdrawn_ms: f64,
    /// From the node's death.
    node_death_ms: f64,
    /// Requests during the node's death.
    node_death: Summary,
    /// From SIGTERM to the speaker.
    shutdown_ms: f64,
}

/// Tells the story, and removes the lab unless it is to be kept.
///
/// # Errors
/// What was not seen, with the lab's state.
pub(crate) fn run(wanted: &Demo) -> Result<ExitCode> {
    let Demo { keep, json } = wanted;
    let story = Story::new(!json);
    story.title();
    binaries::build(image::ALL)?;
    let begin = Instant::now();
    let lab = FirstLight::deploy(LAB)?;
    story.step(&format!(
        "The lab is up: {} nodes, each a set of namespaces of this machine, in {:.1} s.",
        lab.lab().topology().nodes.len(),
        begin.elapsed().as_secs_f64()
    ));
    let mut seen = Seen::default();
    announced(&lab, &story, &mut seen)?;
    spread(&lab, &story, &mut seen)?;
    local(&lab, &story, &mut seen)?;
    withdrawn(&lab, &story, &mut seen)?;
    node_death(&lab, &story, &mut seen)?;
    shutdown(&lab, &story, &mut seen)?;
    if *keep {
        lab.into_lab().keep()?;
        story.kept(LAB);
    } else {
        lab.into_lab().down()?;
        story.step("All of that was seen. The lab is gone again, and nothing of it is left.");
    }
    if *json {
        say!("{}", serde_json::to_string_pretty(&seen)?);
    }
    Ok(ExitCode::SUCCESS)
}

fn announced(lab: &FirstLight, story: &Story, seen: &mut Seen) -> Result<()> {
    let begin = Instant::now();
    lab.wait_announced_by(&NODES)?;
    seen.announced_ms = milliseconds(begin.elapsed());
    story.step(
        "Each node's controller has read the Service from a manifest, programmed its kernel, and told the speaker, which \
         announces the addresses to both routers.",
    );
    story.show(lab.lab(), "n1", &["bellctl", "peers"])?;
    story.show(lab.lab(), "n1", &["bellctl", "routes"])?;
    story.step("BIRD has three paths to each address, and has given its kernel one route with three next hops (ECMP).");
    story.show(
        lab.lab(),
        "bird",
        &["birdc", "show", "route", &host_prefix(vips()[0])],
    )?;
    for vip in vips() {
        let family = if vip.is_ipv4() { "-4" } else { "-6" };
        story.show(
            lab.lab(),
            "bird",
            &["ip", family, "route", "show", &host_prefix(vip)],
        )?;
        seen.next_hops
            .insert(vip, kernel_next_hops(lab.lab(), vip)?);
    }
    story.step(
        "GoBGP sees the same, whoever connects: n1 to it, it to n2, and with n3 each to the other.",
    );
    story.show(lab.lab(), "gobgp", &["gobgp", "neighbor"])?;
    story.show(
        lab.lab(),
        "gobgp",
        &["gobgp", "global", "rib", "-a", "ipv4"],
    )
}

fn spread(lab: &FirstLight, story: &Story, seen: &mut Seen) -> Result<()> {
    story.step(&format!(
        "The client sends {REQUESTS} requests to each address, each on a connection of its own. Under externalTrafficPolicy \
         Cluster any node takes any pod; a pod on another node sees the node's address, one on the same node the client's."
    ));
    for vip in vips() {
        let summary = requests(lab, story, vip)?;
        for pod in PODS {
            ensure!(
                summary.pods.contains_key(&pod.to_string()),
                "{pod} has not answered on {vip}"
            );
        }
        seen.cluster.insert(vip, summary);
    }
    Ok(())
}

fn local(lab: &FirstLight, story: &Story, seen: &mut Seen) -> Result<()> {
    story.step("The Service changes to externalTrafficPolicy Local: a node takes only its own pods, and each pod sees the client.");
    lab.apply(&Web::everywhere("Local"))?;
    lab.lab().wait_until(SOON, "pods see only the client", || {
        let clients = lab.fetch(vips()[0], 60)?.clients;
        ensure!(clients.len() == 1, "pods see {clients:?}");
        anyhow::Ok(())
    })?;
    for vip in vips() {
        let summary = requests(lab, story, vip)?;
        ensure!(
            summary.clients.len() == 1,
            "pods have seen {:?}",
            summary.clients
        );
        seen.local.insert(vip, summary);
    }
    Ok(())
}

fn withdrawn(lab: &FirstLight, story: &Story, seen: &mut Seen) -> Result<()> {
    story.step("The pods of n3 go. It withdraws the addresses; the others keep them.");
    let watch = RouteWatch::begin(lab.lab())?;
    let moment = watch.now();
    lab.apply(&Web::on("Local", &[1, 2]))?;
    let took = watch.left(VIP_IPV4, "n3", moment)?;
    lab.wait_announced_by(&["n1", "n2"])?;
    story.time(
        "manifest written → n3 is no next hop of the router's kernel any more",
        took,
    );
    seen.withdrawn_ms = milliseconds(took);
    story.show(
        lab.lab(),
        "bird",
        &["ip", "route", "show", &host_prefix(vips()[0])],
    )?;
    story.step("They come back, and so does the next hop.");
    lab.apply(&Web::everywhere("Local"))?;
    lab.wait_announced_by(&NODES)?;
    story.show(
        lab.lab(),
        "bird",
        &["ip", "route", "show", &host_prefix(vips()[0])],
    )
}

fn node_death(lab: &FirstLight, story: &Story, seen: &mut Seen) -> Result<()> {
    story.step("n3 dies as by a power cut, while the client sends a request each 2 ms.");
    let watch = RouteWatch::begin(lab.lab())?;
    let load = lab.load(vips()[0], 1500, 2)?;
    let moment = watch.now();
    lab.lab().kill_node("n3")?;
    let took = watch.left(VIP_IPV4, "n3", moment)?;
    lab.wait_announced_by(&["n1", "n2"])?;
    let summary = load.finish()?;
    story.time(
        "n3 dead → it is no next hop of the router's kernel any more",
        took,
    );
    story.requests(&format!("{VIP_IPV4} during that"), &summary);
    story.show(
        lab.lab(),
        "bird",
        &["ip", "route", "show", &host_prefix(vips()[0])],
    )?;
    story.step("Requests go on over the others.");
    for vip in vips() {
        requests(lab, story, vip)?;
    }
    (seen.node_death_ms, seen.node_death) = (milliseconds(took), summary);
    Ok(())
}

fn shutdown(lab: &FirstLight, story: &Story, seen: &mut Seen) -> Result<()> {
    story.step("The speaker of n2 is asked to end (SIGTERM): it withdraws, tells its routers why, and ends.");
    let watch = RouteWatch::begin(lab.lab())?;
    let moment = watch.now();
    lab.lab()
        .signal("n2", "bellwether-speaker", Signal::SIGTERM)?;
    let took = watch.left(VIP_IPV4, "n2", moment)?;
    lab.wait_announced_by(&["n1"])?;
    story.time(
        "SIGTERM → n2 is no next hop of the router's kernel any more",
        took,
    );
    seen.shutdown_ms = milliseconds(took);
    let argv = ["birdc", "show", "protocols", "all", "n2_ipv4"];
    let said = lab.lab().output("bird", &argv)?;
    let error = said.lines().find(|line| line.contains("Last error:"));
    let error = error.context("BIRD tells of no error")?.trim();
    ensure!(
        error.contains("Administrative shutdown"),
        "BIRD says: {error}"
    );
    story.quote("bird", &argv, &[error]);
    Ok(())
}

fn requests(lab: &FirstLight, story: &Story, vip: IpAddr) -> Result<Summary> {
    let summary = lab.fetch(vip, REQUESTS)?;
    story.requests(&vip.to_string(), &summary);
    ensure!(
        summary.failed == 0,
        "{vip}: {} of {REQUESTS} failed: {:?}",
        summary.failed,
        summary.errors
    );
    Ok(summary)
}

fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
