use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use testbed::agent::Answer;
use tokio::net::TcpListener;

pub(crate) async fn run(listen: SocketAddr, name: Option<String>) -> Result<()> {
    let name: Arc<str> = match name {
        Some(name) => name.into(),
        None => host_name()?.into(),
    };
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}"))?;
    loop {
        let (stream, client) = listener.accept().await?;
        let name = Arc::clone(&name);
        tokio::spawn(async move {
            let answer = service_fn(move |_: Request<Incoming>| {
                let name = Arc::clone(&name);
                async move { Ok::<_, Infallible>(answer(&name, client)) }
            });
            // A client that goes away in the middle is its own business.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), answer)
                .await;
        });
    }
}

fn answer(name: &str, client: SocketAddr) -> Response<Full<Bytes>> {
    let answer = Answer {
        pod: name.to_owned(),
        client: client.ip().to_canonical().to_string(),
    };
    let mut body = serde_json::to_vec(&answer).unwrap_or_default();
    body.push(b'\n');
    Response::new(Full::new(body.into()))
}

fn host_name() -> Result<String> {
    nix::unistd::gethostname()
        .context("cannot read the host name")?
        .into_string()
        .map_err(|name| anyhow::anyhow!("the host name {} is not UTF-8", name.display()))
}
