//! Which speaker is meant, from the command line, the environment and the contexts file.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::{self, Deserializer};
use thiserror::Error as ThisError;

use crate::args::Connection;
use crate::contexts::{Context, Contexts};
use crate::error::Error;

/// Where the packages put the speaker's socket.
const DEFAULT_SOCKET: &str = "/run/bellwether/speaker.sock";

/// Where a speaker listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// A Unix socket.
    Unix(PathBuf),
    /// An `https://HOST:PORT`, kept as it was written.
    Https(String),
}

/// Why a text is not an [`Address`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ThisError)]
pub(crate) enum AddressError {
    #[error("write it as unix:PATH or https://HOST:PORT")]
    Syntax,
    #[error(
        "the speaker answers TCP only with TLS: write https://, and give --ca, --cert and --key"
    )]
    NoTls,
    #[error("the port is missing, as in https://HOST:1790")]
    NoPort,
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some(path) = text.strip_prefix("unix:") {
            // `unix:///run/x` is how gRPC itself writes the path of `unix:/run/x`.
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path {
                "" => Err(AddressError::Syntax),
                path => Ok(Self::Unix(path.into())),
            };
        }
        if text.starts_with("http://") {
            return Err(AddressError::NoTls);
        }
        let authority = text.strip_prefix("https://").ok_or(AddressError::Syntax)?;
        let uri: tonic::transport::Uri = text.parse().map_err(|_| AddressError::Syntax)?;
        if uri.host().is_none_or(str::is_empty) || authority.trim_end_matches('/').contains('/') {
            return Err(AddressError::Syntax);
        }
        match uri.port_u16() {
            Some(_) => Ok(Self::Https(text.to_owned())),
            None => Err(AddressError::NoPort),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => path.display().fmt(f),
            Self::Https(uri) => f.write_str(uri),
        }
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|error| de::Error::custom(format!("{text:?}: {error}")))
    }
}

/// A speaker, and what it takes to reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Unix(PathBuf),
    Https { uri: String, files: TlsFiles },
}

/// The PEM files of mutual TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    pub(crate) ca: PathBuf,
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
}

impl Target {
    /// The speaker that `connection` means where the environment is `variable`, by name.
    ///
    /// # Errors
    /// [`Error::Usage`] for what is not valid or incomplete, [`Error::NotFound`] for a context that is not
    /// there, and what is wrong with the contexts file, if that has to be read.
    pub(crate) fn resolve(
        connection: &Connection,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Error> {
        let (address, context) = choose(connection, variable)?;
        let context = context.unwrap_or_default();
        let address = address
            .or(context.address)
            .unwrap_or_else(|| Address::Unix(DEFAULT_SOCKET.into()));
        let uri = match address {
            Address::Unix(path) => return Ok(Self::Unix(path)),
            Address::Https(uri) => uri,
        };
        let file = |option: &str, given: &Option<PathBuf>, of_context: Option<PathBuf>| {
            given.clone().or(of_context).ok_or_else(|| {
                Error::Usage(format!(
                    "{uri} needs --ca, --cert and --key, and --{option} is missing\n  \
                     The speaker answers TCP with mutual TLS only."
                ))
            })
        };
        let files = TlsFiles {
            ca: file("ca", &connection.ca, context.ca)?,
            cert: file("cert", &connection.cert, context.cert)?,
            key: file("key", &connection.key, context.key)?,
        };
        Ok(Self::Https { uri, files })
    }
}

/// The address or the context that is given first, in the order of `bellctl --help`.
fn choose(
    connection: &Connection,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<(Option<Address>, Option<Context>), Error> {
    let given = |name| variable(name).filter(|value| !value.is_empty());
    let text = |name, value: OsString| {
        value
            .into_string()
            .map_err(|_| Error::Usage(format!("{name} is not UTF-8")))
    };
    if let Some(address) = &connection.address {
        return Ok((Some(address.clone()), None));
    }
    if let Some(socket) = &connection.socket {
        return Ok((Some(Address::Unix(socket.clone())), None));
    }
    let named = |name: &str| Ok((None, Some(Contexts::load(&variable)?.find(name)?)));
    if let Some(name) = &connection.context {
        return named(name);
    }
    if let Some(value) = given("BELLWETHER_ADDRESS") {
        let address = text("BELLWETHER_ADDRESS", value)?;
        let address = address
            .parse()
            .map_err(|error| Error::Usage(format!("BELLWETHER_ADDRESS: {address}: {error}")))?;
        return Ok((Some(address), None));
    }
    if let Some(socket) = given("BELLWETHER_SOCKET") {
        return Ok((Some(Address::Unix(socket.into())), None));
    }
    if let Some(value) = given("BELLWETHER_CONTEXT") {
        return named(&text("BELLWETHER_CONTEXT", value)?);
    }
    let contexts = Contexts::load(&variable)?;
    let current = contexts.current().map(|name| contexts.find(name));
    Ok((None, current.transpose()?))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn resolve(
        connection: &Connection,
        variables: &[(&'static str, &str)],
    ) -> Result<Target, Error> {
        Target::resolve(connection, |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn without_anything_it_is_the_socket_of_the_packages() {
        let target = resolve(&Connection::default(), &[]).unwrap();
        assert_eq!(target, Target::Unix(DEFAULT_SOCKET.into()));
    }

    #[test]
    fn the_command_line_counts_before_the_environment() {
        let connection = Connection {
            socket: Some("/a".into()),
            ..Connection::default()
        };
        let target = resolve(&connection, &[("BELLWETHER_ADDRESS", "unix:/b")]).unwrap();
        assert_eq!(target, Target::Unix("/a".into()));
    }

    #[test]
    fn the_environment_counts_before_the_current_context() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("contexts.toml");
        fs::write(
            &path,
            "current = 'x'\n[contexts.x]\naddress = 'unix:/x'\n[contexts.y]\naddress = 'unix:/y'\n",
        )
        .unwrap();
        let file = ("BELLWETHER_CONTEXTS", path.to_str().unwrap());
        let found = |variables: &[_]| resolve(&Connection::default(), variables).unwrap();
        assert_eq!(found(&[file]), Target::Unix("/x".into()));
        let named = found(&[file, ("BELLWETHER_CONTEXT", "y")]);
        assert_eq!(named, Target::Unix("/y".into()));
        let socket = found(&[file, ("BELLWETHER_SOCKET", "/z")]);
        assert_eq!(socket, Target::Unix("/z".into()));
    }

    #[test]
    fn the_files_of_a_context_are_relative_to_it_and_options_come_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("contexts.toml");
        fs::write(
            &path,
            "[contexts.x]\naddress = 'https://node1:1790'\nca = 'ca.pem'\ncert = '/c.pem'\nkey = 'k'\n",
        )
        .unwrap();
        let connection = Connection {
            context: Some("x".to_owned()),
            key: Some("other.key".into()),
            ..Connection::default()
        };
        let file = ("BELLWETHER_CONTEXTS", path.to_str().unwrap());
        let target = resolve(&connection, &[file]).unwrap();
        let files = TlsFiles {
            ca: folder.path().join("ca.pem"),
            cert: "/c.pem".into(),
            key: "other.key".into(),
        };
        let uri = "https://node1:1790".to_owned();
        assert_eq!(target, Target::Https { uri, files });
    }

    #[test]
    fn a_host_without_its_files_is_refused_with_what_is_missing() {
        let connection = Connection {
            address: Some("https://node1:1790".parse().unwrap()),
            ca: Some("ca.pem".into()),
            ..Connection::default()
        };
        let error = resolve(&connection, &[]).unwrap_err().to_string();
        assert!(error.contains("--cert is missing"), "{error}");
    }

    #[test]
    fn an_address_is_a_socket_or_a_host_with_tls_and_a_port() {
        for (text, expected) in [
            ("unix:/run/x", Ok(Address::Unix("/run/x".into()))),
            ("unix:///run/x", Ok(Address::Unix("/run/x".into()))),
            (
                "https://[::1]:1790",
                Ok(Address::Https("https://[::1]:1790".to_owned())),
            ),
            ("https://node1", Err(AddressError::NoPort)),
            ("http://node1:1790", Err(AddressError::NoTls)),
            ("node1:1790", Err(AddressError::Syntax)),
            ("unix:", Err(AddressError::Syntax)),
            ("https://node1:1790/x", Err(AddressError::Syntax)),
        ] {
            assert_eq!(text.parse(), expected, "{text}");
        }
    }
}
