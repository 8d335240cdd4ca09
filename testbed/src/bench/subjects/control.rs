//! The control sockets of BIRD and FRR: a line is sent, an answer comes back.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::bench::namespace::Namespace;

/// What a daemon has to answer one command.
const LIMIT: Duration = Duration::from_secs(120);

/// Connects to a Unix socket of the daemon, as soon as it listens.
fn connect(namespace: &Namespace, path: &str) -> Result<UnixStream> {
    let what = format!("the daemon listens on {path}");
    let stream = namespace.reach(&what, || UnixStream::connect(path))?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    Ok(stream)
}

/// As [`Read::read`]; the end of [`LIMIT`] is told as such.
fn read(stream: &mut UnixStream, into: &mut [u8]) -> Result<usize> {
    match stream.read(into) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            bail!("no answer within {LIMIT:?}")
        }
        done => Ok(done?),
    }
}

/// BIRD's: an answer is lines that begin with a code of four digits; a space behind the code marks
/// the last one.
pub(super) struct BirdControl {
    stream: UnixStream,
    received: Vec<u8>,
}

impl BirdControl {
    /// Connects, and reads the greeting.
    pub(super) fn connect(namespace: &Namespace, path: &str) -> Result<Self> {
        let mut control = Self {
            stream: connect(namespace, path)?,
            received: Vec::new(),
        };
        control.answer("connect")?;
        Ok(control)
    }

    /// Codes from 8000 on are errors.
    pub(super) fn ask(&mut self, command: &str) -> Result<()> {
        self.stream.write_all(format!("{command}\n").as_bytes())?;
        self.answer(command)
    }

    fn answer(&mut self, command: &str) -> Result<()> {
        loop {
            while let Some(end) = self.received.iter().position(|&octet| octet == b'\n') {
                let line: Vec<u8> = self.received.drain(..=end).collect();
                let line = String::from_utf8_lossy(&line);
                match bird_line(&line) {
                    BirdLine::More => {}
                    BirdLine::Last => return Ok(()),
                    BirdLine::Error => bail!("BIRD on `{command}`: {}", line.trim()),
                }
            }
            let mut octets = [0; 4096];
            let read = read(&mut self.stream, &mut octets)?;
            if read == 0 {
                bail!("BIRD closed its control socket on `{command}`");
            }
            self.received.extend(octets.get(..read).unwrap_or_default());
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum BirdLine {
    More,
    Last,
    Error,
}

fn bird_line(line: &str) -> BirdLine {
    let code = line.get(..4).and_then(|code| code.parse::<u16>().ok());
    match (code, line.as_bytes().get(4)) {
        (Some(8000..), _) => BirdLine::Error,
        (Some(_), Some(b' ')) => BirdLine::Last,
        _ => BirdLine::More,
    }
}

/// FRR's, as vtysh speaks it: a command ends with a zero octet; an answer is text, three zero
/// octets, and a status.
pub(super) struct FrrControl {
    stream: UnixStream,
}

/// The end of an answer, before its status.
const FRR_END: [u8; 3] = [0; 3];
/// What FRR's status is when a command was carried out, or changed nothing.
const FRR_SUCCESS: u8 = 0;
const FRR_WARNING: u8 = 1;

impl FrrControl {
    /// Connects, and enters the configuration of the BGP instance.
    pub(super) fn connect(namespace: &Namespace, path: &str, enter: &[&str]) -> Result<Self> {
        let mut control = Self {
            stream: connect(namespace, path)?,
        };
        control.ask(enter.iter().map(|&command| command.to_owned()))?;
        Ok(control)
    }

    /// Sends all commands while it reads the answers. Fails with the first refusal.
    pub(super) fn ask(&mut self, commands: impl Iterator<Item = String>) -> Result<()> {
        let mut octets = Vec::new();
        let mut count = 0;
        for command in commands {
            octets.extend(command.as_bytes());
            octets.push(0);
            count += 1;
        }
        let mut writer = self.stream.try_clone()?;
        std::thread::scope(|scope| {
            let written = scope.spawn(move || writer.write_all(&octets));
            let answered = self.answers(count);
            let written = written
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("the writer panicked")));
            answered?;
            Ok(written?)
        })
    }

    fn answers(&mut self, mut count: usize) -> Result<()> {
        let mut received = Vec::new();
        let mut octets = [0; 65536];
        while count > 0 {
            let read = read(&mut self.stream, &mut octets)?;
            if read == 0 {
                bail!("FRR closed its control socket");
            }
            received.extend(octets.get(..read).unwrap_or_default());
            let mut rest = received.as_slice();
            while let Some((text, status, behind)) = frr_answer(rest) {
                if status != FRR_SUCCESS && status != FRR_WARNING {
                    bail!("FRR: status {status}: {}", String::from_utf8_lossy(text));
                }
                count = count.saturating_sub(1);
                rest = behind;
            }
            let consumed = received.len() - rest.len();
            received.drain(..consumed);
        }
        Ok(())
    }
}

/// The first whole answer's text and status, and what comes behind it.
fn frr_answer(octets: &[u8]) -> Option<(&[u8], u8, &[u8])> {
    let end = octets
        .windows(FRR_END.len())
        .position(|window| window == FRR_END)?;
    let (text, rest) = octets.split_at_checked(end)?;
    let (&[_, _, _, status], rest) = rest.split_first_chunk()?;
    Some((text, status, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_birds_answer_has_a_space_behind_its_code() {
        assert_eq!(bird_line("0002-Reading configuration\n"), BirdLine::More);
        assert_eq!(bird_line(" and more of it\n"), BirdLine::More);
        assert_eq!(bird_line("0003 Reconfigured\n"), BirdLine::Last);
        assert_eq!(bird_line("0000 \n"), BirdLine::Last);
        assert_eq!(bird_line("8003 No protocols match\n"), BirdLine::Error);
    }

    #[test]
    fn frrs_answers_are_read_one_by_one() {
        let octets = b"\0\0\0\0no such\0\0\0\x02\0\0";
        let (text, status, rest) = frr_answer(octets).unwrap();
        assert_eq!((text, status), (b"".as_slice(), 0));
        let (text, status, rest) = frr_answer(rest).unwrap();
        assert_eq!((text, status), (b"no such".as_slice(), 2));
        assert_eq!(frr_answer(rest), None);
    }
}
