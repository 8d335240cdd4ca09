//! One probe, from the question to its result.

use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use http_body_util::Empty;
use hyper::{Request, Uri, header};
use hyper_util::rt::TokioIo;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio_util::task::AbortOnDropHandle;

use super::{Check, Probe};
use crate::transport::words;

/// Asks once; it takes at most [`Check::timeout`]. Dropping the future ends the probe, and a command with all that it started.
///
/// # Errors
/// It failed: why.
pub(super) async fn probe(check: &Check) -> anyhow::Result<()> {
    let asked = async {
        match &check.probe {
            Probe::Command(argv) => command(argv).await,
            Probe::Tcp(address) => tcp(*address).await.map(drop),
            Probe::Http(url) => http(url).await,
        }
    };
    match tokio::time::timeout(check.timeout, asked).await {
        Ok(result) => result,
        Err(_) => bail!("no answer within {:?}", check.timeout),
    }
}

/// The process group of a command that has not been waited for: its id is nobody else's. Killed when it is dropped.
struct Group(Option<Pid>);

impl Group {
    /// The command has ended: its id may be another's soon.
    fn ended(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // ESRCH: all of it has ended.
            let _ = killpg(leader, Signal::SIGKILL);
        }
    }
}

async fn command(argv: &[String]) -> anyhow::Result<()> {
    let (program, arguments) = argv.split_first().context("there is no command")?;
    let mut child = Command::new(program)
        .args(arguments)
        .process_group(0)
        .kill_on_drop(true)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| anyhow::anyhow!("cannot run {program}: {}", words(&error)))?;
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    // Dropped before `child`, which is waited for only then.
    let mut group = Group(id.map(Pid::from_raw));
    let status = child.wait().await?;
    group.ended();
    ensure!(status.success(), "{}", outcome(status));
    Ok(())
}

fn outcome(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("the command exited with code {code}"),
        (None, Some(signal)) => format!("the command was ended by signal {signal}"),
        (None, None) => status.to_string(),
    }
}

async fn tcp(address: SocketAddr) -> anyhow::Result<TcpStream> {
    TcpStream::connect(address)
        .await
        .map_err(|error| anyhow::anyhow!("cannot connect to {address}: {}", words(&error)))
}

async fn http(url: &Uri) -> anyhow::Result<()> {
    let authority = url.authority().context("the URL names no host")?;
    let host = authority.host().trim_matches(['[', ']']);
    let port = authority.port_u16().unwrap_or(80);
    let stream = TcpStream::connect((host, port))
        .await
        .map_err(|error| anyhow::anyhow!("cannot connect to {authority}: {}", words(&error)))?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let _connection = AbortOnDropHandle::new(tokio::spawn(connection));
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::get(path)
        .header(header::HOST, authority.as_str())
        .header(header::USER_AGENT, "bellwether-speaker")
        .body(Empty::<Bytes>::new())?;
    let status = sender.send_request(request).await?.status();
    let good = status.is_success() || status.is_redirection();
    ensure!(good, "{url} answered {status}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    async fn ask(probe: Probe, timeout: Duration) -> Result<(), String> {
        let check = Check {
            name: "test".parse().unwrap(),
            probe,
            interval: Check::DEFAULT_INTERVAL,
            timeout,
            rise: Check::DEFAULT_RISE,
            fall: Check::DEFAULT_FALL,
        };
        let asked = super::probe(&check).await;
        asked.map_err(|error| error.to_string())
    }

    const LONG: Duration = Duration::from_secs(20);

    fn shell(script: &str) -> Probe {
        Probe::Command(["sh", "-c", script].map(str::to_owned).to_vec())
    }

    #[tokio::test]
    async fn a_command_succeeds_by_its_exit_code() {
        assert_eq!(ask(shell("exit 0"), LONG).await, Ok(()));
        let failed = ask(shell("exit 3"), LONG).await;
        assert_eq!(failed, Err("the command exited with code 3".to_owned()));
    }

    #[tokio::test]
    async fn a_command_that_is_not_there_is_named() {
        let probe = Probe::Command(vec!["/nowhere/to/be/found".to_owned()]);
        let expected = "cannot run /nowhere/to/be/found: No such file or directory";
        assert_eq!(ask(probe, LONG).await, Err(expected.to_owned()));
    }

    #[tokio::test]
    async fn a_command_that_hangs_is_killed_with_all_that_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let script = format!("sleep 1000 & echo $! >{}; wait", file.display());
        // Long enough for a shell to start on a busy machine.
        let begin = Instant::now();
        let failed = ask(shell(&script), Duration::from_secs(2)).await;
        assert_eq!(failed, Err("no answer within 2s".to_owned()));
        let pid = std::fs::read_to_string(file).unwrap();
        let alive = || {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
            stat.is_ok_and(|stat| !stat.contains(") Z "))
        };
        while alive() {
            assert!(begin.elapsed() < LONG, "process {pid} is still alive");
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_port_that_listens_is_good_and_one_that_does_not_is_not() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        assert_eq!(ask(Probe::Tcp(address), LONG).await, Ok(()));
        drop(listener);
        let failed = ask(Probe::Tcp(address), LONG).await.unwrap_err();
        assert_eq!(
            failed,
            format!("cannot connect to {address}: Connection refused")
        );
    }

    /// Asks a server that answers one request with this status; with what it was asked.
    async fn ask_http(status: &str) -> (Result<(), String>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let octets = stream.read(&mut request).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            request.truncate(octets);
            String::from_utf8(request).unwrap()
        });
        let url = format!("http://{address}/health?full").parse().unwrap();
        let asked = ask(Probe::Http(url), LONG).await;
        (asked, server.await.unwrap())
    }

    #[tokio::test]
    async fn a_url_is_good_by_its_status() {
        let (asked, request) = ask_http("204 No Content").await;
        assert_eq!(asked, Ok(()));
        assert!(
            request.starts_with("GET /health?full HTTP/1.1\r\n"),
            "{request}"
        );
        let (failed, _) = ask_http("503 Service Unavailable").await;
        assert!(
            failed
                .unwrap_err()
                .ends_with("answered 503 Service Unavailable")
        );
    }
}
