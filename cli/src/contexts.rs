//! The contexts file: several speakers by name, and which of them is meant where none is named.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Deserialize;
use toml_edit::DocumentMut;

use crate::error::Error;
use crate::target::Address;

/// A contexts file. One that is not there has no contexts.
#[derive(Clone, Debug)]
pub(crate) struct Contexts {
    path: PathBuf,
    text: String,
    file: File,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    current: Option<String>,
    #[serde(default)]
    contexts: BTreeMap<String, Context>,
}

/// A speaker. Its paths are absolute, or relative to the folder that bellctl runs in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Context {
    pub(crate) address: Option<Address>,
    pub(crate) ca: Option<PathBuf>,
    pub(crate) cert: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
}

impl Contexts {
    /// Reads the file that the environment `variable` says.
    ///
    /// # Errors
    /// [`Error::Contexts`] if it is there and cannot be read or understood.
    pub(crate) fn load(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let path = path(variable);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(problem(&path, error)),
        };
        let file: File = toml::from_str(&text).map_err(|error| problem(&path, error))?;
        for (name, context) in &file.contexts {
            if context.address.is_none() {
                return Err(problem(&path, format!("contexts.{name}: no address")));
            }
        }
        Ok(Self { path, text, file })
    }

    /// The name of the context that is meant where none is named.
    pub(crate) fn current(&self) -> Option<&str> {
        self.file.current.as_deref()
    }

    /// All of them, by name.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &Context)> {
        let contexts = self.file.contexts.iter();
        contexts.map(|(name, context)| (name.as_str(), context))
    }

    /// Where they were read from.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// That of this name, its paths made independent of where the file is.
    ///
    /// # Errors
    /// [`Error::NotFound`] with the names that there are.
    pub(crate) fn find(&self, name: &str) -> Result<Context, Error> {
        let Some(context) = self.file.contexts.get(name) else {
            return Err(self.unknown(name));
        };
        let Context {
            address,
            ca,
            cert,
            key,
        } = context.clone();
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let beside = |path: Option<PathBuf>| path.map(|path| folder.join(path));
        Ok(Context {
            address,
            ca: beside(ca),
            cert: beside(cert),
            key: beside(key),
        })
    }

    /// Makes `name` the current one in the file, which otherwise stays as it is, with its comments.
    ///
    /// # Errors
    /// [`Error::NotFound`] as [`Contexts::find`]; [`Error::Contexts`] if it cannot be written.
    pub(crate) fn make_current(&self, name: &str) -> Result<(), Error> {
        self.find(name)?;
        let mut document: DocumentMut = self
            .text
            .parse()
            .map_err(|error| problem(&self.path, error))?;
        match document.get_mut("current") {
            // The comment before it is the key's, which an insertion would replace.
            Some(current) => *current = toml_edit::value(name),
            None => {
                document.insert("current", toml_edit::value(name));
            }
        }
        // Beside it and then in its place, so that no reader ever sees half of it.
        let new = self.path.with_extension("toml.new");
        fs::write(&new, document.to_string())
            .and_then(|()| fs::rename(&new, &self.path))
            .map_err(|error| problem(&self.path, error))
    }

    fn unknown(&self, name: &str) -> Error {
        let names: Vec<_> = self.all().map(|(name, _)| name).collect();
        let there = match names.is_empty() {
            true => "it has none; `bellctl context --help` shows how it is written".to_owned(),
            false => format!("it has {}", names.join(", ")),
        };
        Error::NotFound(format!(
            "no context has the name {name} in {}: {there}",
            self.path.display()
        ))
    }
}

fn path(variable: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    let given = |name| variable(name).filter(|value| !value.is_empty());
    if let Some(path) = given("BELLWETHER_CONTEXTS") {
        return path.into();
    }
    let config = match (given("XDG_CONFIG_HOME"), given("HOME")) {
        (Some(config), _) => config.into(),
        (None, Some(home)) => PathBuf::from(home).join(".config"),
        // A service may have no home: then there is no file either.
        (None, None) => PathBuf::from("/nonexistent"),
    };
    config.join("bellwether/contexts.toml")
}

/// The environment of this process.
pub(crate) fn environment(name: &str) -> Option<OsString> {
    env::var_os(name)
}

fn problem(path: &Path, why: impl ToString) -> Error {
    Error::Contexts {
        path: path.to_owned(),
        why: why.to_string().trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> (tempfile::TempDir, Result<Contexts, Error>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("contexts.toml");
        fs::write(&path, text).unwrap();
        let contexts = Contexts::load(|name| {
            (name == "BELLWETHER_CONTEXTS").then(|| path.clone().into_os_string())
        });
        (folder, contexts)
    }

    #[test]
    fn to_choose_one_keeps_the_rest_of_the_file() {
        let text = "# ours\ncurrent = \"a\"\n\n[contexts.a]\naddress = \"unix:/a\" # here\n\n\
                    [contexts.b]\naddress = \"unix:/b\"\n";
        let (folder, contexts) = load(text);
        contexts.unwrap().make_current("b").unwrap();
        let path = folder.path().join("contexts.toml");
        let written = fs::read_to_string(path).unwrap();
        assert_eq!(written, text.replace("current = \"a\"", "current = \"b\""));
    }

    #[test]
    fn a_first_choice_stands_before_the_contexts() {
        let (folder, contexts) = load("[contexts.a]\naddress = \"unix:/a\"\n");
        contexts.unwrap().make_current("a").unwrap();
        let written = fs::read_to_string(folder.path().join("contexts.toml")).unwrap();
        assert_eq!(
            written,
            "current = \"a\"\n[contexts.a]\naddress = \"unix:/a\"\n"
        );
    }

    #[test]
    fn an_unknown_name_is_answered_with_those_that_there_are() {
        let (_folder, contexts) =
            load("[contexts.a]\naddress='unix:/a'\n[contexts.b]\naddress='unix:/b'\n");
        let error = contexts.unwrap().find("c").unwrap_err().to_string();
        assert!(error.contains("it has a, b"), "{error}");
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let (_folder, contexts) = load("[contexts.a]\naddres = 'unix:/a'\n");
        let error = contexts.unwrap_err().to_string();
        assert!(
            error.contains("addres") && error.contains("line 2"),
            "{error}"
        );
    }

    #[test]
    fn a_file_that_is_not_there_has_no_contexts() {
        let contexts = Contexts::load(|_| None).unwrap();
        assert_eq!(contexts.all().count(), 0);
        assert_eq!(contexts.current(), None);
    }

    #[test]
    fn a_folder_in_its_place_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().as_os_str().to_owned();
        let error = Contexts::load(|_| Some(path.clone())).unwrap_err();
        assert_ne!(error.to_string(), "");
    }
}
