use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures::StreamExt;
use futures::stream;
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use testbed::agent::{Answer, Outcome, Summary};
use tokio::net::TcpStream;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to: an address and port
    target: SocketAddr,
    /// How many requests
    #[arg(long, default_value_t = 100)]
    count: u32,
    /// How many at a time
    #[arg(long, default_value_t = 4)]
    concurrency: usize,
    /// Start one request each so many milliseconds instead of as fast as answers come
    #[arg(long, value_name = "MS")]
    every_ms: Option<u64>,
    /// Milliseconds after which a request has failed
    #[arg(long, default_value_t = 2000)]
    timeout_ms: u64,
    /// Print each request as a line of JSON, too
    #[arg(long)]
    each: bool,
}

/// Exits with an error if there was no answer at all.
pub(crate) async fn run(args: Args) -> Result<()> {
    let begin = Instant::now();
    let timeout = Duration::from_millis(args.timeout_ms);
    let mut outcomes = stream::iter(0..args.count)
        .map(|index| async move {
            if let Some(every_ms) = args.every_ms {
                let at = begin + Duration::from_millis(every_ms.saturating_mul(index.into()));
                tokio::time::sleep_until(at.into()).await;
            }
            request(args.target, begin, timeout).await
        })
        .buffer_unordered(args.concurrency.max(1));
    let mut summary = Summary::default();
    let mut failing: Option<(f64, f64)> = None;
    while let Some(outcome) = outcomes.next().await {
        if args.each {
            println!("{}", serde_json::to_string(&outcome)?);
        }
        if outcome.error.is_some() {
            let (first, last) = failing.unwrap_or((outcome.at_ms, outcome.at_ms));
            failing = Some((first.min(outcome.at_ms), last.max(outcome.at_ms)));
        }
        summary.add(outcome);
    }
    summary.failing_ms = failing.map_or(0.0, |(first, last)| last - first);
    println!("{}", serde_json::to_string(&summary)?);
    ensure!(
        summary.failed < summary.requests,
        "none of {} requests to {} was answered",
        summary.requests,
        args.target
    );
    Ok(())
}

async fn request(target: SocketAddr, begin: Instant, timeout: Duration) -> Outcome {
    let start = Instant::now();
    let answer = match tokio::time::timeout(timeout, ask(target)).await {
        Ok(answer) => answer.map_err(|error| format!("{error:#}")),
        Err(_) => Err(format!("no answer in {} ms", timeout.as_millis())),
    };
    let milliseconds = |duration: Duration| duration.as_secs_f64() * 1000.0;
    let (answer, error) = match answer {
        Ok(answer) => (Some(answer), None),
        Err(error) => (None, Some(error)),
    };
    let (pod, client) = answer.map(|answer| (answer.pod, answer.client)).unzip();
    Outcome {
        at_ms: milliseconds(start.duration_since(begin)),
        took_ms: milliseconds(start.elapsed()),
        pod,
        client,
        error,
    }
}

async fn ask(target: SocketAddr) -> Result<Answer> {
    let stream = TcpStream::connect(target).await.context("cannot connect")?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::get("/")
        .header("host", target.to_string())
        .body(Empty::<Bytes>::new())?;
    let body = sender.send_request(request).await?.into_body();
    let body = body.collect().await?.to_bytes();
    serde_json::from_slice(&body).context("the answer is not a pod's")
}
